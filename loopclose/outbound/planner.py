"""Planning a night: which rung fires for what, whom it tells, and the mails that say so, frozen in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.escalation import Rung, coordinators, due_rung, next_alert_after, told
from loopclose.domain.practice import Practice
from loopclose.outbound.digest import Line, as_bytes, body, subject
from loopclose.store import alerts as stored
from loopclose.store.base import Scope, natural_id, table_of
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert, Message
from loopclose.store.upsert import upsert

NOBODY = "nobody:"


@dataclass(frozen=True)
class Letterhead:
    """What every mail of a practice shares."""

    sender: str
    base_url: str
    rehearsal: bool


@dataclass(frozen=True)
class Planned:
    """One alert of a plan."""

    obligation: Obligation
    rung: Rung
    recipient: str


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
    session: Session,
    scope: Scope,
    practice: Practice,
    ladder: Sequence[Rung],
    planned: Sequence[Planned],
    now: datetime,
    letterhead: Letterhead,
) -> None:
    """Write alerts, their mails, and how far each ladder has been climbed: all of it, or nothing."""
    night = practice.calendar.day_of(now)
    by_recipient: dict[str, list[Planned]] = defaultdict(list)
    for one in planned:
        by_recipient[one.recipient].append(one)
    for recipient, alerts in sorted(by_recipient.items()):
        message = _message(session, scope, practice, recipient, alerts, night, now, letterhead)
        upsert(session, table_of(Alert), [_alert(scope, one, message) for one in alerts], update=())
    for one in planned:
        obligation = one.obligation
        steps = ladder if obligation.kind == "report" else coordinators(ladder)
        obligation.fired_rung, obligation.fired_on = one.rung.no, night
        obligation.alert_after = next_alert_after(obligation.due_at, one.rung.no, steps, practice.calendar)


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
    text = body(lines, now, practice.zone, letterhead.base_url)
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
    key = natural_id(scope.practice_id, obligation.id, obligation.deadline_no, one.rung.no, one.recipient)
    return {
        "practice_id": scope.practice_id,
        "id": key,
        "obligation": obligation.id,
        "deadline_no": obligation.deadline_no,
        "rung": one.rung.no,
        "recipient": one.recipient,
        "message": message,
    }
