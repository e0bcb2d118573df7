"""Our C-CDA through two readers that nobody here wrote: Medplum's, and ccda-to-fhir.

What either is known to get wrong stands here and in the docs, so that it is noticed when it changes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from ccda_to_fhir import convert_document
from lxml import etree

from loopclose.letters.ccda import to_ccda
from tests.interop.servers import read_by_medplum
from tests.spec.cast import fact
from tests.unit.letters.sample import SNOMED, coded, letter

V3 = "{urn:hl7-org:v3}"
DRUGS = {"617311", "866436", "861004"}
Json = dict[str, Any]


def by_ccda_to_fhir(document: bytes) -> Json:
    found: Json = convert_document(document.decode())["bundle"]
    return found


READERS = {"ccda-to-fhir": by_ccda_to_fhir, "medplum": read_by_medplum}
NONE_KNOWN = fact(
    "AllergyIntolerance",
    "none",
    code=coded(SNOMED, "716186003", "No known allergy"),
    clinicalStatus={"coding": [{"code": "active"}]},
    verificationStatus={"coding": [{"code": "confirmed"}]},
)
LETTERS: dict[str, Json] = {"draft": {}, "signed": {"signed": True}, "none known": {"allergies": (NONE_KNOWN,)}}


@cache
def document(name: str) -> bytes:
    return to_ccda(letter(**LETTERS[name]))


@cache
def read(reader: str, name: str) -> list[Json]:
    return [one["resource"] for one in READERS[reader](document(name))["entry"]]


def of(reader: str, name: str, kind: str) -> list[Json]:
    return [one for one in read(reader, name) if one["resourceType"] == kind]


def codes(found: list[Json], element: str) -> set[str]:
    return {coding["code"] for one in found for coding in one[element]["coding"]}


def words(markup: str) -> str:
    return " ".join("".join(etree.fromstring(markup).itertext()).split())


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("reader", READERS)
def test_they_read_a_consult_note_with_our_sections_and_every_word_in_them(reader: str, name: str) -> None:
    (composition,) = of(reader, name, "Composition")
    assert composition["type"]["coding"][0]["code"] == "11488-4"
    ours = etree.fromstring(document(name)).iter(f"{V3}section")
    wanted = [(one.find(f"{V3}code").get("code"), one.findtext(f"{V3}title"), one.find(f"{V3}text")) for one in ours]
    found = [(one["code"]["coding"][0]["code"], one["title"]) for one in composition["section"]]
    assert found == [(code, title) for code, title, _ in wanted] and len(found) >= 8
    for (_, _, text), section in zip(wanted, composition["section"], strict=True):
        said = words(section["text"]["div"])
        for item in text.iter(f"{V3}item"):
            assert words(etree.tostring(item, with_tail=False).decode()) in said


@pytest.mark.parametrize("reader", READERS)
def test_they_read_the_same_diagnosis_drugs_allergy_and_result(reader: str) -> None:
    assert codes(of(reader, "draft", "Condition"), "code") == {"233819005"}
    assert codes(of(reader, "draft", "MedicationRequest"), "medicationCodeableConcept") == DRUGS
    assert codes(of(reader, "draft", "AllergyIntolerance"), "code") == {"7980"}
    (result,) = (one for one in of(reader, "draft", "Observation") if "valueQuantity" in one)
    assert (result["code"]["coding"][0]["code"], result["valueQuantity"]["value"]) == ("4548-4", 7.9)


@pytest.mark.parametrize("reader", READERS)
def test_neither_makes_up_how_a_medicine_is_taken(reader: str) -> None:
    found = [dosage for one in of(reader, "draft", "MedicationRequest") for dosage in one["dosageInstruction"]]
    doses = [each["doseQuantity"] for dosage in found for each in dosage.get("doseAndRate", ())]
    assert found and all(one["value"] is None for one in doses)
    assert not any({*dosage.get("timing", {}).get("repeat", {})} - {"boundsPeriod"} for dosage in found)


def test_ccda_to_fhir_reads_no_known_allergies_as_such() -> None:
    (found,) = of("ccda-to-fhir", "none known", "AllergyIntolerance")
    assert found["code"]["coding"][0]["code"] == "716186003"


def test_what_they_are_known_to_misread() -> None:
    """As it is written in docs/papers.md."""
    (none_known,) = of("medplum", "none known", "AllergyIntolerance")
    assert "code" not in none_known and none_known["verificationStatus"]["coding"][0]["code"] == "confirmed"
    (allergy,) = of("medplum", "draft", "AllergyIntolerance")
    assert allergy["category"] == ["food"]
    assert of("ccda-to-fhir", "draft", "Composition")[0]["status"] == "final"
    assert of("medplum", "draft", "Composition")[0]["status"] == "final"
    order = next(etree.fromstring(document("draft")).iter(f"{V3}inFulfillmentOf")).find(f".//{V3}id").get("extension")
    assert order and not any(order in str(read(reader, "draft")) for reader in READERS)
