"""What the office that got a letter says of it on the confirmation page, and what follows.

Receipt and a wrong office are heard through the one door of every delivery (``heard.hear``). Whatever else is said
becomes an event of the delivery, an audit row, and what our side owes by it; the same said again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from loopclose.domain.delivering import TO_REFERRER
from loopclose.domain.recipient_answers import ANSWERS, LONGEST, MOST_NEEDS, MOST_SAID, NEEDS, RECEIVED, WRONG_OFFICE
from loopclose.domain.states import Transition
from loopclose.errors import LoopcloseError
from loopclose.flows.delivery.heard import PAGE, Said, hear
from loopclose.flows.delivery.opened import Asked, Opened, asked_in, page_events
from loopclose.flows.delivery.report import hold_report, to_coordinator
from loopclose.flows.delivery.send import follow, judge_report
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.judging.rows import of_letter_id
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate
from loopclose.store import audit_log, decisions, deliveries, delivery_history, letter_duties, persons, recipient_words
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation

log = structlog.get_logger()
RECIPIENT = "the recipient"
"""Who said it: whoever has the letter, with the code on it; nobody signed in."""
ARRIVED = "Said on the confirmation page."
ELSEWHERE = "Said on the confirmation page: it came to the wrong office."
CALL_THEM = (
    "A letter came to the wrong office, which says so on the confirmation page: see that it was destroyed there, and "
    "tell whoever answers for privacy."
)


@dataclass(frozen=True)
class Told:
    """What one form says."""

    received: bool = False
    needs: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    """By the form's name of what the letter asks (``opened.Asked.name``): a key of ``ANSWERS``."""


@dataclass(frozen=True)
class _Heard:
    """One delivery and its report, both held, in the transaction that writes down what was said of it."""

    session: Session
    work: Work
    scope: Scope
    row: DeliveryRow
    owed: Obligation
    now: datetime
    room: int
    """How much more is kept of it."""

    def note(self, what: str, words: str, evidence: str | None = None) -> None:
        delivery_history.add_event(
            self.session, self.scope, self.row.id, what, PAGE, RECIPIENT, self.now, self.now, words, evidence
        )

    def to_answer(self, kind: str, words: str, key: str, about: str = "") -> None:
        """Somebody of ours answers it: judging makes that a duty."""
        site = self.work.site_of(self.scope.practice_id, self.owed.ehr)
        given = {
            "letter": self.owed.id,
            "key": key,
            "obligation": of_letter_id(
                site, "answer", self.owed.visit or self.owed.appointment, self.owed.referral, key
            ),
            "delivery": self.row.id,
            "kind": kind,
            "about": about,
            "words": words,
            "at": self.now,
        }
        recipient_words.add_word(self.session, self.scope, given)


def tell(work: Work, copy: Opened, told: Told) -> None:
    """Take what the office says of its copy. Nothing is taken of one that was used up or has expired meanwhile."""
    if told.received and copy.received_at is None:
        fate = Fate("received", words=ARRIVED)
        if hear(work, copy.scope, copy.delivery, Said(fate, PAGE, RECIPIENT)):
            _judge(work, copy)
    if is_new(copy, told):
        _write(work, copy, told)
        _judge(work, copy)


def tell_wrong_office(work: Work, copy: Opened) -> None:
    """Take it that the letter came to the wrong office: its code opens nothing any more."""
    fate = Fate("failed", words=ELSEWHERE, address_is_bad=True)

    def write(session: Session, news: bool) -> None:
        found = _held(session, work, copy, has_counted=news)
        if found is None:
            return
        found.row.confirm_until = found.now
        if not news:
            found.note(WRONG_OFFICE, ELSEWHERE)
        if found.owed.state == "signed":
            to_coordinator(found.owed)
        found.to_answer(WRONG_OFFICE, CALL_THEM, _key(copy.delivery, WRONG_OFFICE))
        _audit(found, [WRONG_OFFICE])

    news = hear(work, copy.scope, copy.delivery, Said(fate, PAGE, RECIPIENT), write)
    _judge(work, copy)
    if news:
        _send_on(work, copy)


def _send_on(work: Work, copy: Opened) -> None:
    """The next address at once, as where somebody of ours says it; whoever has the letter is told nothing of it."""
    with work.db.read() as session:
        row = deliveries.delivery(session, copy.scope, copy.delivery)
    try:
        if row is not None and row.purpose in TO_REFERRER:
            follow(work, copy.scope, ways_of(work, copy.scope), row)
    except LoopcloseError as problem:  # said on its page as well
        log.warning("a letter cannot be packed", practice=copy.scope.practice_id, problem=str(problem))


