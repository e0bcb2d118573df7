"""The letter behind a confirmation code, as the page on which it is confirmed may show it: nothing of a patient."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.confirm_code import read_confirm_code
from loopclose.domain.delivering import COPY, FAILED
from loopclose.domain.recipient_answers import ANSWERS, MOST_SAID, NEEDS, RECEIVED, WRONG_OFFICE
from loopclose.drafting.duties import numbers_of
from loopclose.flows.delivery.heard import PAGE
from loopclose.flows.delivery.seals import confirm_digest, form_token
from loopclose.flows.judging.duties import signed_papers
from loopclose.flows.site import zone_of
from loopclose.flows.web_key import web_key
from loopclose.flows.work import Work
from loopclose.store import deliveries, delivery_history, letter_duties, signatures
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryEvent


@dataclass(frozen=True)
class Asked:
    """One thing that the letter asks, by its number there."""

    key: str
    kind: str
    no: int
    obligation: str
    said: str | None
    """What the page was told of it last: a key of ``ANSWERS``."""

    @property
    def name(self) -> str:
        """By which a form names it: ``handover-1``."""
        return f"{self.kind}-{self.no}"


@dataclass(frozen=True)
class Opened:
    """What the page shows of one copy of a letter."""

    scope: Scope
    delivery: str
    code: str
    """The short code that is printed on it: not the one that opens the page."""
    practice: str
    phone: str | None
    until: datetime
    """The last moment, in the practice's time zone, at which it can be confirmed."""
    received_at: datetime | None
    needs: tuple[datetime, ...]
    """When they asked us for something."""
    asked: tuple[Asked, ...]
    needed: frozenset[str]
    """What they asked us for, by its key."""
    tokens: tuple[str, ...]
    """What a form of this page carried when nothing, one thing, two … had been said here; the last: now."""

    @property
    def token(self) -> str:
        """What a form of this page carries."""
        return self.tokens[-1]

    def has_made(self, token: str) -> bool:
        """Whether this page made the form that carries it, whatever was said here since."""
        return _is_one_of(token, self.tokens)


def open_copy(work: Work, code: str) -> Opened | None:
    """What a code opens; None for one that is none, is not known, has expired or was used up.

    Of those nobody sees which it was: each takes one digest and one query.
    """
    digest = confirm_digest(web_key(work.config).value, read_confirm_code(code) or "")
    with work.db.read() as session:
        found = deliveries.confirmable(session, digest, work.clock())
        return _opened(work, session, *found, digest) if found else None


def said_twice(work: Work, code: str, token: str) -> Opened | None:
    """The letter that was said to be at the wrong office by a form of its page, which is sent again (somebody pressed
    the button twice, or loads the answer anew); None for any other code that opens nothing.
    """
    key = web_key(work.config).value
    digest = confirm_digest(key, read_confirm_code(code) or "")
    if not _is_one_of(token, [form_token(key, digest, said) for said in range(MOST_SAID + 1)]):
        return None
    with work.db.read() as session:
        found = deliveries.confirmable(session, digest, None)
        is_told = found and any(one.what in (FAILED, WRONG_OFFICE) for one in page_events(session, *found))
        return _opened(work, session, *found, digest) if found and is_told else None


def _is_one_of(token: str, tokens: Sequence[str]) -> bool:
    return any(hmac.compare_digest(token.encode(), one.encode()) for one in tokens)


def _opened(work: Work, session: Session, scope: Scope, delivery: str, digest: str) -> Opened | None:
    row = deliveries.delivery(session, scope, delivery)
    if row is None or row.confirm_until is None:
        return None
    events, key = page_events(session, scope, row.id), web_key(work.config).value
    settings, zone = work.config.practice[scope.practice_id], zone_of(work.config, scope.practice_id)
    received = next((one.heard_at for one in events if one.what == RECEIVED), None)
    return Opened(
        scope,
        row.id,
        row.code,
        settings.name,
        settings.phone,
        row.confirm_until.astimezone(zone),
        received.astimezone(zone) if received else None,
        tuple(one.heard_at.astimezone(zone) for one in events if one.what == NEEDS),
        asked_in(session, scope, row, events),
        frozenset(one.evidence for one in events if one.what == NEEDS and one.evidence is not None),
        tuple(form_token(key, digest, said) for said in range(len(events) + 1)),
    )


def page_events(session: Session, scope: Scope, delivery: str) -> list[DeliveryEvent]:
    """What was said of a delivery on its page, in order."""
    found = delivery_history.events_of(session, scope, [delivery]).get(delivery, [])
    return [one for one in found if one.source == PAGE]


def said_last(events: Sequence[DeliveryEvent]) -> Mapping[str, str]:
    """By the key of what a letter asks: the last answer of the page."""
    return {one.evidence: one.what for one in events if one.what in ANSWERS and one.evidence is not None}


def asked_in(session: Session, scope: Scope, row: DeliveryRow, events: Sequence[DeliveryEvent]) -> tuple[Asked, ...]:
    """What that very letter asks, numbered as it is printed; nothing of a copy for somebody else."""
    signed = [one for one in signatures.signatures_of(session, scope, row.obligation) if one.letter == row.letter]
    papers = signed_papers(session, scope, signed[-1]) if signed and row.purpose != COPY else None
    duties = {one.key: one for one in letter_duties.duties_of(session, scope, [row.obligation]).get(row.obligation, ())}
    said = said_last(events)
    return tuple(
        Asked(key, kind, no, duties[key].obligation, said.get(key))
        for key, (kind, no) in numbers_of(papers or ()).items()
        if key in duties
    )
