"""The kind of a report's letter, chosen by a person or by rule again; it is drafted anew as that."""

from __future__ import annotations

from loopclose.domain.letter_kinds import KINDS, OF_A_REPORT
from loopclose.errors import UsageError
from loopclose.flows.papers.asking import ask_for_draft
from loopclose.flows.papers.draft import FROZEN
from loopclose.flows.work import Work
from loopclose.store import audit_log, decisions, letter_choices, signatures
from loopclose.store.base import Scope

UNKNOWN = "There is no such kind of letter: choose one of the list."
NOT_IN_STATE = "The report is {state}, so its letter stays what it is."
CHOSEN_IN = frozenset({"owed", "drafted", "held"})
"""States of a report whose letter may become another kind."""


def choose_kind(work: Work, scope: Scope, obligation: str, kind: str, by: str) -> None:
    """Have the letter of a report drafted as another kind, or by rule again where ``kind`` is empty.

    Raises ``UsageError`` for a kind that is none of a report's, and where the report is signed or closed.
    """
    if kind and kind not in OF_A_REPORT:
        raise UsageError(UNKNOWN)
    with work.db.write() as session:
        owed = decisions.obligation_held(session, scope, obligation)
        if owed is None or owed.kind != "report":
            raise UsageError("There is no report here that could be drafted.")
        if owed.state not in CHOSEN_IN:
            raise UsageError(NOT_IN_STATE.format(state=owed.state))
        if signatures.is_signed_here(session, scope, obligation):
            raise UsageError(FROZEN)
        letter_choices.choose(session, scope, obligation, kind or None, by, work.clock())
        said = KINDS[kind].code if kind else "by rule"
        audit_log.record(session, scope, work.clock(), by, "choose_letter", obligation, {"kind": said})
    ask_for_draft(work, scope, owed, by)
