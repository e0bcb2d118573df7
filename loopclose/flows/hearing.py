"""An EHR tells that something happened: who tells is proven, and what was told is kept, in one short transaction.

Nothing is asked of the EHR meanwhile: some wait two seconds for the answer. Reading is ``flows/reading/told.py``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from fhir_adapters.events.notification import EVENT, Event, Notification, NotUnderstood, read_notification
from fhir_adapters.events.proof import problem_of
from fhir_adapters.facts.references import OwnServer
from loopclose.flows.work import Work
from loopclose.store import audit_log, events
from loopclose.store.base import Scope

REFUSED = {
    "unknown": (404, "Nobody tells anything at this address."),
    "missing": (401, "Neither X-Hub-Signature nor Authorization proves who tells."),
    "method": (401, "The signature is made in a way that is not taken: sha256, sha384 or sha512 is expected."),
    "wrong": (401, "The proof does not fit the secret that was agreed on."),
    "malformed": (400, "This is no notification of a FHIR subscription."),
}
"""By code: the status, and what the EHR is answered."""
AUDITED_EVERY = timedelta(minutes=1)
"""Strangers who come often leave one row of the audit a minute; all of them are counted."""
OF_STRANGERS = "?"
"""The channel of whatever proved nothing."""
log = structlog.get_logger()


class NotHeard(Exception):
    """What came is not taken; ``code`` is one of ``REFUSED``."""

    def __init__(self, code: str) -> None:
        self.status, words = REFUSED[code]
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Request:
    """What came: the bytes as they came, and what proves whose they are."""

    body: bytes
    signature: str | None
    authorization: str | None
    address: str
    """From where, for the audit."""


def hear(work: Work, name: str, request: Request) -> None:
    """Keep what ``[ehr.NAME]`` tells. What was told before is not kept again.

    Raises ``NotHeard``. What the EHR proved and cannot be read still says that something changed.
    """
    settings = work.config.ehr.get(name)
    if settings is None or not settings.takes_events:
        raise NotHeard("unknown")
    scope, now = Scope(settings.practice), work.clock()
    problem = problem_of(request.body, request.signature, request.authorization, settings.events_secrets)
    if problem is not None:
        _note_refused(work, scope, name, request, problem, now)
        raise NotHeard(problem)
    own = OwnServer(settings.base_url, settings.also_known_as)
    try:
        told = read_notification(request.body, own) if request.body else _only_that_something_changed(now)
    except NotUnderstood as problem_in_body:
        log.warning("what an EHR tells cannot be read", ehr=name, why=str(problem_in_body))
        told = _only_that_something_changed(now, hashlib.sha256(request.body).hexdigest())
        _keep(work, scope, name, told, now)
        raise NotHeard("malformed") from problem_in_body
    _keep(work, scope, name, told, now)


def _keep(work: Work, scope: Scope, name: str, told: Notification, now: datetime) -> None:
    with work.db.write() as session:
        kept = [_row(event) for event in told.events]
        if _are_missing(session, scope, name, told, now):
            kept.append(_row(Event(hashlib.sha256(f"missing {told.subscription} {now}".encode()).hexdigest())))
        events.note_told(session, scope, name, kept, now)


def _are_missing(session: Session, scope: Scope, name: str, told: Notification, now: datetime) -> bool:
    """Note what the channel says of itself; whether events were told of, by their numbers, that never came.

    Notifications come in any order, so what seems missing may be on its way: asking once too often does no harm, and
    what then comes is missing no more. HAPI 8.4.0 tells several events at once so, and gives some of them one number.
    """
    channel = events.channel(session, scope, name, told.subscription[:128])
    channel.heard_at, channel.status = now, told.status[:32] or channel.status
    if told.since_start is None:
        return False
    before, numbers = channel.number or 0, [one.number for one in told.events if one.number is not None]
    first = min(numbers, default=told.since_start - len(told.events) + 1)
    new = events.not_told(session, scope, name, [one.id for one in told.events])
    late = [one for one in told.events if one.id in new and one.number is not None and one.number <= before]
    channel.missed = max(0, channel.missed - len(late))
    began_anew = told.type != EVENT and told.since_start < before
    channel.number = told.since_start if began_anew else max(before, told.since_start, *numbers)
    missing = max(0, first - before - 1)
    if missing:
        channel.missed, channel.missed_at = channel.missed + missing, now
        log.warning("an EHR told of events that never came", ehr=name, missing=missing)
    return bool(missing) or began_anew


def _note_refused(work: Work, scope: Scope, name: str, request: Request, problem: str, now: datetime) -> None:
    log.warning("who tells of events did not prove to be the EHR", ehr=name, why=problem)
    with work.db.write() as session:
        channel = events.channel(session, scope, name, OF_STRANGERS)
        channel.refused += 1
        if channel.refused_at is None or now - channel.refused_at >= AUDITED_EVERY:
            channel.refused_at = now
            detail = {"address": request.address[:64], "why": problem, "refused_so_far": channel.refused}
            audit_log.record(session, scope, now, "nobody known", "event_refused", f"ehr {name}", detail)


def _only_that_something_changed(now: datetime, event_id: str | None = None) -> Notification:
    """An empty request says no more than that; several in a minute are one."""
    known = event_id or hashlib.sha256(f"empty {now:%Y-%m-%d %H:%M}".encode()).hexdigest()
    return Notification(EVENT, "", "", None, (Event(known),))


def _row(event: Event) -> dict[str, str | None]:
    kind, _, fhir_id = (event.focus or "").partition("/")
    return {"event_id": event.id, "type": kind or None, "fhir_id": fhir_id or None, "patient": event.patient}
