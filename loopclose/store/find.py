"""Where something stands that is named by its id alone, among the practices of the configuration."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from loopclose.store.base import Scope
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.requester_answers import RequesterAnswerRow


def scope_of_obligation(session: Session, scopes: Iterable[Scope], obligation: str) -> Scope | None:
    """The practice that owes it."""
    return next((one for one in scopes if session.get(Obligation, (one.practice_id, obligation))), None)


def scope_of_answer(session: Session, scopes: Iterable[Scope], answer: str) -> Scope | None:
    """The practice whose user gave that answer."""
    return next((one for one in scopes if session.get(RequesterAnswerRow, (one.practice_id, answer))), None)


def sites_of_visit(session: Session, sites: Iterable[tuple[Scope, str]], visit: str) -> list[tuple[Scope, str]]:
    """Those (practice, EHR) that have a visit of that id."""
    return [(scope, ehr) for scope, ehr in sites if session.get(VisitRow, (scope.practice_id, ehr, visit))]
