"""A letter written into a chart: over the demo EHR, as it is, and as it plays Epic and Oracle Health."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fhir_adapters import errors
from fhir_adapters.client import FhirClient
from fhir_adapters.facts.own import Ours, is_ours
from fhir_adapters.facts.reading import read
from fhir_adapters.writing import chart, requests
from fhir_adapters.writing.chart import WritableChart
from fhir_adapters.writing.fulfilment import fulfil, take_back
from loopclose.outbound.channels.channel import Channel, Enclosure, Parcel, Sending
from loopclose.outbound.channels.fhir import FILED, channel_of
from loopclose.outbound.mail import SendError
from loopclose.sandbox.faults import Fault, Faults
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from tests.unit.fhir_adapters.writing.letters import DELIVERY, PDF, TEXT, letter

META = {"versionId": "1", "lastUpdated": "2026-11-20T12:00:00Z"}
PATIENT = {"resourceType": "Patient", "id": "p", "meta": META}
VISIT = {"resourceType": "Encounter", "id": "v", "meta": META, "subject": {"reference": "Patient/p"}}
OF_ANOTHER = {**VISIT, "id": "w", "subject": {"reference": "Patient/q"}}


@contextmanager
def ehr(vendor: str | None = None) -> Iterator[tuple[SandboxServer, FhirClient]]:
    """The demo EHR, strict where it plays somebody, and a client for it."""
    resources = [PATIENT, VISIT, OF_ANOTHER]
    with (
        SandboxServer(Store(resources), style=vendor or "tidy", strict=vendor is not None) as server,
        FhirClient(server.base_url, pause=lambda _: None) as client,
    ):
        yield server, client


def parcel(channel: Channel, sending: Sending) -> Parcel:
    """Packed, and frozen."""
    return Parcel(sending.delivery, sending.to, channel.pack(sending))


def kept(server: SandboxServer, kind: str) -> list[dict[str, Any]]:
    """What the EHR holds of a type."""
    return [json.loads(raw) for raw in server.store.search(kind, [])]


def test_a_letter_to_who_reads_this_chart_is_a_document_and_a_message_that_points_at_it() -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        taken = channel.send(parcel(channel, letter()))
        (document,), (message,) = kept(server, "DocumentReference"), kept(server, "Communication")
        assert message["payload"] == [{"contentReference": {"reference": f"DocumentReference/{document['id']}"}}]
        assert taken.remote == f"DocumentReference/{document['id']} Communication/{message['id']}"
        assert taken.is_sent


def test_a_repeat_writes_nothing_again() -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        packed = parcel(channel, letter())
        assert channel.send(packed) == channel.send(packed)
        assert (len(kept(server, "DocumentReference")), len(kept(server, "Communication"))) == (1, 1)


def test_a_copy_for_our_own_chart_is_no_delivery_whatever_the_ehr_says() -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=False)
        packed = parcel(channel, letter())
        taken = channel.send(packed)
        assert (taken.is_sent, taken.note) == (False, FILED)
        assert kept(server, "Communication") == []
        fate = channel.look_up(replace(packed, remote=taken.remote))
        assert fate is not None and fate.state == "underway"


def test_what_the_ehr_says_of_the_message_is_its_fate() -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        packed = parcel(channel, letter())
        absent = channel.look_up(packed)
        assert absent is not None and absent.state == "absent"
        packed = replace(packed, remote=channel.send(packed).remote)
        for asked in (packed, replace(packed, content=b""), replace(packed, content=b"", remote=None)):
            sent = channel.look_up(asked)
            assert sent is not None and (sent.state, sent.remote) == ("transmitted", packed.remote)
        (message,) = kept(server, "Communication")
        server.store.put({**message, "received": "2026-11-21T09:00:00-05:00"})
        received = channel.look_up(packed)
        assert received is not None
        assert (received.state, received.at) == ("received", datetime(2026, 11, 21, 14, 0, tzinfo=UTC))
        server.store.delete("Communication", message["id"])
        gone = channel.look_up(packed)
        assert gone is not None and gone.state == "failed"


def lost(taken: bool) -> Callable[..., Any]:
    """A create of which no answer comes back, whether the EHR took it or not."""

    def create(client: FhirClient, resource: Any, *, once: bool) -> Any:
        if taken:
            requests.create(client, resource, once=once)
        raise errors.Unknown("The connection broke. Nobody knows whether the EHR took it.")

    return create


@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_that_was_lost_is_looked_up_by_the_identifier(monkeypatch: pytest.MonkeyPatch, taken: bool) -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=False)
        packed = parcel(channel, letter())
        with monkeypatch.context() as broken:
            broken.setattr(chart, "create", lost(taken))
            with pytest.raises(SendError) as told:
                channel.send(packed)
        assert told.value.unknown and not told.value.final
        fate = channel.look_up(packed)
        assert fate is not None and fate.state == ("underway" if taken else "absent")
        channel.send(packed)
        assert len(kept(server, "DocumentReference")) == 1


class Refusing(WritableChart):
    """An EHR that takes nothing, and why."""

    def __init__(self, problem: errors.FhirError, client: FhirClient) -> None:
        super().__init__(client)
        self.problem = problem

    def _written(self, resource: Any) -> str:
        raise self.problem


def test_epic_gets_the_words_of_a_visit_and_drops_our_marks() -> None:
    with ehr("epic") as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        taken = channel.send(parcel(channel, letter()))
        (document,) = kept(server, "DocumentReference")
        assert taken.remote == f"DocumentReference/{document['id']}"
        assert [one["attachment"]["title"] for one in document["content"]] == [TEXT.name]
        fact = read("DocumentReference", json.dumps(document).encode())
        assert not is_ours(fact)  # type: ignore[arg-type]
        assert is_ours(fact, Ours(keys=frozenset({taken.remote})))  # type: ignore[arg-type]


def test_epic_is_not_sent_what_it_refuses_and_says_so_before_anything_is_tried() -> None:
    with ehr("epic") as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        with pytest.raises(SendError, match="of a visit alone") as told:
            channel.pack(letter(visit="Appointment/a"))
        with pytest.raises(SendError, match="no form that this EHR takes"):
            channel.pack(letter(enclosures=(PDF,)))
        assert told.value.final and not [one for one in server.requests if one[0] == "POST"]


def test_a_visit_of_somebody_else_is_refused_for_good() -> None:
    with ehr("epic") as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        with pytest.raises(SendError, match="Valid encounter required") as told:
            channel.send(parcel(channel, letter(visit="Encounter/w")))
        assert told.value.final and not told.value.unknown
        assert kept(server, "DocumentReference") == []


@pytest.mark.parametrize("vendor", ["epic", "oracle"])
def test_where_no_identifier_is_kept_nobody_claims_that_a_letter_is_absent(vendor: str) -> None:
    with ehr(vendor) as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=False)
        packed = parcel(channel, letter())
        assert channel.look_up(packed) is None and channel.look_up(replace(packed, content=b"")) is None
        channel.send(packed)
        found = channel.look_up(packed)
        (document,) = kept(server, "DocumentReference")
        assert found is not None and found.remote == f"DocumentReference/{document['id']}"  # by its file's name


def test_oracle_files_the_pdf_and_delivers_the_words_to_a_practitioner_and_one_thing_at_a_time() -> None:
    with ehr("oracle") as (server, client):
        writable = WritableChart(client)
        filing, delivering = channel_of(writable, reads_same_ehr=False), channel_of(writable, reads_same_ehr=True)
        filing.send(parcel(filing, letter()))
        (document,) = kept(server, "DocumentReference")
        assert [one["attachment"]["contentType"] for one in document["content"]] == ["application/pdf"]
        assert [one["system"] for one in document["identifier"]] == ["https://fhir.cerner.com/ceuuid"]
        delivering.send(parcel(delivering, letter()))
        (message,) = kept(server, "Communication")
        assert "contentAttachment" in message["payload"][0] and len(kept(server, "DocumentReference")) == 1
        with pytest.raises(SendError, match="no message to a Organization"):
            delivering.pack(replace(letter(), to="Organization/elm"))
        with pytest.raises(SendError, match="of a clinician alone"):
            delivering.pack(letter(author=None))


@pytest.mark.parametrize("vendor", ["athena", "ecw", "nextgen-office", "meditech", "modmed", "veradigm"])
def test_the_others_take_nothing_and_that_is_said_at_once(vendor: str) -> None:
    with ehr(vendor) as (_, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        with pytest.raises(SendError, match="takes no documents by FHIR") as told:
            channel.pack(letter())
        assert told.value.final


def test_what_was_packed_is_the_same_bytes_each_time() -> None:
    with ehr() as (_, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        assert channel.pack(letter()) == channel.pack(letter())
        assert DELIVERY.encode() in channel.pack(letter())


def test_an_ehr_that_does_not_let_us_look_tells_nothing_and_one_that_is_busy_is_asked_later() -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        packed = parcel(channel, letter())
        server.faults = Faults([Fault("status", code=403)])
        assert channel.look_up(packed) is None
        server.faults = Faults([Fault("status", code=503)])
        with pytest.raises(SendError) as told:
            channel.look_up(packed)
        assert not told.value.final


def test_an_absence_is_not_claimed_where_the_ehr_says_that_it_kept_something_back() -> None:
    with ehr() as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        packed = parcel(channel, letter())
        server.faults = Faults([Fault("withheld")])
        assert channel.look_up(packed) is None


def test_refused_credentials_are_no_fault_of_the_letter() -> None:
    with ehr() as (_, client):
        channel = channel_of(Refusing(errors.NotSignedIn("The EHR refused us (401)."), client), reads_same_ehr=True)
        with pytest.raises(SendError) as told:
            channel.send(parcel(channel, letter()))
        assert told.value.at_server and not told.value.final


SHEET = (
    Enclosure("pdf", "prescription-sheet-7FK2.pdf", "application/pdf", b"%PDF-1.7 a sheet"),
    Enclosure("text", "prescription-sheet-7FK2.txt", "text/plain", b"Prescriptions."),
)
WHOLE = (PDF, SHEET[0], TEXT, SHEET[1])


@pytest.mark.parametrize(("vendor", "documents"), [(None, 2), ("epic", 1), ("oracle", 2)])
def test_a_prescription_sheet_goes_with_the_letter_everywhere(vendor: str | None, documents: int) -> None:
    with ehr(vendor) as (server, client):
        channel = channel_of(WritableChart(client), reads_same_ehr=False)
        packed = parcel(channel, letter(enclosures=WHOLE))
        taken = channel.send(packed)
        held = kept(server, "DocumentReference")
        words = b"".join(
            base64.b64decode(one["attachment"]["data"]) for document in held for one in document["content"]
        )
        assert len(held) == documents and (b"a sheet" in words or b"Prescriptions" in words)
        for asked in (replace(packed, remote=taken.remote), replace(packed, remote=taken.remote, content=b"")):
            fate = channel.look_up(asked)
            assert fate is not None and fate.remote == taken.remote


def test_a_part_that_stands_there_is_not_written_again_where_no_repeat_is_told() -> None:
    with ehr("oracle") as (server, client):
        channel = channel_of(Breaking(client), reads_same_ehr=False)
        with pytest.raises(SendError, match="stands there already") as told:
            channel.send(parcel(channel, letter(enclosures=WHOLE)))
        assert told.value.unknown and not told.value.final
        assert len(kept(server, "DocumentReference")) == 1


class Breaking(WritableChart):
    """An EHR that is too busy after the first resource."""

    written = 0

    def _written(self, resource: Any) -> str:
        if self.written:
            raise errors.Failed("The EHR is overloaded (503); try again later.")
        self.written += 1
        return super()._written(resource)


def test_an_ehr_that_is_not_there_costs_a_sentence_and_nothing_is_lost() -> None:
    with FhirClient("http://127.0.0.1:9/fhir", pause=lambda _: None) as client:
        channel = channel_of(WritableChart(client), reads_same_ehr=True)
        with pytest.raises(SendError, match="does not say now what it takes"):
            channel.pack(letter())
        for ask in (channel.send, channel.look_up):
            with pytest.raises(SendError) as told:
                ask(Parcel(DELIVERY, "Practitioner/lee", b"[]"))
            assert told.value.at_server and not told.value.final and not told.value.unknown


def test_a_receipt_by_whatever_channel_is_a_task_where_one_is_taken_and_can_be_taken_back() -> None:
    received = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    with ehr() as (server, client):
        writable = WritableChart(client)
        done = fulfil(writable, letter(enclosures=()), None, received)
        assert fulfil(writable, letter(enclosures=()), None, received) == done
        (task,) = kept(server, "Task")
        assert (task["status"], done.keys) == ("completed", (f"Task/{task['id']}",))
        assert take_back(writable, done.keys[0]).state == "written"
        assert [one["status"] for one in kept(server, "Task")] == ["entered-in-error"]
    with ehr("oracle") as (_, client):
        refused = fulfil(WritableChart(client), letter(), None, received)
        assert refused.state == "refused" and "takes no Task" in refused.words
