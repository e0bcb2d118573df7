"""Gathering for a draft: notes behind Binary and drugs by reference, as real EHRs send them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from loopclose.sandbox.dialects.notes import as_rtf
from loopclose.sandbox.faults import Fault, Faults
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import TYPES, SandboxServer
from loopclose.store.engine import Database
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, read, site
from tests.store.test_papers import BOX, Line


def elsewhere(forms: dict[str, str], base: str = "") -> list[dict[str, Any]]:
    """The practice with its notes behind addresses, in those forms (content type: ending)."""
    moved: list[dict[str, Any]] = []
    for one in BOX.resources:
        if one["resourceType"] == "DocumentReference":
            inline = one["content"][0]["attachment"]["data"]
            content = []
            for kind, ending in forms.items():
                fhir_id = f"{one['id']}.{ending}"
                words = base64.b64decode(inline).decode()
                html = f"<div>{words}</div>".replace("\n", "<br>")
                body = as_rtf(words) if ending == "rtf" else (html if ending == "html" else words).encode()
                data = base64.b64encode(body).decode()
                moved.append({"resourceType": "Binary", "id": fhir_id, "contentType": kind, "data": data})
                content.append({"attachment": {"contentType": kind, "url": f"{base}Binary/{fhir_id}"}})
            one = {**one, "content": content}
        moved.append(one)
    return moved


def behind(db: Database, server: SandboxServer) -> Line:
    where = site(BOX, server)
    read(db, where)
    return Line(db, server, where)


@pytest.mark.parametrize(
    "forms",
    [{"text/html": "html", "text/rtf": "rtf"}, {"text/plain": "txt", "application/pdf": "pdf"}, {"text/rtf": "rtf"}],
)
def test_a_note_behind_binary_is_carried_over_like_one_in_the_resource(forms: dict[str, str]) -> None:
    db = open_database("sqlite://")
    with SandboxServer(Store(BOX.resources)) as plain:
        owed = (line := behind(db, plain)).visits_with_notes()
        expected = {one.id: sections(line.draft(one)["consult-note"]) for one in owed}
    apart = open_database("sqlite://")
    with SandboxServer(Store(elsewhere(forms)), types=(*TYPES, "Binary")) as server:
        line = behind(apart, server)
        for one in line.visits_with_notes():
            assert sections(line.draft(one)["consult-note"]) == expected[one.id]
        asked = [path for _, path in server.requests if "/Binary/" in path]
        assert asked and not [path for path in asked if path.endswith(".rtf" if len(forms) > 1 else ".pdf")]


def sections(paper: str) -> list[str]:
    """What a paper says, without where it came from."""
    return [words for words in paper.splitlines() if not words.strip().startswith("[")]


@pytest.mark.parametrize(
    ("forms", "faults", "why"),
    [
        ({"application/pdf": "pdf"}, Faults(), "could not be read here (PDF); see the chart."),
        ({"image/tiff": "tif"}, Faults(), "is kept as a scanned image and was not read here."),
        ({"text/html": "html"}, Faults([Fault("status", "/Binary/", code=403)]), "could not be read from the EHR."),
        ({"text/html": "html"}, Faults([Fault("status", "/Binary/", code=410)]), "could not be read from the EHR."),
    ],
)
def test_a_note_that_cannot_be_read_is_never_an_assessment_that_was_not_recorded(
    forms: dict[str, str], faults: Faults, why: str
) -> None:
    db = open_database("sqlite://")
    with SandboxServer(Store(elsewhere(forms)), faults=faults, types=(*TYPES, "Binary")) as server:
        line = behind(db, server)
        said = line.draft(line.visits_with_notes()[0])["consult-note"]
    assert why in said and "No assessment" not in said and "No follow-up" not in said


def test_a_note_under_an_absolute_address_of_this_ehr_is_read_and_one_elsewhere_is_not_asked_for() -> None:
    db = open_database("sqlite://")
    with SandboxServer(Store([]), types=(*TYPES, "Binary")) as server:
        for one in elsewhere({"text/plain": "txt"}, f"{server.base_url}/"):
            server.store.put(one, NOW)
        line = behind(db, server)
        owed = line.visits_with_notes()[0]
        assert "was not read" not in line.draft(owed)["consult-note"]
        for one in elsewhere({"text/plain": "txt"}, "https://127.0.0.1:1/fhir/"):
            server.store.put(one, NOW)
        read(db, line.where)
        said = line.draft(owed)["consult-note"]
    assert "is kept at another address and was not read here." in said and "No assessment" not in said


def test_drugs_by_reference_are_drafted_like_drugs_in_the_order() -> None:
    db = open_database("sqlite://")
    with SandboxServer(Store(BOX.resources)) as plain:
        owed = (line := behind(db, plain)).visits_with_notes()
        expected = {one.id: sections(line.draft(one)["prescription-sheet"]) for one in owed}
    moved: list[dict[str, Any]] = []
    for one in BOX.resources:
        if one["resourceType"] == "MedicationRequest" and "medicationCodeableConcept" in one:
            rest = {name: value for name, value in one.items() if name != "medicationCodeableConcept"}
            code = one["medicationCodeableConcept"]
            moved.append({"resourceType": "Medication", "id": f"d{one['id']}", "code": code})
            display = code.get("text") or code["coding"][0]["display"]
            one = {**rest, "medicationReference": {"reference": f"Medication/d{one['id']}", "display": display}}
        moved.append(one)
    apart = open_database("sqlite://")
    with SandboxServer(Store(moved), types=(*TYPES, "Medication")) as server:
        line = behind(apart, server)
        drafted = {one.id: sections(line.draft(one)["prescription-sheet"]) for one in line.visits_with_notes()}
    assert drafted == expected and any("by mouth" in " ".join(said) for said in drafted.values())


def test_what_cannot_be_read_safely_or_is_not_given_is_not_said_to_be_absent() -> None:
    twisted = [{"url": "http://example.org/fhir/not-what-it-seems", "valueBoolean": True}]
    kinds = ("Condition", "MedicationRequest", "AllergyIntolerance")
    changed = [
        {**one, "modifierExtension": twisted} if one["resourceType"] in kinds else one
        for one in BOX.resources
        if one["resourceType"] != "Observation"
    ]
    db = open_database("sqlite://")
    with SandboxServer(Store(changed), types=tuple(kind for kind in TYPES if kind != "Observation")) as server:
        line = behind(db, server)
        owed = line.visits_with_notes()[0]
        sheet = line.draft(owed)["prescription-sheet"]
        assert "A diagnosis could not be read safely" in line.draft(owed)["consult-note"]
    for words in ("A medicine could not be read safely", "An allergy could not be read safely"):
        assert words in sheet
    assert "No " not in sheet
