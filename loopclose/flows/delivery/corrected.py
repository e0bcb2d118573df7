"""The corrected letter goes to whoever has the old one; when the last of them has it, the correction is done."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from loopclose.domain.delivering import CORRECTION
from loopclose.domain.states import BY_LOOPCLOSE
from loopclose.errors import LoopcloseError
from loopclose.flows.delivery.plan import plan_to
from loopclose.flows.delivery.report import letter_signed
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.holders import holders
from loopclose.flows.work import Work
from loopclose.store import deliveries, letter_changes
from loopclose.store.base import Scope

log = structlog.get_logger()


def plan_corrections(work: Work, scope: Scope, ways: Ways) -> int:
    """Plan corrected letters to every address that has, or may have, an older one; gives how many.

    One that cannot be planned, as its address was closed since, stays owed and is the coordinator's.
    """
    with work.db.read() as session:
        found = [
            (report, address)
            for report in letter_changes.reports_to_correct(session, scope)
            for address in _without_it(session, scope, report)
        ]
    planned = 0
    for report, address in found:
        try:
            plan_to(work, scope, ways, report, address, BY_LOOPCLOSE, CORRECTION)
            planned += 1
        except LoopcloseError as problem:
            log.warning(
                "a corrected letter cannot be sent", practice=scope.practice_id, report=report, problem=str(problem)
            )
    return planned


def _without_it(session: Session, scope: Scope, report: str) -> list[str]:
    """Addresses that have an older letter, and to which the newest was never planned: one at which it failed is for a
    person, and who has an interim report alone gets no correction."""
    newest = letter_signed(session, scope, report)
    planned = deliveries.deliveries_of(session, scope, [report]).get(report, [])
    there = {one.address for one in planned if one.letter == newest}
    got = [one.address for one in holders(session, scope, report) if one.letter != newest]
    return [one for one in dict.fromkeys(got) if one not in there]