def is_new(copy: Opened, told: Told) -> bool:
    """Whether anything of it is to be written: seen without holding anything, so that a replay costs nobody time."""
    said, words = {one.name: one.said for one in copy.asked}, _words(told)
    answers = any(said.get(name, code) != code for name, code in told.answers.items())
    needs = words and _key(copy.delivery, NEEDS, words) not in copy.needed
    return bool(needs) or answers or (told.received and copy.received_at is None)


def _words(told: Told) -> str:
    return told.needs.strip()[:LONGEST]


def _write(work: Work, copy: Opened, told: Told) -> None:
    def write(session: Session) -> None:
        found = _held(session, work, copy)
        if found is None or found.room <= 0:
            return
        events = page_events(session, copy.scope, copy.delivery)
        done: list[str] = []
        if told.received:
            if not any(one.what == RECEIVED for one in events):
                found.note(RECEIVED, ARRIVED)
            if copy.received_at is None:
                done.append(RECEIVED)
        done += [
            code
            for one in asked_in(session, copy.scope, found.row, events)
            if (code := told.answers.get(one.name)) is not None and code != one.said and _answered(found, one, code)
        ]
        words = _words(told)
        if words and _needed(found, words, sum(one.what == NEEDS for one in events)):
            done.append(NEEDS)
        if done:
            _audit(found, done)

    work.db.in_write(write)


def _held(session: Session, work: Work, copy: Opened, *, has_counted: bool = False) -> _Heard | None:
    """The delivery and its report, held in the order in which judging holds them; None where its code is used up, but
    by what is being written down.
    """
    now, scope = work.clock(), copy.scope
    first = deliveries.delivery(session, scope, copy.delivery)
    owed = hold_report(session, scope, first.obligation) if first is not None else None
    row = deliveries.delivery(session, scope, copy.delivery, lock=True)
    if owed is None or row is None or not (has_counted or row.is_confirmable(now)):
        return None
    room = MOST_SAID - len(page_events(session, scope, copy.delivery))
    return _Heard(session, work, scope, row, owed, now, room)


def _answered(found: _Heard, one: Asked, code: str) -> bool:
    """Close what a letter asked with its answer; whether that answer fits."""
    answer = ANSWERS.get(code)
    if answer is None or answer.kind != one.kind:
        return False
    session, scope = found.session, found.scope
    found.note(code, answer.words, one.key)
    recipient_words.withdraw(session, scope, found.owed.id, one.key, found.now)
    duty = letter_duties.duty_of(session, scope, one.obligation)
    owed = decisions.obligation_held(session, scope, one.obligation)
    if owed is not None and owed.state in ("owed", "confirmed"):
        step = Transition(owed.state, "confirmed", found.now, RECIPIENT, found.row.id, code, answer.words)
        decisions.add_step(session, scope, owed.id, step, found.now)
        owed.state, owed.alert_after = "confirmed", None
        persons.touch_persons(session, scope, owed.ehr, [owed.person])
    if answer.stays_ours and duty is not None:
        key = _key(found.row.id, code, one.key, found.now.isoformat())
        found.to_answer(code, f"{answer.words} {duty.words}", key, about=one.key)
    return True


def _needed(found: _Heard, words: str, before: int) -> bool:
    """Keep what they need of us; whether it was new, and not too often."""
    key = _key(found.row.id, NEEDS, words)
    known = {one.key for one in recipient_words.of_letter(found.session, found.scope, found.owed.id)}
    if key in known or before >= MOST_NEEDS:
        return False
    found.note(NEEDS, words, key)
    found.to_answer(NEEDS, f"Whoever got the letter needs something of us: {words}", key)
    return True


def _audit(found: _Heard, said: list[str]) -> None:
    detail = {"delivery": found.row.id, "said": said}
    audit_log.record(found.session, found.scope, found.now, RECIPIENT, "confirm_page", found.owed.id, detail)


def _judge(work: Work, copy: Opened) -> None:
    with work.db.read() as session:
        row = deliveries.delivery(session, copy.scope, copy.delivery)
    if row is not None:
        judge_report(work, copy.scope, row.obligation)


def _key(*about: str) -> str:
    return hashlib.sha256("\x1f".join(about).encode()).hexdigest()[:16]
