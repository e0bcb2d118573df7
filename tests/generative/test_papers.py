"""Whole papers out of made-up visits: every sentence is covered by its sources, and nothing is left out."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given

from fhir_adapters.facts.reading import Unreadable, read
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.material import Material
from loopclose.drafting.paper import Paper
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.drafting.sentences import named
from loopclose.letters.html import to_html
from loopclose.letters.text import to_text
from tests.generative.sourced import wrong
from tests.generative.visits import visits
from tests.spec.cast import BOSTON
from tests.tries import tried

FIELDS = {
    "Condition": "conditions",
    "Observation": "observations",
    "DiagnosticReport": "reports",
    "Procedure": "procedures",
    "DocumentReference": "documents",
    "ServiceRequest": "orders",
    "MedicationRequest": "medications",
    "AllergyIntolerance": "allergies",
    "MedicationStatement": "statements",
    "MedicationAdministration": "administrations",
    "Immunization": "immunizations",
    "DeviceRequest": "supplies",
    "NutritionOrder": "supplies",
}


def material(resources: dict[str, Any]) -> Material:
    """The facts of a visit, read from its JSON as a sync would."""
    facts: dict[str, list[Any]] = defaultdict(list)
    for one in resources.values():
        fact = read(one["resourceType"], json.dumps(one, default=_plain).encode())
        assert not isinstance(fact, Unreadable), fact
        if one["resourceType"] in FIELDS:
            facts[FIELDS[one["resourceType"]]].append(fact)
    return Material(
        practice_name="Harbor Sample",
        zone=BOSTON,
        day=date(2026, 11, 19),
        author_name="Dr. Heart Sample",
        visit="Encounter/v",
        names={"Practitioner/prescriber": "Dr. Ombrix Sample"},
        **{name: tuple(found) for name, found in facts.items()},  # type: ignore[arg-type]
    )


def _plain(value: Decimal) -> float:
    return float(value)


def _exact(resources: dict[str, Any]) -> dict[str, Any]:
    """The JSON as a careful reader sees it: decimals as they were written."""
    found: dict[str, Any] = json.loads(json.dumps(resources, default=_plain), parse_float=Decimal)
    return found


def _structured(dosage: dict[str, Any]) -> list[str]:
    """Every amount of an instruction that has no text of its own, as it must stand on the sheet."""
    repeat = dosage.get("timing", {}).get("repeat", {})
    found = [repeat[name] for name in ("frequencyMax", "count", "offset", "duration") if name in repeat]
    if "offset" in repeat and "when" not in repeat:
        found.remove(repeat["offset"])
    if "periodUnit" in repeat:
        found += [repeat[name] for name in ("period", "periodMax") if "period" in repeat and name in repeat]
    found += [most["value"] for most in dosage.get("maxDosePerPeriod", {}).values()]
    for one in dosage.get("doseAndRate", []):
        found += [one[name]["value"] for name in ("doseQuantity", "rateQuantity") if name in one]
    return [] if "text" in dosage else [f"{Decimal(value).normalize():,f}" for value in found if value != 1]


def papers(resources: dict[str, Any]) -> list[Paper]:
    made = material(resources)
    return [consult_note(made), prescription_sheet(made)]


@tried(50)
@given(visits())
def test_every_sentence_says_only_what_its_sources_say(resources: dict[str, Any]) -> None:
    for paper in papers(resources):
        assert list(wrong(paper, _exact(resources), BOSTON)) == []


@tried(25)
@given(visits())
def test_nothing_of_the_visit_is_left_out(resources: dict[str, Any]) -> None:
    made = material(resources)
    said = "\n".join(to_text(paper) for paper in papers(resources))
    for one in (*made.conditions, *made.observations, *made.reports, *made.procedures, *made.orders):
        status = str(resources[one.key].get("status")) + str(resources[one.key].get("verificationStatus"))
        assert "entered-in-error" in status or (one.key in said and named(one.code) in said)
    for medicine in made.medications:
        assert medicine.status == "entered-in-error" or medicine.key in said
        if medicine.key in said:
            for dosage in _exact(resources)[medicine.key].get("dosageInstruction", []):
                assert [value for value in _structured(dosage) if value not in said] == []
    for paper in papers(resources):
        assert to_html(paper)
