"""Planning a night: which rung fires for what, whom it tells, and the mails that say so, frozen in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.escalation import Rung, due_rung, ladder_for, next_alert_after, told
from loopclose.domain.practice import Practice
from loopclose.outbound.messages import NOTHING, Carried, issue
from loopclose.outbound.occasion import Occasion, Planned
from loopclose.store import alerts as stored
from loopclose.store.absences import staff
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope


def plan(
    session: Session, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, until: datetime
) -> list[Planned]:
    """What fires for the practice-local date of ``now``: at most one rung an obligation, lowest first."""
    night = practice.calendar.day_of(now)
    authors, there = stored.authors(session, scope, disabled=True), staff(session, scope, night)
    due = stored.to_alert(session, scope, until)
    passed_over = stored.passed_over(session, scope, due)
    found: list[Planned] = []
    for obligation in due:
        steps = ladder_for(obligation.kind, obligation.state, ladder)
        rung = due_rung(
            obligation.due_at, obligation.fired_rung, obligation.fired_on, until, night, steps, practice.calendar
        )
        if rung is None:
            continue
        author = obligation.assigned_to or authors.get(obligation.author or "")
        missed = passed_over.get(obligation.id, [])
        whom = told(rung, steps, author, there, missed)
        found += [Planned(obligation, _rung(no, steps, rung), f"{NOBODY}{role}") for no, role in whom.gaps]
        for one in whom.recipients:
            makes_good = tuple(dict.fromkeys(role for role in missed if one in there.of_role(role)))
            found.append(Planned(obligation, whom.rung or rung, one, makes_good))
    return found


def _rung(no: int, ladder: Sequence[Rung], otherwise: Rung) -> Rung:
    """The rung of that number, for an alert that nobody could be told."""
    return next((one for one in ladder if one.no == no), replace(otherwise, no=no))


def freeze(
    session: Session, occasion: Occasion, planned: Sequence[Planned], carried: Mapping[str, Carried] = NOTHING
) -> None:
    """Write alerts, their mails, and how far each ladder has been climbed: all of it, or nothing.

    What nobody at all could be told is not climbed, so that it is tried again.
    """
    issue(session, occasion, planned, carried)
    night, ladder, practice = occasion.night, occasion.ladder, occasion.practice
    for one in planned:
        if one.recipient.startswith(NOBODY):
            continue
        obligation = one.obligation
        steps = ladder_for(obligation.kind, obligation.state, ladder)
        obligation.fired_rung, obligation.fired_on = one.rung.no, night
        obligation.alert_after = next_alert_after(obligation.due_at, one.rung.no, night, steps, practice.calendar)
