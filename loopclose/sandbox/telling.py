"""What the demo EHR tells by itself: athenahealth's signed notifications, and those of R4 topic subscriptions.

Shapes: https://github.com/athenahealth/aone-fhir-subscriptions (README 4) and the R4 notification of
http://hl7.org/fhir/uv/subscriptions-backport (1.1.0).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
AT = "2026-11-24T14:59:00Z"
PROFILES = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
TOPICS = "https://api.platform.athenahealth.com/fhir/r4/SubscriptionTopic"
PATIENT_OF = "http://hl7.org/fhir/5.0/StructureDefinition/extension-AuditEvent.patient"


@dataclass(frozen=True)
class Happened:
    """One event: what it happened to (``Type/id``), and whose that is, as far as it is told."""

    id: str
    focus: str | None = None
    patient: str | None = None
    topic: str = "Encounter.signoff"


@dataclass(frozen=True)
class Told:
    """One request: its headers and its body."""

    headers: dict[str, str]
    body: bytes


def signed(secret: str, happened: Sequence[Happened]) -> Told:
    """As athenahealth tells: numbers begin anew in each Bundle, and a focus without an address is an identifier."""
    events: list[Json] = []
    audits: list[Json] = []
    for no, one in enumerate(happened, start=1):
        focus = {"reference": one.focus} if one.focus else _identifier(one)
        events.append({"eventNumber": str(no), "id": one.id, "timestamp": AT, "focus": focus})
        audits.append(_audit(one, focus))
    status = {
        "resourceType": "SubscriptionStatus",
        "id": "status",
        "status": "active",
        "type": "event-notification",
        "eventsSinceSubscriptionStart": str(len(events)),
        "eventsInNotification": len(events),
        "subscription": {"reference": "Subscription/signoff"},
        "topic": f"{TOPICS}/{happened[0].topic if happened else 'Encounter.signoff'}",
        "notificationEvent": events,
    }
    body = _bundle("backport-subscription-notification", [status, *audits])
    proof = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Told({"Content-Type": "application/fhir+json", "X-Hub-Signature": f"sha256={proof}"}, body)


def by_header(
    secret: str,
    kind: str,
    since_start: int,
    happened: Sequence[Happened] = (),
    *,
    subscription: str = "Subscription/visits",
    at: str = AT,
) -> Told:
    """As an R4 server tells by rest-hook: ``kind`` is handshake, heartbeat or event-notification; the last of what
    happened has the number ``since_start``. Events without a focus are those of the payload ``empty``.
    """
    parameters: list[Json] = [
        {"name": "subscription", "valueReference": {"reference": subscription}},
        {"name": "topic", "valueCanonical": "http://ehr.example/SubscriptionTopic/visits"},
        {"name": "status", "valueCode": "active"},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(since_start)},
    ]
    for no, one in enumerate(happened, start=since_start - len(happened) + 1):
        part: list[Json] = [{"name": "event-number", "valueString": str(no)}, {"name": "timestamp", "valueInstant": at}]
        part += [{"name": "focus", "valueReference": {"reference": one.focus}}] if one.focus else []
        parameters.append({"name": "notification-event", "part": part})
    first = {"resourceType": "Parameters", "id": "status", "parameter": parameters}
    body = _bundle("backport-subscription-notification-r4", [first])
    return Told({"Content-Type": "application/fhir+json", "Authorization": f"Bearer {secret}"}, body)


def send(address: str, told: Told) -> int:
    """Tell it to that address; gives the status of the answer."""
    asked = urllib.request.Request(address, told.body, told.headers, method="POST")  # noqa: S310 the test's own server
    try:
        with urllib.request.urlopen(asked, timeout=2) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        return problem.code


def _audit(one: Happened, focus: Json) -> Json:
    named = [{"url": PATIENT_OF, "valueReference": {"reference": one.patient}}] if one.patient else []
    return {
        "resourceType": "AuditEvent",
        "id": one.id,
        "extension": named,
        "type": {"system": "https://fhir.athena.io/CodeSystem/SubscriptionTopic", "code": one.topic},
        "recorded": AT,
        "agent": [{"who": {"identifier": {"value": "somebody"}}, "requestor": True}],
        "source": {"observer": {"reference": "Organization/a-1.Practice-1"}},
        "entity": [{"what": focus}],
    }


def _identifier(one: Happened) -> Json:
    return {
        "identifier": {"system": f"urn:athenahealth:athenanet:{one.topic.partition('.')[0].lower()}:1", "value": "2"}
    }


def _bundle(profile: str, resources: Sequence[Json]) -> bytes:
    status = {"request": {"method": "GET", "url": "Subscription/1/$status"}, "response": {"status": "200"}}
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one, **status} for one in resources]
    meta = {"profile": [f"{PROFILES}/{profile}"]}
    bundle = {
        "resourceType": "Bundle",
        "id": "told",
        "meta": meta,
        "type": "history",
        "timestamp": AT,
        "entry": entries,
    }
    return json.dumps(bundle).encode()
