"""What is written of a letter has the shape of FHIR, says what it has to, and is known again as ours."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fhir_adapters.facts.own import SYSTEM, Ours, is_ours
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.vendors.writing import GENERIC, writing_of
from fhir_adapters.writing.papers import papers_of
from fhir_adapters.writing.resources import NotWritten, checked, documents_of, fulfilment_of, message_of
from loopclose.outbound.channels.channel import Enclosure
from tests.unit.fhir_adapters.writing.letters import DELIVERY, OTHER, PDF, SIGNED, TEXT, letter

Json = dict[str, Any]
RECEIVED = datetime(2026, 11, 21, 9, 0, tzinfo=ZoneInfo("America/New_York"))
MARKS = {"by tag": ("identifier", "masterIdentifier"), "by identifier": ("meta",)}
"""What a server drops, and by what ours is known then."""


def written() -> dict[str, Json]:
    """One of each."""
    shape, message = GENERIC.document, GENERIC.message
    assert shape is not None and message is not None
    documents = documents_of(letter(), shape, "Organization/harbor")
    made = (
        *documents,
        message_of(letter(), message, documents),
        fulfilment_of(letter(), "DocumentReference/d", RECEIVED),
    )
    return {one["resourceType"]: checked(one) for one in made}


def fact(resource: Json, *without: str) -> Any:
    """As it is read back from a server that gave it an id, and dropped some elements."""
    kept = {name: value for name, value in resource.items() if name not in without}
    found = read(resource["resourceType"], json.dumps({"id": "x", **kept}).encode())
    assert not isinstance(found, Unreadable)
    return found


def test_a_document_holds_the_letter_and_names_what_it_answers() -> None:
    document = written()["DocumentReference"]
    assert [one["attachment"]["contentType"] for one in document["content"]] == [
        "application/pdf",
        "text/plain;charset=utf-8",
    ]
    assert base64.b64decode(document["content"][1]["attachment"]["data"]) == TEXT.content
    assert (document["status"], document["docStatus"]) == ("current", "final")
    assert document["type"]["coding"] == [{"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}]
    assert document["identifier"][0] == {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{DELIVERY}"}
    assert document["context"]["encounter"] == [{"reference": "Encounter/v"}]
    assert document["context"]["related"] == [{"reference": "ServiceRequest/r"}]
    assert document["author"] == [{"reference": "Practitioner/heart"}]
    assert document["custodian"] == {"reference": "Organization/harbor"}


def test_a_booking_is_no_encounter_and_a_name_is_no_author() -> None:
    shape = GENERIC.document
    assert shape is not None
    made = checked(documents_of(letter(visit="Appointment/a", author="Dr. Sample", referral=None), shape)[-1])
    assert "author" not in made and "context" not in made


def test_a_message_says_who_got_what_and_when_and_never_that_it_was_received() -> None:
    message = written()["Communication"]
    assert (message["status"], message["sent"]) == ("completed", "2026-11-20T17:30:00Z")
    assert message["recipient"] == [{"reference": "Practitioner/lee"}]
    assert message["about"] == [{"reference": "ServiceRequest/r"}]
    assert message["payload"] == [{"contentReference": {"reference": f"urn:uuid:{DELIVERY}"}}]
    assert "received" not in message


def test_the_task_is_completed_at_the_receipt_and_serves_both_readings_of_the_measure() -> None:
    task = written()["Task"]
    assert [one["code"] for one in task["code"]["coding"]] == ["fulfill", "11488-4"]
    assert task["reasonCode"]["coding"][0]["code"] == "11488-4"
    assert task["focus"] == task["basedOn"][0] == {"reference": "ServiceRequest/r"}
    assert (task["status"], task["executionPeriod"]["end"]) == ("completed", "2026-11-21T09:00:00-05:00")
    assert task["output"][0]["valueReference"] == {"reference": "DocumentReference/d"}
    assert "encounter" not in task  # it would tie the visit to the referral by our own word


def test_a_letter_of_another_counted_type_gives_its_own_reason_and_keeps_both_codes() -> None:
    made = fulfilment_of(letter(), "DocumentReference/d", RECEIVED, counted=("34099-2", "Cardiology Consult note"))
    assert made["reasonCode"]["coding"][0]["code"] == "34099-2"
    assert [one["code"] for one in made["code"]["coding"]] == ["fulfill", "11488-4"]


def test_a_receipt_before_the_signature_has_no_period_that_runs_backwards() -> None:
    made = checked(fulfilment_of(letter(), "DocumentReference/d", SIGNED - timedelta(minutes=1)))
    assert list(made["executionPeriod"]) == ["end"]


def test_what_answers_no_referral_fulfils_none() -> None:
    with pytest.raises(ValueError, match="no referral"):
        fulfilment_of(letter(referral=None), "DocumentReference/d", RECEIVED)


@pytest.mark.parametrize("kind", ["DocumentReference", "Communication", "Task"])
@pytest.mark.parametrize("dropped", MARKS.values(), ids=MARKS)
def test_it_is_known_by_either_mark_alone(kind: str, dropped: tuple[str, ...]) -> None:
    assert is_ours(fact(written()[kind], *dropped))


@pytest.mark.parametrize("kind", ["DocumentReference", "Communication", "Task"])
def test_without_any_mark_it_is_known_by_what_is_remembered(kind: str) -> None:
    bare = fact(written()[kind], "meta", "identifier", "masterIdentifier")
    assert not is_ours(bare)
    assert is_ours(bare, Ours(keys=frozenset({f"{kind}/x"})))


def test_a_server_that_keeps_the_uuid_or_the_files_name_alone_is_seen_through() -> None:
    document = written()["DocumentReference"]
    oracle = fact({**document, "identifier": [{"value": f"URN:UUID:{DELIVERY.upper()}"}]}, "meta", "masterIdentifier")
    assert is_ours(oracle, Ours(deliveries=frozenset({DELIVERY})))
    assert not is_ours(oracle, Ours(deliveries=frozenset({OTHER})))
    bare = fact(document, "meta", "identifier", "masterIdentifier")
    assert is_ours(bare, Ours(names=frozenset({TEXT.name}))) and not is_ours(bare, Ours(names=frozenset({"note.pdf"})))


@pytest.mark.parametrize(
    "more",
    [
        {"meta": {"tag": {"system": SYSTEM}}},
        {"meta": {"tag": [5, {"system": [], "code": {}}]}},
        {"identifier": "x", "masterIdentifier": [[]]},
        {"identifier": [{"system": "urn:other", "value": DELIVERY}]},
    ],
)
def test_odd_tags_and_identifiers_of_others_make_nothing_ours_and_nothing_unreadable(more: Json) -> None:
    assert not is_ours(fact({"resourceType": "DocumentReference", **more}))


def test_a_resource_that_is_no_fhir_is_refused_by_its_element_and_without_its_value() -> None:
    with pytest.raises(NotWritten, match=r"content\S* is not as FHIR wants it") as told:
        checked({**written()["DocumentReference"], "content": "Lee Sample"})
    assert "Lee" not in str(told.value)


def test_each_vendor_gets_what_it_takes() -> None:
    epic, oracle = writing_of("epic").document, writing_of("oracle").document
    assert epic is not None and oracle is not None
    for_epic, for_oracle = documents_of(letter(), epic)[-1], documents_of(letter(), oracle)[-1]
    assert [one["attachment"]["contentType"] for one in for_epic["content"]] == ["text/plain;charset=utf-8"]
    assert [one["attachment"]["contentType"] for one in for_oracle["content"]] == ["application/pdf"]
    assert for_oracle["context"]["period"] == {"end": "2026-11-20T17:30:00Z"}
    ended = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert documents_of(letter(visit_end=ended), oracle)[-1]["context"]["period"] == {"end": "2026-11-20T15:00:00Z"}
    message = writing_of("oracle").message
    assert message is not None
    told = checked(message_of(letter(), message))
    assert told["payload"][0]["contentAttachment"]["contentType"] == "text/plain;charset=utf-8"
    assert "about" not in told and "identifier" not in told


SHEET = (
    Enclosure("pdf", "prescription-sheet-7FK2.pdf", "application/pdf", b"%PDF-1.7 a sheet"),
    Enclosure("text", "prescription-sheet-7FK2.txt", "text/plain", b"Prescriptions."),
)


def test_each_paper_is_a_document_of_its_own_and_the_letter_stands_last() -> None:
    whole, message = letter(enclosures=(PDF, SHEET[0], TEXT, SHEET[1])), GENERIC.message
    assert GENERIC.document is not None and message is not None
    sheet, note = (checked(one) for one in documents_of(whole, GENERIC.document))
    assert [[one["attachment"]["title"] for one in made["content"]] for made in (sheet, note)] == [
        [SHEET[0].name, SHEET[1].name],
        [PDF.name, TEXT.name],
    ]
    assert note["identifier"][0]["value"] == f"urn:uuid:{DELIVERY}" != sheet["identifier"][0]["value"]
    assert all(is_ours(fact(one), Ours(deliveries=frozenset({DELIVERY}))) for one in (sheet, note))
    told = message_of(whole, message, [sheet, note])["payload"]
    named = [one["contentReference"]["reference"] for one in told]
    assert named == [note["identifier"][0]["value"], sheet["identifier"][0]["value"]]


def test_where_words_alone_are_taken_no_paper_is_left_out() -> None:
    epic = writing_of("epic").document
    assert epic is not None
    (made,) = documents_of(letter(enclosures=(PDF, SHEET[0], TEXT, SHEET[1])), epic)
    words = base64.b64decode(made["content"][0]["attachment"]["data"])
    assert words == TEXT.content + b"\n\n" + SHEET[1].content
    assert papers_of(letter(enclosures=(PDF, SHEET[0], TEXT)), epic)[0].files == (), "the sheet has no words"
