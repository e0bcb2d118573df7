"""The FHIR document: what it holds, that all in it hangs together, and what stays words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from loopclose.letters.fhir_document import RefusedBundle, to_fhir
from tests.spec.cast import fact
from tests.unit.letters.sample import HEADER, LOINC, NOTES, ODD, SNOMED, coded, letter, ordered


def entries(**more: Any) -> dict[str, Any]:
    made = json.loads(to_fhir(letter(**more)))
    return {one["fullUrl"]: one["resource"] for one in made["entry"]}


def of(kind: str, found: dict[str, Any]) -> list[Any]:
    return [one for one in found.values() if one["resourceType"] == kind]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.mark.parametrize("signed", [False, True], ids=["draft", "signed"])
@pytest.mark.parametrize("name", sorted(NOTES))
def test_the_composition_is_first_and_every_reference_leads_to_an_entry(name: str, signed: bool) -> None:
    found = entries(text=NOTES[name], signed=signed)
    first = next(iter(found.values()))
    assert first["resourceType"] == "Composition" and first["type"]["coding"][0]["code"] == "11488-4"
    assert first["status"] == ("final" if signed else "preliminary")
    assert ("attester" in first) == signed
    assert {*references(list(found.values()))} <= found.keys()


def test_it_names_the_request_that_is_answered_and_who_asked() -> None:
    found = entries()
    (request,) = of("ServiceRequest", found)
    assert request["identifier"][0]["value"] == "REF-2026-118"
    assert found[request["requester"]["reference"]]["name"][0]["family"] == "Sample"
    (composition,) = of("Composition", found)
    assert found[composition["event"][0]["detail"][0]["reference"]] == request


def test_every_sentence_stands_in_it_and_none_is_a_program() -> None:
    one = letter(ODD + "\nPlan: <script>alert(1)</script> & more \ufffe")
    sections = json.loads(to_fhir(one))["entry"][0]["resource"]["section"]
    whole = " ".join(section["text"]["div"] for section in sections)
    assert "<script>" not in whole and "&lt;script&gt;" in whole and "\ufffe" not in whole
    for paper in one.papers.values():
        for section in paper.sections:
            assert section.everything or section.empty in whole


def test_every_resource_that_a_sentence_cites_is_named_as_its_source() -> None:
    (provenance,) = of("Provenance", entries())
    named = {one["what"]["identifier"]["value"] for one in provenance["entity"]}
    assert {"DocumentReference/note", "Condition/angina", "MedicationRequest/m1", "ServiceRequest/ct"} <= named


def test_what_is_ruled_out_is_said_so_in_the_resource_too() -> None:
    out = fact(
        "Condition",
        "c",
        code=coded(SNOMED, "22298006", "Infarction"),
        verificationStatus={"coding": [{"code": "refuted"}]},
    )
    (condition,) = of("Condition", entries(conditions=(out,)))
    assert condition["verificationStatus"]["coding"][0]["code"] == "refuted"
    never = ordered("m", "197361", "amlodipine 5 MG", "daily")
    from msgspec import structs

    (medication, *_) = of("MedicationRequest", entries(medications=(structs.replace(never, do_not_perform=True),)))
    assert medication["doNotPerform"] is True


def test_what_would_be_told_in_part_stays_words() -> None:
    pressure = fact(
        "Observation",
        "bp",
        status="final",
        code=coded(LOINC, "85354-9", "Blood pressure"),
        component=[{"code": {"text": "systolic"}, "valueQuantity": {"value": 140}}],
    )
    coded_only = fact(
        "MedicationRequest",
        "m",
        status="active",
        intent="order",
        medicationCodeableConcept=coded(SNOMED, "1", "amlodipine"),
        dosageInstruction=[{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}],
    )
    found = entries(observations=(pressure,), medications=(coded_only,), listed=())
    assert of("Observation", found) == [] == of("MedicationRequest", found)
    assert of("Condition", entries(signed=True)) == []


def test_a_head_of_which_little_is_known_is_written_all_the_same() -> None:
    bare = replace(
        HEADER,
        author=None,
        referral=(),
        patient=replace(HEADER.patient, family=None, given=(), identifiers=(), born=None),
    )
    assert json.loads(to_fhir(replace(letter(), header=bare)))["type"] == "document"


def test_what_is_no_fhir_is_refused_with_its_element_and_nothing_of_the_patient() -> None:
    odd = replace(HEADER, patient=replace(HEADER.patient, born="soon"))
    with pytest.raises(RefusedBundle, match="birthDate") as problem:
        to_fhir(replace(letter(), header=odd))
    assert "soon" not in str(problem.value)


def test_the_same_letter_is_the_same_bytes() -> None:
    assert to_fhir(letter()) == to_fhir(letter())
