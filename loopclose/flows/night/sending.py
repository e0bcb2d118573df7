"""Sending what is planned: each message on its own, claimed before it leaves, and what became of it written down."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from loopclose.clock import Clock, system_clock
from loopclose.outbound.mail import FrozenMail, Mailer, SendError
from loopclose.outbound.messages import Carried, issue
from loopclose.outbound.notices import notify
from loopclose.outbound.occasion import Occasion
from loopclose.outbound.renewing import take_back
from loopclose.store import mails
from loopclose.store.engine import Database
from loopclose.store.leases import Held, is_dead
from loopclose.store.outbox import FAILED, PLANNED, SENDING, SENT, TO_SEND, WAITING, Message

log = structlog.get_logger()
NO_MAIL = "There is no [mail] in the configuration."
NO_SERVER = "The mail server failed for those before it, so this one was not tried."
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)
"""After a server put a message off: five minutes, then three times as long each time, up to four hours."""
MOST_PUT_OFF, UNKNOWN_COUNTS = 10, 3
"""How often a recipient's mail is put off before it is given up (a day and a half); an answer that never came, after
which it may arrive twice, counts as three."""
CLAIM_LASTS = timedelta(minutes=15)
"""Longer than handing over one mail can take: then a claim of another machine's process is taken over."""
MOST_IN_A_ROW = 5
"""After as many mails in a row that failed for the server's sake, a run leaves the others for the next."""
MOST_ROUNDS = 5
"""How often a run looks for somebody else to tell, where whoever is told of it cannot be reached either."""


@dataclass(frozen=True)
class Post:
    """What sending needs; ``occasion`` says for which practice."""

    db: Database
    clock: Clock
    mailer: Mailer | None
    lease: Held
    occasion: Occasion
    wall: Clock = system_clock
    """Claims are held by wall-clock time, as leases are."""

    def now(self) -> Occasion:
        """The occasion, as of now."""
        return replace(self.occasion, now=self.clock())


def send_all(post: Post) -> int:
    """Send whatever is due, and tell what must be told of mails themselves; gives how many were accepted.

    Raises ``TemporaryProblem`` when another process took the work over.
    """
    with post.db.read() as session:
        queue = deque(one.id for one in mails.to_send(session, post.occasion.scope) if _is_due(one, post.clock()))
    sent, in_a_row, rounds = 0, 0, 0
    while True:
        if not queue:
            rounds += 1
            if rounds > MOST_ROUNDS or not _notices(post, queue):
                return sent
        post.lease.check()
        key = queue.popleft()
        if post.mailer is None or in_a_row >= MOST_IN_A_ROW:
            _leave(post, key, NO_MAIL if post.mailer is None else NO_SERVER)
            continue
        claimed, instead = _claimed(post, key)
        queue.extend(instead)
        if claimed is not None:
            problem = _hand_over(post, post.mailer, *claimed)
            sent += problem is None
            in_a_row = in_a_row + 1 if problem is not None and problem.at_server else 0


def _notices(post: Post, queue: deque[str]) -> bool:
    """Put what must be told of mails themselves into the queue; whether there was anything."""
    with post.db.write() as session:
        queue.extend(notify(session, post.now()))
    return bool(queue)


def _is_due(message: Message, now: datetime) -> bool:
    return message.try_after is None or message.try_after <= now


def _claimed(post: Post, key: str) -> tuple[tuple[Message, int] | None, Sequence[str]]:
    """The message with the number of the try, unless it is not to leave; and what is to leave in its stead."""
    scope = post.occasion.scope
    with post.db.write() as session:
        found = mails.message(session, scope, key, lock=True)
        if found is None or found.state not in TO_SEND or not _is_free(found, post.wall()):
            return None, ()
        occasion = post.now()
        carried = take_back(session, occasion, [found])
        if found.state not in TO_SEND:  # whoever is told instead gets one mail, with what waits for them besides
            besides = [one for one in mails.to_send(session, scope, lock=True) if one.recipients[0] in carried]
            for whom, more in take_back(session, occasion, besides, carried).items():
                carried.setdefault(whom, Carried()).add(more)
            return None, issue(session, occasion, (), carried)
        if found.state == SENDING:  # whoever claimed it died, and nobody knows how far it came
            found.maybe_taken = True
        session.flush()
        if not mails.claim(session, scope, found, post.lease.holder, post.wall()):
            return None, ()
        return (found, mails.begin_attempt(session, scope, key, post.clock())), ()


