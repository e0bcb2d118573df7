"""Planning a night: which rung fires for what, whom it tells, and the mails that say so, frozen in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.escalation import Rung, coordinators, due_rung, next_alert_after, told
from loopclose.domain.practice import Practice
from loopclose.outbound.digest import Line, as_bytes, body, subject
from loopclose.store import alerts as stored
from loopclose.store.absences import staff
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope, natural_id, table_of
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert, Message
from loopclose.store.upsert import upsert


@dataclass(frozen=True)
class Letterhead:
    """What every mail of a practice shares."""

    sender: str
    base_url: str
    rehearsal: bool
    notes: tuple[str, ...] = ()
    """What every mail says first, such as how old the chart is that it rests on."""


@dataclass(frozen=True)
class Planned:
    """One alert of a plan."""

    obligation: Obligation
    rung: Rung
    recipient: str
    """An e-mail, or ``nobody:ROLE``."""
    makes_good: tuple[str, ...] = ()
    """Roles that had nobody when earlier rungs fired, told by this."""


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
        steps = ladder if obligation.kind == "report" else coordinators(ladder)
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
    session: Session,
    scope: Scope,
    practice: Practice,
    ladder: Sequence[Rung],
    planned: Sequence[Planned],
    now: datetime,
    letterhead: Letterhead,
) -> None:
    """Write alerts, their mails, and how far each ladder has been climbed: all of it, or nothing.

    What nobody at all could be told is not climbed, so that it is tried again.
    """
    night = practice.calendar.day_of(now)
    by_recipient: dict[str, list[Planned]] = defaultdict(list)
    for one in planned:
        by_recipient[one.recipient].append(one)
    for recipient, alerts in sorted(by_recipient.items()):
        message = _message(session, scope, practice, recipient, alerts, night, now, letterhead)
        upsert(session, table_of(Alert), [_alert(scope, one, message) for one in alerts], update=())
        if message is not None:
            for told_now, role in ((alert, role) for alert in alerts for role in alert.makes_good):
                stored.tell_after_all(session, scope, told_now.obligation, role, message)
    for one in planned:
        if one.recipient.startswith(NOBODY):
            continue
        obligation = one.obligation
        steps = ladder if obligation.kind == "report" else coordinators(ladder)
        obligation.fired_rung, obligation.fired_on = one.rung.no, night
        obligation.alert_after = next_alert_after(obligation.due_at, one.rung.no, night, steps, practice.calendar)


def _message(
    session: Session,
    scope: Scope,
    practice: Practice,
    recipient: str,
    alerts: Sequence[Planned],
    night: date,
    now: datetime,
    letterhead: Letterhead,
) -> str | None:
    """The digest for one person; none for a role that has nobody."""
    if recipient.startswith(NOBODY):
        return None
    lines = [Line(one.obligation.id, one.obligation.kind, one.obligation.due_at, one.rung) for one in alerts]
    alert_ids = sorted(f"{one.obligation.id}/{one.obligation.deadline_no}/{one.rung.no}" for one in alerts)
    key = natural_id(scope.practice_id, night.isoformat(), recipient, *alert_ids)
    message_id = f"<{key}@loopclose>"
    head = subject(lines, now, letterhead.rehearsal)
    text = "\n".join([*letterhead.notes, *([""] if letterhead.notes else [])])
    text += body(lines, now, practice.zone, letterhead.base_url)
    session.add(
        Message(
            practice_id=scope.practice_id,
            id=key,
            recipients=[recipient],
            subject=head,
            body=as_bytes(letterhead.sender, recipient, head, text, message_id, now).decode(),
            message_id=message_id,
            night=night,
            state="planned",
            error=None,
            sent_at=None,
        )
    )
    return key


def _alert(scope: Scope, one: Planned, message: str | None) -> dict[str, Any]:
    obligation = one.obligation
    again = [obligation.ladder_no] if obligation.ladder_no > 1 else []
    key = natural_id(scope.practice_id, obligation.id, obligation.deadline_no, one.rung.no, one.recipient, *again)
    return {
        "practice_id": scope.practice_id,
        "id": key,
        "obligation": obligation.id,
        "deadline_no": obligation.deadline_no,
        "ladder_no": obligation.ladder_no,
        "rung": one.rung.no,
        "recipient": one.recipient,
        "message": message,
    }
