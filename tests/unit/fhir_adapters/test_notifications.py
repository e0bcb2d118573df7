"""What an EHR tells: both forms of a notification, and what servers make of them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from fhir_adapters.events.notification import LONGEST_ID, Notification, NotUnderstood, read_notification
from fhir_adapters.facts.references import OwnServer
from loopclose.sandbox.telling import PROFILES, Happened, Told, by_header, signed

OWN = OwnServer("https://ehr.example/fhir", ["https://inner.example/r4"])
EVENT = "event-notification"


def read(body: bytes) -> Notification:
    return read_notification(body, OWN)


def changed(body: bytes, **members: Any) -> bytes:
    """The Bundle with other members in its first resource."""
    bundle = json.loads(body)
    bundle["entry"][0]["resource"] |= members
    return json.dumps(bundle).encode()


def test_athenahealth_names_the_patient_beside_the_event() -> None:
    found = read(signed("s", [Happened("e-1", "Encounter/1", "Patient/1"), Happened("e-2", "Patient/2")]).body)
    assert (found.type, found.subscription, found.since_start) == (EVENT, "Subscription/signoff", None)
    assert [(one.id, one.focus, one.patient) for one in found.events] == [
        ("e-1", "Encounter/1", "Patient/1"),
        ("e-2", "Patient/2", None),
    ]


def test_the_extension_is_known_by_either_scheme() -> None:
    body = signed("s", [Happened("e-1", None, "Patient/1")]).body
    assert b"http://hl7.org/fhir/5.0" in body
    assert read(body.replace(b"http://hl7.org/fhir/5.0", b"https://hl7.org/fhir/5.0")).events[0].patient == "Patient/1"


def test_r4_numbers_its_events() -> None:
    found = read(by_header("s", EVENT, 8, [Happened("", "Encounter/1"), Happened("", "Task/2")]).body)
    assert (found.since_start, found.status) == (8, "active")
    assert [(one.number, one.focus) for one in found.events] == [(7, "Encounter/1"), (8, "Task/2")]
    assert len({one.id for one in found.events}) == 2


@pytest.mark.parametrize("kind", ["handshake", "heartbeat"])
def test_that_a_channel_lives_is_no_event(kind: str) -> None:
    found = read(by_header("s", kind, 4).body)
    assert (found.type, found.since_start, found.events) == (kind, 4, ())


def test_an_event_that_names_nothing_is_one() -> None:
    (one,) = read(by_header("s", EVENT, 4).body).events
    assert (one.focus, one.patient, one.number) == (None, None, 4)


def test_the_same_event_has_the_same_id_and_no_other_has() -> None:
    first = by_header("s", EVENT, 4, [Happened("", "Encounter/1")])
    same = by_header("other", EVENT, 4, [Happened("", "Encounter/1")])
    others = [
        by_header("s", EVENT, 5, [Happened("", "Encounter/1")]),
        by_header("s", EVENT, 4, [Happened("", "Encounter/2")]),
        by_header("s", EVENT, 4, [Happened("", "Encounter/1")], subscription="Subscription/other"),
        by_header("s", EVENT, 4, [Happened("", "Encounter/1")], at="2026-11-25T14:59:00Z"),  # it began anew
    ]
    ids = [read(one.body).events[0].id for one in (first, *others)]
    assert read(same.body).events[0].id == ids[0] and len({*ids}) == 5


BY_HAPI: dict[str, Any] = {
    "resourceType": "Bundle",
    "id": "98b5678f-dfea-4906-b9dc-5b5259ca8a0e",
    "type": "history",
    "entry": [
        {
            "fullUrl": "Parameters/ee3d0030-5b6b-4959-8193-06a9052de174",
            "resource": {
                "resourceType": "Parameters",
                "id": "ee3d0030-5b6b-4959-8193-06a9052de174",
                "meta": {"profile": [f"{PROFILES}/backport-subscription-status-r4"]},
                "parameter": [
                    {"name": "subscription", "valueReference": {"reference": "Subscription/2"}},
                    {"name": "topic", "valueCanonical": "http://ehr.example/SubscriptionTopic/visits"},
                    {"name": "status", "valueCode": "active"},
                    {"name": "type", "valueCode": "event-notification"},
                    {"name": "events-since-subscription-start", "valueString": "4"},
                    {
                        "name": "notification-event",
                        "part": [
                            {"name": "event-number", "valueString": "4"},
                            {"name": "timestamp", "valueDate": "2026-11-30"},
                            {"name": "focus", "valueReference": {"reference": "Encounter/v9"}},
                        ],
                    },
                ],
            },
        },
        {"fullUrl": "Encounter/v9", "request": {"method": "PUT", "url": "Encounter/v9"}},
    ],
}
"""As HAPI 8.4.0 sent it, ``id-only``: it has no timestamp of its own, and the event's is a day."""