def _is_free(message: Message, now: datetime) -> bool:
    """Whether nobody who lives is handing it over."""
    if message.state != SENDING or message.claimed_by is None or message.claimed_at is None:
        return True
    return is_dead(message.claimed_by) or now - message.claimed_at > CLAIM_LASTS


def _leave(post: Post, key: str, why: str) -> None:
    """Say why a message is not even tried."""
    with post.db.write() as session:
        found = mails.message(session, post.occasion.scope, key, lock=True)
        if found is not None and found.state in (PLANNED, WAITING):
            found.state, found.error = WAITING, why


def _hand_over(post: Post, mailer: Mailer, message: Message, no: int) -> SendError | None:
    """Hand over one message that is claimed, and write down what became of it; gives what went wrong."""
    mail = FrozenMail(message.message_id, tuple(message.recipients), message.body.encode())
    try:
        note = mailer.send(mail)
    except SendError as problem:
        _settle(post, message, no, problem, None)
        return problem
    except Exception as unforeseen:  # one mail that cannot be made keeps no other from leaving
        log.exception("mail failed", practice=post.occasion.scope.practice_id, message=message.message_id)
        failed = SendError(f"The mail could not be handed over ({type(unforeseen).__name__}).", final=False)
        _settle(post, message, no, failed, None)
        return failed
    except BaseException:  # interrupted: it may have been taken, so it leaves again under the same name
        _settle(post, message, no, SendError("It was interrupted.", final=False, at_server=True, unknown=True), None)
        raise
    _settle(post, message, no, None, note)
    return None


def _settle(post: Post, message: Message, no: int, problem: SendError | None, note: str | None) -> None:
    now, scope = post.clock(), post.occasion.scope
    values = _became(message, problem, note, now)
    with post.db.write() as session:
        holds = mails.settle(session, scope, message, post.lease.holder, values)
        if not holds and problem is None:  # taken over meanwhile: that it was accepted stands all the same
            holds = mails.note_accepted(session, scope, message.id, values)
        error = str(problem) if problem else note
        mails.end_attempt(session, scope, message.id, no, now, error, final=values["state"] == FAILED)
        for whom in message.recipients if holds else ():
            if values["state"] == SENT:
                mails.note_reached(session, scope, whom)
            elif values["state"] == FAILED:
                mails.note_unreachable(session, scope, whom, message.id, str(values["error"]), now)


def _became(message: Message, problem: SendError | None, note: str | None, now: datetime) -> dict[str, Any]:
    """The columns after a try."""
    if problem is None:
        return {"state": SENT, "error": None, "note": note, "sent_at": now, "try_after": None, "maybe_taken": False}
    values: dict[str, Any] = {"maybe_taken": message.maybe_taken or problem.unknown}
    if problem.final:
        return values | {"state": FAILED, "error": str(problem), "try_after": None}
    if problem.at_server:  # no fault of the message's, so it is not given up for it
        return values | {"state": WAITING, "error": str(problem), "try_after": None}
    put_off = message.put_off + (UNKNOWN_COUNTS if problem.unknown else 1)
    if put_off >= MOST_PUT_OFF:
        error = f"Given up after {message.tries + 1} tries: {problem}"
        return values | {"state": FAILED, "error": error, "try_after": None, "put_off": put_off}
    pause = min(FIRST_PAUSE * 3 ** (put_off - 1), LONGEST_PAUSE)
    return values | {"state": WAITING, "error": str(problem), "try_after": now + pause, "put_off": put_off}
