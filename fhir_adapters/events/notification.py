"""A notification: the Bundle by which a server tells what happened, read as far as we go by it.

Two forms. R4 with the backport (http://hl7.org/fhir/uv/subscriptions-backport, 1.1.0, profile
``backport-subscription-notification-r4``): the first entry is Parameters with ``subscription``, ``type``,
``events-since-subscription-start`` and a ``notification-event`` (``event-number``, ``timestamp``, ``focus``) an event.
athenahealth (https://github.com/athenahealth/aone-fhir-subscriptions, README 4 of 2024-11-19): a SubscriptionStatus,
each event with an ``id``, and beside it an AuditEvent of that id which names the patient; its numbers begin anew with
every Bundle, and what has no FHIR address is named by an identifier alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fhir_adapters.facts.references import OwnServer

LONGEST_ID = 64
"""Characters of an event's id; a longer one is told by its digest."""
EVENT = "event-notification"
_KEY = re.compile(r"[A-Z][A-Za-z]{1,39}/[A-Za-z0-9.\-_]{1,128}")
_OF_PATIENT = "/extension-AuditEvent.patient"
"""End of the address of the extension by which an AuditEvent names its patient: seen with http and with https."""
Json = Mapping[str, Any]


class NotUnderstood(ValueError):
    """The bytes are no notification; the words say why, and quote nothing."""


@dataclass(frozen=True)
class Event:
    """Something happened. ``id`` is the same however often it is told."""

    id: str
    focus: str | None = None
    """``Type/id`` of what it happened to, where that is on this server."""
    patient: str | None = None
    """``Patient/id``, where it says so."""
    number: int | None = None


@dataclass(frozen=True)
class Notification:
    """What one request told."""

    type: str
    """``handshake``, ``heartbeat``, ``event-notification``, or what a server calls it."""
    subscription: str
    """By which it is told, as the server names it; empty where it does not say."""
    status: str
    """Of the subscription, as the server says: ``active``, ``error``, ``off`` …; empty where it does not say."""
    since_start: int | None
    """Events since the subscription began, this one included; None where they are not numbered so."""
    events: tuple[Event, ...]


def read_notification(body: bytes, own: OwnServer) -> Notification:
    """Read it; ``own`` knows how the server names itself. An event that names nothing says that something changed.

    Raises ``NotUnderstood``.
    """
    try:
        bundle = msgspec.json.decode(own.plain(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise NotUnderstood("the body is no JSON") from problem
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NotUnderstood("the body is no Bundle")
    resources = [one for one in map(_resource, _items(bundle.get("entry"))) if one]
    first = resources[0] if resources else {}
    if first.get("resourceType") == "Parameters":
        return _of_parameters(bundle, first)
    if first.get("resourceType") == "SubscriptionStatus":
        return _of_status(bundle, first, resources[1:])
    raise NotUnderstood("the first entry of the Bundle is neither Parameters nor a SubscriptionStatus")


def _of_parameters(bundle: Json, parameters: Json) -> Notification:
    named = [(str(one.get("name")), one) for one in _items(parameters.get("parameter"))]
    said = {name: _value(one) for name, one in named if name != "notification-event"}
    subscription = _reference(said.get("subscription"))
    since_start = _number(said.get("events-since-subscription-start"))
    kind = _text(said.get("type")) or EVENT
    events: list[Event] = []
    for name, one in named:
        if name != "notification-event":
            continue
        parts = [(str(part.get("name")), _value(part)) for part in _items(one.get("part"))]
        about = dict(reversed(parts))
        focus, number = _key(_reference(about.get("focus"))), _number(about.get("event-number"))
        context = [_reference(value) for name, value in parts if name == "additional-context"]
        told = (subscription, number, _moment(about.get("timestamp"), bundle), focus)
        events.append(Event(_digest(told), focus, _patient(context), number))
    if kind == EVENT and not events:
        told = (subscription, since_start, _text(bundle.get("timestamp")) or _text(bundle.get("id")), None)
        events.append(Event(_digest(told), number=since_start))
    return Notification(kind, subscription, _text(said.get("status")), since_start, tuple(events))


def _of_status(bundle: Json, status: Json, others: Iterable[Json]) -> Notification:
    subscription, kind = _reference(status.get("subscription")), _text(status.get("type")) or EVENT
    audits = {_text(one.get("id")): one for one in others if one.get("resourceType") == "AuditEvent"}
    events: list[Event] = []
    for one in _items(status.get("notificationEvent")):
        own_id, focus = _text(one.get("id")), _key(_reference(one.get("focus")))
        context = [*_of_audit(audits.get(own_id, {})), *map(_reference, _items(one.get("additionalContext")))]
        at = _moment(one.get("timestamp"), bundle)
        told = own_id or _digest((subscription, one.get("eventNumber"), at, focus))
        events.append(Event(told if len(told) <= LONGEST_ID else _digest((told,)), focus, _patient(context)))
    if kind == EVENT and not events:
        events.append(Event(_digest((subscription, bundle.get("timestamp"), bundle.get("id")))))
    return Notification(kind, subscription, _text(status.get("status")), None, tuple(events))


def _moment(timestamp: Any, bundle: Json) -> str:
    """What tells an event from another of its number, for numbers begin anew: when it happened, or in which Bundle it
    is told. HAPI 8.4.0 says the day alone, counts anew after a restart, and sends the same Bundle again.
    """
    said = _text(timestamp)
    return said if "T" in said else _text(bundle.get("id")) or _text(bundle.get("timestamp")) or said


def _of_audit(audit: Json) -> Iterator[str]:
    for one in _items(audit.get("extension")):
        if _text(one.get("url")).endswith(_OF_PATIENT):
            yield _reference(one.get("valueReference"))


def _resource(entry: Json) -> Json:
    found = entry.get("resource")
    return found if isinstance(found, dict) else {}


def _items(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _value(parameter: Json) -> Any:
    return next((value for name, value in parameter.items() if name.startswith("value")), None)


def _reference(value: Any) -> str:
    return _text(value.get("reference")) if isinstance(value, dict) else _text(value)


def _key(reference: str) -> str | None:
    """``Type/id``, without the version that a reference may name."""
    plain = reference.partition("/_history/")[0]
    return plain if _KEY.fullmatch(plain) else None


def _patient(references: Iterable[str]) -> str | None:
    return next((key for key in map(_key, references) if key and key.startswith("Patient/")), None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
