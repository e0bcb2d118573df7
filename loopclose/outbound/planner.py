"""Planning a night: which rung fires for what, whom it tells, and the mails that say so, frozen in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.escalation import Rung, coordinators, due_rung, next_alert_after, told
from loopclose.domain.practice import Practice
from loopclose.outbound.messages import NOTHING, Carried, issue
from loopclose.outbound.occasion import Occasion, Planned
from loopclose.store import alerts as stored
from loopclose.store.base import Scope


def plan(
    session: Session, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, until: datetime
) -> list[Planned]:
    """What fires for the practice-local date of ``now``: at most one rung an obligation, lowest first."""
    night = practice.calendar.day_of(now)
    authors, by_role = stored.authors(session, scope), stored.users_by_role(session, scope)
    found: list[Planned] = []
    for obligation in stored.to_alert(session, scope, until):
        steps = ladder if obligation.kind == "report" else coordinators(ladder)
        rung = due_rung(
            obligation.due_at, obligation.fired_rung, obligation.fired_on, until, night, steps, practice.calendar
        )
        if rung is not None:
            author = obligation.assigned_to or authors.get(obligation.author or "")
            found += [Planned(obligation, rung, whom) for whom in told(rung, author, dict(by_role))]
    return found


def freeze(
    session: Session, occasion: Occasion, planned: Sequence[Planned], carried: Mapping[str, Carried] = NOTHING
) -> None:
    """Write alerts, their mails, and how far each ladder has been climbed: all of it, or nothing."""
    issue(session, occasion, planned, carried)
    night, ladder, practice = occasion.night, occasion.ladder, occasion.practice
    for one in planned:
        obligation = one.obligation
        steps = ladder if obligation.kind == "report" else coordinators(ladder)
        obligation.fired_rung, obligation.fired_on = one.rung.no, night
        obligation.alert_after = next_alert_after(obligation.due_at, one.rung.no, steps, practice.calendar)
