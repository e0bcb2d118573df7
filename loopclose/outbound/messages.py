"""Making messages: what one person is told in one mail, frozen with its words, its bytes and its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.addresses import BadAddress
from loopclose.outbound import chased
from loopclose.outbound.digest import body, subject
from loopclose.outbound.frozen import as_bytes
from loopclose.outbound.lines import lines_of
from loopclose.outbound.occasion import Occasion, Planned
from loopclose.store import alerts as stored
from loopclose.store import chases, mails
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope, natural_id, table_of
from loopclose.store.outbox import ALERTS, CANCELLED, CHASED, FAILED, HELD, PLANNED, Alert, Message
from loopclose.store.upsert import upsert


@dataclass
class Carried:
    """What earlier messages to one person said and what still holds: another says it in their stead."""

    items: dict[str, Planned] = field(default_factory=dict)
    """By id of the alert."""
    replaced: list[Message] = field(default_factory=list)

    def add(self, more: Carried) -> None:
        """Say what others said, too."""
        self.items.update(more.items)
        self.replaced.extend(more.replaced)


@dataclass(frozen=True)
class _Before:
    """What the messages that another replaces went through: it does not begin anew."""

    tries: int
    put_off: int
    try_after: datetime | None


NOTHING: Mapping[str, Carried] = {}


def issue(
    session: Session,
    occasion: Occasion,
    planned: Sequence[Planned],
    carried: Mapping[str, Carried] = NOTHING,
    *,
    with_chases: bool = False,
) -> list[str]:
    """Write alerts and their mails, one a person, and one more for what a restore makes doubtful; gives the mails' ids.

    An alert that nobody can receive is written without a mail. ``with_chases``: owners are told, too, of what the
    referrer's side asked for.
    """
    replaced = [message.id for one in carried.values() for message in one.replaced]
    asked = chased.by_recipient(session, occasion, replaced, fresh=with_chases) if with_chases or replaced else {}
    fresh, doubtful = defaultdict[str, dict[str, Planned]](dict), defaultdict[str, dict[str, Planned]](dict)
    for one in planned:
        (doubtful if occasion.may_be_told(one) else fresh)[one.recipient][alert_id(occasion.scope, one)] = one
    at_once = set(fresh)
    for whom, earlier in carried.items():
        fresh[whom].update(earlier.items)
    told = [one for some in (fresh, doubtful) for items in some.values() for one in items.values()]
    upsert(session, table_of(Alert), [_alert(occasion.scope, one) for one in told], update=())
    made = []
    for whom, items in sorted(fresh.items()):
        if items and not whom.startswith(NOBODY):
            earlier = carried.get(whom, Carried())
            also = asked.pop(whom, {})
            made.append(_digest(session, occasion, whom, items, earlier.replaced, also, at_once=whom in at_once))
    made += [_asked_for(session, occasion, whom, reports) for whom, reports in sorted(asked.items())]
    for whom, items in sorted(doubtful.items()):
        if not whom.startswith(NOBODY):
            made.append(_digest(session, occasion, whom, items, (), {}, state=HELD))
    return made


def _asked_for(session: Session, occasion: Occasion, recipient: str, reports: chased.Reports) -> str:
    """A mail to somebody whom nothing else is told, of reports that were asked for."""
    letterhead, ids = occasion.letterhead, chased.ids_of(reports)
    key = natural_id(occasion.scope.practice_id, CHASED, recipient, *ids)
    head, text = chased.subject(reports, letterhead.rehearsal), chased.paragraph(reports, letterhead.base_url)
    key = write(session, occasion, key, recipient, head, text, about=CHASED)
    chases.note_told(session, occasion.scope, ids, key)
    return key


def _digest(
    session: Session,
    occasion: Occasion,
    recipient: str,
    items: Mapping[str, Planned],
    replaced: Sequence[Message],
    asked: chased.Reports,
    *,
    state: str = PLANNED,
    at_once: bool = True,
) -> str:
    """One message for one person; what it replaces was tried before, and it goes on from there."""
    scope, now, zone = occasion.scope, occasion.now, occasion.practice.zone
    lines = lines_of(session, occasion, recipient, list(items.values()))
    said = sorted("/".join(map(str, _told_of(one))) for one in items.values())
    notes = "".join(f"{note}\n" for note in occasion.letterhead.notes)
    notes += chased.paragraph(asked, occasion.letterhead.base_url) if asked else ""
    key = natural_id(scope.practice_id, recipient, *said, *sorted(one.id for one in replaced))
    key = write(
        session,
        occasion,
        key,
        recipient,
        subject(lines, now, zone, occasion.letterhead.rehearsal),
        (f"{notes}\n" if notes else "") + body(lines, now, zone, occasion.letterhead.base_url),
        state=state,
        before=_went_through([one for one in replaced if one.recipients == [recipient]], at_once),
    )
    stored.put_into(session, scope, items, key)
    chases.note_told(session, scope, chased.ids_of(asked), key)
    for one in items.values():
        for role in one.makes_good:
            stored.tell_after_all(session, scope, one.obligation, role, key)
    for message in replaced:
        message.replaced_by = key
        stored.carry_over(session, scope, message.id, key)
    return key


def _went_through(replaced: Sequence[Message], at_once: bool) -> _Before:
    return _Before(
        max((one.tries for one in replaced), default=0),
        max((one.put_off for one in replaced), default=0),
        None if at_once else max((one.try_after for one in replaced if one.try_after), default=None),
    )


def write(
    session: Session,
    occasion: Occasion,
    key: str,
    recipient: str,
    head: str,
    text: str,
    *,
    state: str = PLANNED,
    about: str = ALERTS,
    about_whom: str | None = None,
    before: _Before | None = None,
) -> str:
    """Freeze one message; gives its id. To an address that no mail can be sent to it is failed at once, and by name.

    The same thing told to the same person has the same id and Message-ID; should it be told again all the same, as
    what was told is no longer known to hold, that has another.
    """
    scope, night = occasion.scope, occasion.night
    while session.get(Message, (scope.practice_id, key)) is not None:
        key = natural_id(key, night.isoformat())
    message_id, error = f"<{key}@loopclose>", None
    try:
        content = as_bytes(occasion.letterhead.sender, recipient, head, text, message_id, occasion.now).decode()
    except BadAddress as problem:
        state, error, content = FAILED, str(problem), f"Message-ID: {message_id}\r\n\r\n{text}"
    session.add(
        Message(
            practice_id=scope.practice_id,
            id=key,
            recipients=[recipient],
            subject=head,
            body=content,
            message_id=message_id,
            night=night,
            state=state,
            error=error,
            sent_at=None,
            about=about,
            about_whom=about_whom,
            planned_at=occasion.now,
            tries=before.tries if before else 0,
            put_off=before.put_off if before else 0,
            try_after=before.try_after if before else None,
            maybe_taken=False,
        )
    )
    session.flush()
    if error is not None:
        mails.note_unreachable(session, scope, recipient, key, error, occasion.now)
    return key


def cancel(message: Message, why: str) -> None:
    """Keep a message from leaving: it stays, with the reason."""
    message.state, message.error = CANCELLED, why


def alert_id(scope: Scope, one: Planned) -> str:
    """The id of an alert: the same thing told to the same person by the same rung has the same."""
    what, deadline_no, rung, *again = _told_of(one)
    return natural_id(scope.practice_id, what, deadline_no, rung, one.recipient, *again)


def _told_of(one: Planned) -> tuple[str | int, ...]:
    """Of what an alert tells, by which deadline and rung; and the ladder, where it is not the first."""
    about = one.obligation
    again = [about.ladder_no] if about.ladder_no > 1 else []
    return about.id, about.deadline_no, one.rung.no, *again


def _alert(scope: Scope, one: Planned) -> dict[str, Any]:
    return {
        "practice_id": scope.practice_id,
        "id": alert_id(scope, one),
        "obligation": one.obligation.id,
        "deadline_no": one.obligation.deadline_no,
        "ladder_no": one.obligation.ladder_no,
        "rung": one.rung.no,
        "recipient": one.recipient,
        "message": None,
    }
