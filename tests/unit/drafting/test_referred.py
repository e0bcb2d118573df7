"""Reading what a visit's resources refer to: from this EHR alone, and one that fails costs no other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fhir_adapters.errors import FinalError, NotFound
from loopclose.drafting.material import Content
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.flows.papers.referred import binary_id, contents_of, drugs_of
from tests.spec.cast import fact
from tests.unit.drafting.test_notes import at, document
from tests.unit.drafting.test_papers import material, texts

BASE = "https://ehr.example/r4/tenant"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


class Scripted:
    """A client that gives what it was given, by ``Type/id``."""

    base_url = BASE

    def __init__(self, **answers: Any) -> None:
        self.answers = {name.replace("_", "/", 1): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    def read(self, kind: str, fhir_id: str) -> bytes:
        self.asked.append(f"{kind}/{fhir_id}")
        answer = self.answers.get(self.asked[-1], NotFound("The EHR has nothing there."))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def binary(text: str, **more: Any) -> dict[str, Any]:
    return {"contentType": "text/html", "data": base64.b64encode(text.encode()).decode(), **more}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("Binary/eB.1-h", "eB.1-h"),
        (f"{BASE}/Binary/R-198449751", "R-198449751"),
        (f"{BASE}/Binary/b/_history/2", "b"),
        ("https://ehr.example/r4/other/Binary/b", None),
        ("https://ehr.example.evil.example/r4/tenant/Binary/b", None),
        (f"{BASE}/Binary/$autogen-ccd-if?patient=1", None),
        ("Binary/../Patient/1", None),
        ("Binary/b?x=1", None),
        ("Patient/b", None),
        ("file:///etc/passwd", None),
    ],
)
def test_only_a_binary_of_this_ehr_is_read(address: str, found: str | None) -> None:
    assert binary_id(address, BASE) == found


def test_a_binary_at_another_address_of_the_same_ehr_is_one_of_its_own() -> None:
    assert binary_id("https://inner.example/r4/Binary/b", BASE) is None
    assert binary_id("https://inner.example/r4/Binary/b", BASE, "https://inner.example/r4/") == "b"


@pytest.mark.parametrize(
    ("answer", "content_type", "data"),
    [
        (binary("<p>Plan", resourceType="Binary", id="h"), "text/html", b"<p>Plan"),
        (binary("<p>Plan"), "text/html", b"<p>Plan"),
        (b"<p>Plan", None, b"<p>Plan"),
        (b"Plan: rest.", None, b"Plan: rest."),
    ],
)
def test_a_binary_is_read_as_fhir_says_and_as_servers_send_it(
    answer: Any, content_type: str | None, data: bytes
) -> None:
    client: Any = Scripted(Binary_h=answer)
    url = f"{BASE}/Binary/h"
    assert contents_of(client, [document(at("text/html", url))]) == {url: Content("Binary/h", content_type, data)}


@pytest.mark.parametrize(
    "answer",
    [
        FinalError("The EHR refused us (403)."),
        {"resourceType": "OperationOutcome", "issue": []},
        {"resourceType": "Binary", "id": "h", "contentType": "text/html"},
    ],
)
def test_a_binary_that_cannot_be_read_is_noted_and_the_next_form_is_tried(answer: Any) -> None:
    client: Any = Scripted(Binary_h=answer, Binary_t=b"Plan: rest.")
    found = contents_of(client, [document(at("text/html", "Binary/h"), at("text/plain", "Binary/t"))])
    assert found == {"Binary/h": None, "Binary/t": Content("Binary/t", None, b"Plan: rest.")}


def test_no_more_is_asked_than_is_needed_and_nothing_of_another_server() -> None:
    client: Any = Scripted(Binary_h=binary("x"))
    both = document(at("text/plain", "Binary/t"), at("text/html", "Binary/h"), at("text/rtf", "Binary/r"))
    elsewhere = document(at("text/html", "https://other.example/Binary/z"))
    assert set(contents_of(client, [both, both, elsewhere])) == {"Binary/h"} and client.asked == ["Binary/h"]


def order(drug: dict[str, Any], fhir_id: str = "m", **more: Any) -> Any:
    dose = [{"text": "1 tablet"}]
    return fact("MedicationRequest", fhir_id, status="active", dosageInstruction=dose, **{**drug, **more})


def by_reference(key: str, display: str | None = None) -> dict[str, Any]:
    return {"medicationReference": {"reference": key} | ({"display": display} if display else {})}


def medication(code: str, name: str) -> dict[str, Any]:
    return {
        "resourceType": "Medication",
        "id": "e",
        "code": {"coding": [{"system": RXNORM, "code": code, "display": name}], "text": name},
    }


def sheet(client: Any, ordered: Any, *listed: Any) -> Any:
    drugs = drugs_of(client, [ordered], listed)
    return prescription_sheet(material(medications=(ordered,), listed=listed, drugs=drugs))


def test_a_drug_by_reference_is_known_by_its_code_and_drafted() -> None:
    client: Any = Scripted(Medication_e=medication("314076", "lisinopril 10 MG Oral Tablet"))
    paper = sheet(client, order(by_reference("Medication/e", "lisinopril (ZESTRIL) 10 MG tablet")))
    assert texts(paper, "ordered")[0] == "lisinopril 10 MG Oral Tablet."
    assert paper.sections[0].table[0].heading[0].sources[0].resource == "Medication/e"


def test_a_drug_that_cannot_be_read_is_named_by_the_order_and_never_drafted() -> None:
    client: Any = Scripted(Medication_e=FinalError("The EHR refused us (403)."))
    paper = sheet(client, order(by_reference("Medication/e", "lisinopril 10 MG tablet")))
    name, *_, withheld, dose, _ = texts(paper, "ordered")
    assert (name, dose) == ("lisinopril 10 MG tablet.", "1 tablet.")
    assert withheld == "No order is drafted for it (it cannot be mapped to a known drug)."


def test_a_controlled_drug_is_seen_by_any_name_that_the_order_gives_it() -> None:
    client: Any = Scripted(Medication_e=medication("314076", "lisinopril 10 MG Oral Tablet"))
    withheld = "No order is drafted for it (schedule II controlled substance)."
    assert withheld in texts(sheet(client, order(by_reference("Medication/e", "oxyCODONE 5 MG tablet"))), "ordered")
    said = texts(sheet(Scripted(), order(by_reference("Medication/x", "oxyCODONE 5 MG tablet"))), "ordered")
    assert said[0] == "oxyCODONE 5 MG tablet." and withheld in said


def test_the_order_is_among_the_sources_wherever_its_drug_stands() -> None:
    client: Any = Scripted(Medication_e=medication("1049621", "oxycodone hydrochloride 5 MG"))
    paper = sheet(client, order(by_reference("Medication/e")), order(by_reference("Medication/e"), "l"))
    said = [one for section in paper.sections for row in section.table for one in row.heading]
    assert all("MedicationRequest/m" in [source.resource for source in one.sources] for one in said)
    assert said[0].sources[0].resource == "Medication/e"


def test_a_listed_drug_is_read_only_where_the_list_does_not_name_it() -> None:
    client: Any = Scripted(Medication_u=medication("314076", "lisinopril 10 MG Oral Tablet"))
    listed = [order(by_reference("Medication/n", "aspirin 81 MG"), "l1"), order(by_reference("Medication/u"), "l2")]
    paper = sheet(client, order({"medicationCodeableConcept": {"text": "cream"}}), *listed)
    assert client.asked == ["Medication/u"]
    assert [one for one in texts(paper, "listed") if one != "1 tablet."] == [
        "aspirin 81 MG.",
        "lisinopril 10 MG Oral Tablet.",
    ]


def test_what_else_an_order_contains_does_not_name_its_drug() -> None:
    inside = [
        {"resourceType": "Condition", "id": "c", "code": {"text": "Angina"}},
        {"resourceType": "Medication", "id": "d", "code": {"text": "aspirin 81 MG"}},
    ]
    found = texts(sheet(Scripted(), order({"medicationReference": {"reference": "#d"}}, contained=inside)), "ordered")
    assert found[0].startswith("aspirin 81 MG.")
    said = texts(sheet(Scripted(), order({}, contained=inside[:1])), "ordered")
    assert said[0] == "Medicine not named in the chart."
