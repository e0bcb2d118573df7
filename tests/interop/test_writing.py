"""A letter written into real HAPI: once, read back as ours, and CMS50's numerator true by its receipt alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import Conflict, Refused
from fhir_adapters.facts.own import is_ours
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.writing.chart import WritableChart
from fhir_adapters.writing.requests import change, create
from fhir_adapters.writing.resources import fulfilment_of
from loopclose.outbound.channels.channel import Parcel
from loopclose.outbound.channels.fhir import channel_of
from tests.interop.cms50 import NUMERATORS, denominator
from tests.interop.loading import Held, load
from tests.interop.servers import hapi
from tests.unit.fhir_adapters.writing.letters import PDF, letter
from tests.unit.fhir_adapters.writing.test_cms50 import REFERRAL, VISIT

Json = dict[str, Any]
PEOPLE: list[Json] = [
    {"resourceType": "Patient", "id": "p"},
    {"resourceType": "Practitioner", "id": "lee"},
    {"resourceType": "Practitioner", "id": "heart"},
    {"resourceType": "Organization", "id": "harbor"},
]
SUBJECT = {"subject": {"reference": "Patient/p"}}
TYPES = ("ServiceRequest", "Encounter", "DocumentReference", "Communication", "Task")
RECEIVED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """HAPI with one referred visit in it."""
    amb = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    with hapi() as found:
        held = Held()
        load(found, [*PEOPLE, {**REFERRAL, **SUBJECT}, {**VISIT, **SUBJECT, "class": amb}], held)
        assert held.refused == []
        yield found


@pytest.fixture
def client(address: str) -> Iterator[FhirClient]:
    with FhirClient(address) as found:
        yield found


def chart(address: str) -> list[Json]:
    """Everything of the patient, as HAPI has it."""
    found = []
    for kind in TYPES:
        fresh = {"Cache-Control": "no-cache"}  # HAPI gives again what a search found up to a minute ago
        bundle = requests.get(f"{address}/{kind}", {"patient": "Patient/p"}, headers=fresh, timeout=60).json()
        found += [entry["resource"] for entry in bundle.get("entry", ())]
    return found


def holds(address: str) -> list[bool]:
    """The numerator, by version."""
    held = chart(address)
    assert denominator(held, 2026)
    return [numerator(held, 2026) for numerator in NUMERATORS.values()]


def test_a_letter_is_written_once_and_its_receipt_makes_the_numerator_true(address: str, client: FhirClient) -> None:
    writable = WritableChart(client, custodian="Organization/harbor")
    assert client.vendor.name == "hapi" and writable.tells_repeats("Task")
    channel = channel_of(writable, reads_same_ehr=True)
    packed = Parcel(letter().delivery, letter().to, channel.pack(letter()))
    absent = channel.look_up(packed)
    assert absent is not None and absent.state == "absent"
    taken = channel.send(packed)
    there = channel.look_up(packed)
    assert there is not None and (there.state, there.remote) == ("transmitted", taken.remote), "found by its identifier"
    assert channel.send(packed) == taken, "a repeat is the same"
    packed = replace(packed, remote=taken.remote)
    assert [one["resourceType"] for one in chart(address)].count("DocumentReference") == 1
    sent = channel.look_up(packed)
    assert sent is not None and sent.state == "transmitted"
    assert holds(address) == [False, False], "sent is not received"

    document, message = (taken.remote or "").split()
    found = requests.get(f"{address}/{message}", timeout=60).json()
    told = requests.put(f"{address}/{message}", json={**found, "received": RECEIVED.isoformat()}, timeout=60)
    assert told.ok, told.text[:300]
    fate = channel.look_up(packed)
    assert fate is not None and (fate.state, fate.at) == ("received", RECEIVED)
    assert holds(address) == [False, False], "until the Task says so"

    task = fulfilment_of(letter(), document, RECEIVED, requester="Practitioner/lee")
    made = create(client, task, once=True)
    assert create(client, task, once=True).key == made.key
    assert holds(address) == [True, True]

    for one in chart(address):
        fact = read(one["resourceType"], requests.get(f"{address}/{_key(one)}", timeout=60).content)
        assert not isinstance(fact, Unreadable)
        assert is_ours(fact) == (one["resourceType"] not in ("ServiceRequest", "Encounter"))

    assert made.key is not None
    change(client, made.key, lambda one: {**one, "status": "entered-in-error"})
    assert holds(address) == [False, False], "a receipt that was taken back"


def test_hapi_tells_what_somebody_changed_meanwhile_and_what_it_does_not_take(client: FhirClient) -> None:
    other = letter(delivery="7a0c9d7e-6a1d-4c7e-9a38-2b9d7f7d5b22", enclosures=(PDF,))
    task = fulfilment_of(other, "DocumentReference/1", RECEIVED + timedelta(hours=1))
    made = create(client, task, once=True)
    assert made.key is not None

    def meanwhile(one: Json) -> Json:
        change(client, made.key or "", lambda mine: {**mine, "priority": "urgent"})
        return {**one, "priority": "routine"}

    with pytest.raises(Conflict):
        change(client, made.key, meanwhile)
    with pytest.raises(Refused) as told:
        create(client, {**task, "status": "no such status", "description": "Lee Sample"}, once=False)
    assert "Lee" not in str(told.value)


def _key(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
