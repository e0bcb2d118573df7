"""What a digest says of each alert: its reason, when the patient is back, and who else was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.letter_waits import as_set_up
from loopclose.domain.signing_time import Clock, is_signature
from loopclose.outbound.digest import MOST, Line, by_pressing
from loopclose.outbound.occasion import Occasion, Planned
from loopclose.store import alerts as stored
from loopclose.store import letter_waits, signing_clocks
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope

RETURN = "patient_returns"


def lines_of(session: Session, occasion: Occasion, recipient: str, items: Sequence[Planned]) -> list[Line]:
    """A line for each thing that is told, by its highest rung; who else was told only of those that a mail names."""
    scope = occasion.scope
    returns = _returns(session, scope, items)
    unsigned = [one.obligation.id for one in items if is_signature(one.rung.no)]
    clocks = signing_clocks.clocks_of(session, scope, unsigned)
    waits = letter_waits.codes_of(session, scope, {one.obligation.id for one in items}, occasion.now)
    plain = {
        one.obligation.id: Line(
            one.obligation.id,
            one.obligation.kind,
            one.obligation.due_at,
            one.rung,
            one.obligation.winner,
            one.obligation.priority,
            returns.get(one.obligation.id),
            sign_by=_sign_by(one, clocks),
            letter=as_set_up(waits.get(one.obligation.id), occasion.letterhead.letters_leave),
        )
        for one in sorted(items, key=lambda one: one.rung.no)  # of several rungs the highest is said
    }
    first = by_pressing(list(plain.values()), occasion.now, occasion.practice.zone)[:MOST]
    told = stored.told_of(session, scope, [line.obligation for line in first])
    names = {email: user.name for email, user in stored.colleagues(session, scope).items()}
    by_id = {one.obligation.id: one.obligation for one in items}
    for line in first:
        about = by_id[line.obligation]
        whom = told.get((about.id, about.deadline_no, about.ladder_no), ())
        others = tuple(names.get(one, one) for one in whom if one != recipient and not one.startswith(NOBODY))
        plain[line.obligation] = replace(line, others=others)
    return list(plain.values())


def _sign_by(one: Planned, clocks: Mapping[tuple[str, int], Clock]) -> datetime | None:
    clock = clocks.get((one.obligation.id, one.obligation.ladder_no)) if is_signature(one.rung.no) else None
    return clock.sign_by if clock is not None else None


def _returns(session: Session, scope: Scope, items: Iterable[Planned]) -> dict[str, datetime]:
    """By obligation whose deadline comes from the patient's return: when that is, where it is known."""
    wanted = {(one.obligation.id, one.obligation.deadline_no) for one in items if one.obligation.winner == RETURN}
    found = {}
    for obligation, reasons in stored.reasons_of(session, scope, wanted).items():
        at = [reason["returns_at"] for reason in reasons if reason["rule"] == RETURN and reason.get("returns_at")]
        if at:
            found[obligation] = min(datetime.fromisoformat(one) for one in at)
    return found
