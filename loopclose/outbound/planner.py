"""Planning a night: which rung fires for what, whom it tells, and the mails that say so, frozen in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.deputies import Staff
from loopclose.domain.escalation import Rung, due_rung, ladder_for, next_alert_after, told
from loopclose.domain.practice import Practice
from loopclose.domain.signing_time import Clock, due_signature, first_alert, is_signature
from loopclose.outbound.messages import NOTHING, Carried, issue
from loopclose.outbound.occasion import Occasion, Planned
from loopclose.store import alerts as stored
from loopclose.store import signing_clocks
from loopclose.store.absences import staff
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation


def plan(
    session: Session, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, until: datetime
) -> list[Planned]:
    """What fires for the practice-local date of ``now``: at most one rung of the ladder an obligation, lowest first.

    The rung of a draft that nobody signed in time fires beside it, once, and never ahead of its time.
    """
    night = practice.calendar.day_of(now)
    authors, there = stored.authors(session, scope, disabled=True), staff(session, scope, night)
    due = stored.to_alert(session, scope, until)
    passed_over = stored.passed_over(session, scope, due)
    clocks = signing_clocks.clocks_of(session, scope, [one.id for one in due])
    found: list[Planned] = []
    for obligation in due:
        steps = ladder_for(obligation.kind, obligation.state, ladder)
        rung = due_rung(
            obligation.due_at, obligation.fired_rung, obligation.fired_on, until, night, steps, practice.calendar
        )
        author = obligation.assigned_to or authors.get(obligation.author or "")
        missed = passed_over.get(obligation.id, [])
        found += _unsigned(obligation, clocks.get((obligation.id, obligation.ladder_no)), author, there, steps, now)
        if rung is None:
            continue
        whom = told(rung, steps, author, there, missed)
        found += [Planned(obligation, _rung(no, steps, rung), f"{NOBODY}{role}") for no, role in whom.gaps]
        for one in whom.recipients:
            makes_good = tuple(dict.fromkeys(role for role in missed if one in there.of_role(role)))
            found.append(Planned(obligation, whom.rung or rung, one, makes_good))
    return found


def _unsigned(
    obligation: Obligation,
    clock: Clock | None,
    author: str | None,
    there: Staff,
    ladder: Sequence[Rung],
    now: datetime,
) -> list[Planned]:
    """Who is told of a draft that nobody signed in time: its signer, of one on hold whoever releases it.

    Where those are not there, whoever the next rung of the ladder that has somebody tells.
    """
    rung = due_signature(clock, obligation.kind, obligation.state, now)
    if rung is None:
        return []
    (first,) = ladder_for(obligation.kind, obligation.state, [rung])
    return [Planned(obligation, rung, one) for one in told(first, ladder, author, there).recipients]


def _still_untold(session: Session, occasion: Occasion, planned: Sequence[Planned]) -> dict[str, Clock]:
    """By obligation: the clock of a draft whose rung this plan does not fire."""
    told_now = {one.obligation.id for one in planned if is_signature(one.rung.no)}
    others = {one.obligation.id for one in planned} - told_now
    return {key: clock for (key, _), clock in signing_clocks.clocks_of(session, occasion.scope, sorted(others)).items()}


def _rung(no: int, ladder: Sequence[Rung], otherwise: Rung) -> Rung:
    """The rung of that number, for an alert that nobody could be told."""
    return next((one for one in ladder if one.no == no), replace(otherwise, no=no))


def freeze(
    session: Session,
    occasion: Occasion,
    planned: Sequence[Planned],
    carried: Mapping[str, Carried] = NOTHING,
    *,
    with_chases: bool = False,
) -> None:
    """Write alerts, their mails, and how far each ladder has been climbed: all of it, or nothing.

    What nobody at all could be told is not climbed, so that it is tried again. ``with_chases``: of the night itself.
    """
    issue(session, occasion, planned, carried, with_chases=with_chases)
    night, ladder, practice = occasion.night, occasion.ladder, occasion.practice
    clocks = _still_untold(session, occasion, planned)
    for one in planned:
        if one.recipient.startswith(NOBODY):
            continue
        obligation = one.obligation
        steps = ladder_for(obligation.kind, obligation.state, ladder)
        if is_signature(one.rung.no):
            signing_clocks.note_told(session, occasion.scope, obligation, night)
        else:
            obligation.fired_rung, obligation.fired_on = one.rung.no, night
        house = next_alert_after(
            obligation.due_at, obligation.fired_rung, obligation.fired_on, steps, practice.calendar
        )
        obligation.alert_after = first_alert(house, clocks.get(obligation.id), obligation.kind, obligation.state)
