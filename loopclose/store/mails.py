"""Queries of messages: which are to be sent, who sends which, what became of them, and whom none of them reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, text, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine, table_of
from loopclose.store.conditions import one_of
from loopclose.store.outbox import NOT_OVER, SENDING, TO_SEND, Attempt, Message, UnreachableRow
from loopclose.store.people import User
from loopclose.store.upsert import upsert

MOST_SHOWN = 100


def _open() -> ColumnElement[bool]:
    return one_of(Message.state, NOT_OVER)


def to_send(session: Session, scope: Scope, *, lock: bool = False) -> Sequence[Message]:
    """Messages that leave by themselves, oldest first; those that somebody claimed are among them.

    ``lock``: so that nobody changes them until this transaction is over.
    """
    wanted = select(Message).where(mine(Message, scope), _open(), one_of(Message.state, TO_SEND))
    found = session.scalars(wanted.with_for_update() if lock else wanted).all()
    # few are open; asked in order, SQLite would go through all that ever left
    return sorted(found, key=lambda message: (message.night, message.id))


def message(session: Session, scope: Scope, key: str, *, lock: bool = False) -> Message | None:
    """One message; ``lock``: so that nobody changes it until this transaction is over."""
    return session.get(Message, (scope.practice_id, key), populate_existing=True, with_for_update=lock)


def claim(session: Session, scope: Scope, seen: Message, by: str, at: datetime) -> bool:
    """Take a message for sending, if it still is as it was seen; False where somebody was faster."""
    values = {"state": SENDING, "claimed_by": by, "claimed_at": at, "tries": seen.tries + 1}
    return change(session, scope, seen, values)


def change(session: Session, scope: Scope, seen: Message, values: Mapping[str, Any]) -> bool:
    """Change a message if it still is as it was seen; False where it is not."""
    return _changed(session, scope, seen, values, Message.state == seen.state, Message.tries == seen.tries)


def settle(session: Session, scope: Scope, claimed: Message, by: str, values: Mapping[str, Any]) -> bool:
    """Write down what became of a message that ``by`` claimed; False where somebody else has claimed it since."""
    return _changed(session, scope, claimed, values, Message.state == SENDING, Message.claimed_by == by)


def note_accepted(session: Session, scope: Scope, key: str, values: Mapping[str, Any]) -> bool:
    """Write down that a mail server took a message, whatever became of the claim; False where it is gone."""
    found = message(session, scope, key, lock=True)
    for name, value in values.items() if found is not None else ():
        setattr(found, name, value)
    return found is not None


def _changed(
    session: Session, scope: Scope, seen: Message, values: Mapping[str, Any], *still: ColumnElement[bool]
) -> bool:
    found = session.execute(
        update(Message)
        .where(mine(Message, scope), Message.id == seen.id, *still)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(cast("CursorResult[Any]", found).rowcount)


def begin_attempt(session: Session, scope: Scope, key: str, at: datetime) -> int:
    """Write down that a message is about to be handed over; gives the number of the try."""
    tried = select(func.max(Attempt.no)).where(mine(Attempt, scope), Attempt.message == key)
    no = (session.scalar(tried) or 0) + 1
    session.add(Attempt(practice_id=scope.practice_id, message=key, no=no, started_at=at, ended_at=None, error=None))
    return no


def end_attempt(
    session: Session, scope: Scope, key: str, no: int, at: datetime, error: str | None, *, final: bool
) -> None:
    """Write down how a try ended."""
    tried = session.get_one(Attempt, (scope.practice_id, key, no))
    tried.ended_at, tried.error, tried.final = at, error, final


def attempts_of(session: Session, scope: Scope, keys: Collection[str]) -> dict[str, list[Attempt]]:
    """The tries of some messages, in order."""
    found: dict[str, list[Attempt]] = {}
    wanted = select(Attempt).where(mine(Attempt, scope), Attempt.message.in_(sorted(keys)))
    for one in session.scalars(wanted.order_by(Attempt.message, Attempt.no)):
        found.setdefault(one.message, []).append(one)
    return found


def count_of_night(session: Session, scope: Scope, night: date, state: str) -> int:
    """How many messages of a practice-local date are in that state."""
    wanted = select(func.count()).select_from(Message)
    return session.scalar(wanted.where(mine(Message, scope), Message.night == night, Message.state == state)) or 0


def count_open(session: Session, scope: Scope) -> dict[str, int]:
    """How many messages are in each state other than sent and cancelled."""
    rows = session.execute(
        select(Message.state, func.count()).where(mine(Message, scope), _open()).group_by(Message.state)
    )
    return {row[0]: row[1] for row in rows}


def newest(
    session: Session, scope: Scope, states: Collection[str] | None = None, most: int = MOST_SHOWN
) -> Sequence[Message]:
    """The newest messages, of those states where any are given."""
    wanted = select(Message).where(mine(Message, scope))
    if states is not None:
        wanted = wanted.where(Message.state.in_(sorted(states)))
        if set(states) <= set(NOT_OVER):
            wanted = wanted.where(_open())
    return session.scalars(wanted.order_by(Message.night.desc(), Message.id.desc()).limit(most)).all()


def notices(session: Session, scope: Scope, about: str, whom: str) -> Sequence[Message]:
    """What was told about somebody, or something, other than alerts; newest first."""
    found = session.scalars(
        select(Message)
        .where(mine(Message, scope), text("message.about <> 'alerts'"))
        .where(Message.about == about, Message.about_whom == whom)
    ).all()
    # few are; asked in order, SQLite would go through all that ever left
    return sorted(found, key=lambda message: (-message.night.toordinal(), message.id))


def whom_alerts_do_not_reach(session: Session, scope: Scope) -> Sequence[UnreachableRow]:
    """Enabled users whose mail was refused for good, and none taken since."""
    return session.scalars(
        select(UnreachableRow)
        .join(User, (User.practice_id == UnreachableRow.practice_id) & (User.email == UnreachableRow.email))
        .where(mine(UnreachableRow, scope), User.disabled.is_(False))
        .order_by(UnreachableRow.email)
    ).all()


def note_unreachable(session: Session, scope: Scope, email: str, key: str, reason: str, at: datetime) -> None:
    """Write down that a mail to somebody was refused for good; the first time holds."""
    row = {"practice_id": scope.practice_id, "email": email, "since": at, "reason": reason, "message": key}
    upsert(session, table_of(UnreachableRow), [row], update=())


def note_reached(session: Session, scope: Scope, email: str) -> None:
    """Write down that a mail to somebody was taken."""
    session.execute(delete(UnreachableRow).where(mine(UnreachableRow, scope), UnreachableRow.email == email))
