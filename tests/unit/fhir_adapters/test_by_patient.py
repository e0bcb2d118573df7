"""What a server demands beside the patient is given to it, and nothing is asked twice that was answered."""

from __future__ import annotations

from typing import Any

from fhir_adapters.by_patient import EVERY, of_patient
from tests.unit.fhir_adapters.scripted import Answer, bundle, capabilities, ok, refused, scripted

KINDS = ["CarePlan", "Condition", "MedicationRequest", "Observation"]


def one_of(kind: str) -> dict[str, Any]:
    return {"resourceType": kind, "id": "x1", "subject": {"reference": "Patient/p1"}}


def test_what_is_answered_by_the_patient_alone_is_asked_once() -> None:
    with scripted(lambda path: ok(bundle(one_of(path.partition("?")[0])))) as (script, client):
        script.statement = capabilities(*KINDS)
        found = of_patient(client, KINDS, "Patient/p1")
        assert [len(one.entries) for one in found] == [1, 1, 1, 1]
        assert sorted(path.partition("?")[0].rpartition("/")[2] for path in script.asked) == KINDS


def test_what_a_statement_demands_is_given_at_once() -> None:
    inner = [{"url": "requiredAnySearchParams", "valueString": one} for one in ("patient, intent", "_id")]
    with scripted(lambda path: ok(bundle(one_of(path.partition("?")[0])))) as (script, client):
        script.statement = capabilities(*KINDS, MedicationRequest={"extension": [{"extension": inner}]})
        assert all(one.problem is None for one in of_patient(client, KINDS, "Patient/p1"))
        (asked,) = [path for path in script.asked if "MedicationRequest" in path]
        assert f"intent={EVERY['MedicationRequest'][1]}" in asked


def test_a_category_is_named_where_the_patient_alone_is_refused() -> None:
    def answer(path: str) -> Answer:
        kind = path.partition("?")[0]
        if kind in ("CarePlan", "Observation") and "category=" not in path:
            return refused(400, "required", "category or code is needed")
        return ok(bundle(one_of(kind)))

    with scripted(answer) as (script, client):
        script.statement = capabilities(*KINDS)
        found = of_patient(client, KINDS, "Patient/p1")
        assert [(one.search.type, len(one.entries), one.problem) for one in found] == [
            (kind, 1, None) for kind in KINDS
        ]
        assert len(script.asked) == 6
        assert any("CarePlan?" in path and "category=assess-plan" in path for path in script.asked)


def test_what_is_refused_in_every_form_says_why_it_was_first() -> None:
    def answer(path: str) -> Answer:
        return refused(400, "required", "category is needed" if "category=" not in path else "nothing here at all")

    with scripted(answer) as (script, client):
        script.statement = capabilities(*KINDS)
        (found,) = of_patient(client, ["Observation"], "Patient/p1")
        assert found.problem is not None and "category is needed" in str(found.problem)