def test_hapi_s_events_are_read() -> None:
    found = read(json.dumps(BY_HAPI).encode())
    assert (found.type, found.subscription, found.status, found.since_start) == (EVENT, "Subscription/2", "active", 4)
    assert [(one.focus, one.patient, one.number) for one in found.events] == [("Encounter/v9", None, 4)]


def test_of_hapi_s_events_of_one_day_none_is_taken_for_another_that_had_its_number() -> None:
    def event_id(**members: Any) -> str:
        return read(json.dumps(BY_HAPI | members).encode()).events[0].id

    again = copy.deepcopy(BY_HAPI)  # sent once more, whatever else it then says of itself
    again["entry"][0]["resource"]["id"] = "other"
    assert event_id() == event_id(**again)
    assert event_id() != event_id(id="d6e3854c-37f6-428d-a072-ed8ebec41164"), "it was restarted, and counts anew"
    assert event_id(id=None, timestamp="2026-11-30T05:00:00Z") != event_id(id=None, timestamp="2026-11-30T06:00:00Z")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://ehr.example/fhir/Encounter/1", "Encounter/1"),
        ("http://ehr.example/fhir/Encounter/1/_history/3", "Encounter/1"),
        ("https://inner.example/r4/Encounter/1", "Encounter/1"),
        ("Encounter/1/_history/3", "Encounter/1"),
        ("https://other.example/fhir/Encounter/1", None),
        ("urn:uuid:1", None),
        ("Encounter?identifier=1", None),
        ("../Encounter/1", None),
    ],
)
def test_only_what_is_on_this_server_is_a_focus(written: str, meant: str | None) -> None:
    assert read(by_header("s", EVENT, 1, [Happened("", written)]).body).events[0].focus == meant


def test_numbers_may_be_numbers_and_ids_may_be_long() -> None:
    body = by_header("s", EVENT, 3, [Happened("", "Encounter/1")]).body
    assert read(body.replace(b'"valueString": "3"', b'"valueInteger": 3')).since_start == 3
    long = read(signed("s", [Happened("e" * 500, "Encounter/1")]).body).events[0].id
    assert len(long) == LONGEST_ID and long != read(signed("s", [Happened("e" * 501, "Encounter/1")]).body).events[0].id


def test_a_status_without_events_is_an_event_that_names_nothing() -> None:
    (one,) = read(changed(signed("s", []).body, notificationEvent=None)).events
    assert (one.focus, one.patient) == (None, None)


ODD: list[Any] = [None, 7, True, "x", [], {}, [None], [{}], [7], 10**30, -1, {"reference": 7}, [{"id": 7, "focus": []}]]
ODD += [[{"name": None}], [{"name": "notification-event", "part": "x"}], [{"name": "notification-event", "part": [{}]}]]
MEMBERS = ("parameter", "notificationEvent", "subscription", "type", "status", "id", "eventsSinceSubscriptionStart")


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("told", [signed("s", [Happened("e-1", "Encounter/1")]), by_header("s", EVENT, 1)])
def test_whatever_stands_in_it_is_read_or_refused(told: Told, member: str) -> None:
    for value in ODD:
        try:
            found = read(changed(told.body, **{member: value}))
        except NotUnderstood:
            continue
        assert all(0 < len(one.id) <= LONGEST_ID for one in found.events)


def test_a_number_of_thousands_of_digits_is_none() -> None:
    body = by_header("s", EVENT, 3, [Happened("", "Encounter/1")]).body
    with pytest.raises(NotUnderstood):
        read(body.replace(b'"valueString": "3"', b'"valueInteger": ' + b"9" * 5000))
    assert read(body.replace(b'"valueString": "3"', b'"valueString": "' + b"9" * 5000 + b'"')).since_start is None
