"""Medicines as other EHRs tell them: statuses, who told of them, what is given here, courses, supplies, and names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec.cast import fact
from tests.unit.drafting.test_medicines import HEART, group_of, sheet
from tests.unit.drafting.test_papers import texts

NAME = "carvedilol 6.25 mg tablet"
DAY, LONG_AGO = "2026-11-19T10:30:00-05:00", "2025-01-01"


def request(
    name: str | None = "carvedilol 6.25 mg tablet", dose: Any = "1 tab BID", key: str = "m", **more: Any
) -> Any:
    shape: dict[str, Any] = {"status": "active", "intent": "order", "authoredOn": DAY, "requester": HEART}
    if name is not None:
        shape["medicationCodeableConcept"] = {"text": name}
    instructions = [{"text": dose}] if isinstance(dose, str) else [dose]
    return fact("MedicationRequest", key, dosageInstruction=instructions, **{**shape, **more})


def lines(*those: Any, code: str = "", **more: Any) -> list[str]:
    paper = sheet(*those, **more)
    return texts(paper, code) if code else [one for each in paper.sections for one in texts(paper, each.code)]


@pytest.mark.parametrize(
    ("status", "group", "head"),
    [
        ("discontinued", "stopped", "Stopped: "), ("expired", "stopped", "Completed: "),
        ("held", "on_hold", "On hold: "),
        ("suspended", "on_hold", "On hold: "), ("replaced", "ordered", "Status “replaced”: "),
        ("active", "ordered", ""),
    ],
)  # fmt: skip
def test_a_status_that_r4_has_not_is_no_plain_order(status: str, group: str, head: str) -> None:
    one = request(status=status)
    assert group_of(sheet(one), "MedicationRequest/m") == [group]
    assert texts(sheet(one), group)[0] == f"{head}carvedilol 6.25 mg tablet."


@pytest.mark.parametrize(
    "more",
    [
        {"category": [{"coding": [{"code": "patientspecified"}]}]}, {"category": [{"text": "Patient-Reported"}]},
        {"requester": {"reference": "RelatedPerson/d", "display": "A daughter"}}, {"requester": {"display": "Patient"}},
        {"intent": "plan", "reportedBoolean": True}, {"intent": "plan", "requester": {"reference": "Patient/p"}},
    ],
)  # fmt: skip
def test_what_was_told_to_us_is_no_order_of_ours(more: dict[str, Any]) -> None:
    one = request(**more)
    assert group_of(sheet(one), "MedicationRequest/m") == ["reported"]
    assert not any("Ordered" in said or said.startswith("By ") for said in lines(one))


def test_a_told_medicine_that_is_over_was_not_prescribed_by_us() -> None:
    said = lines(request(status="completed", reportedBoolean=True))
    assert "Recorded 19 Nov 2026." in said and not any(one.startswith("By ") for one in said)


def test_what_the_clinic_gives_is_not_taken_home() -> None:
    one = request(category=[{"coding": [{"code": "x", "display": "Clinic-Administered"}]}])
    assert group_of(sheet(one), "MedicationRequest/m") == ["given"]


def lasting(**repeat: Any) -> dict[str, Any]:
    return {"text": "1 tab BID", "timing": {"repeat": repeat}}


@pytest.mark.parametrize(
    ("repeat", "group"),
    [
        ({"boundsDuration": {"value": 7, "unit": "days", "code": "d"}}, "ended"),
        ({"boundsDuration": {"value": 2, "unit": "Week(s)"}}, "ended"),
        ({"boundsRange": {"low": {"value": 5, "code": "d"}, "high": {"value": 7, "code": "d"}}}, "ended"),
        ({"boundsDuration": {"value": 3, "code": "a"}}, "listed"),
        ({"count": 21, "frequency": 3, "period": 1, "periodUnit": "d"}, "ended"),
        ({"count": 1}, "ended"),
        ({"count": 21}, "listed"),
        ({"count": 300, "frequency": 1, "period": 1, "periodUnit": "wk"}, "listed"),
        ({"boundsDuration": {"value": 7, "unit": "doses"}}, "listed"),
        ({"boundsDuration": {"value": 7, "code": "d", "comparator": ">"}}, "listed"),
        ({"frequency": 1}, "listed"),
    ],
)
def test_a_course_of_so_many_days_is_over_then(repeat: dict[str, Any], group: str) -> None:
    one = request("cephalexin 500 mg", lasting(**repeat), authoredOn=LONG_AGO)
    assert group_of(sheet(one), "MedicationRequest/m") == [group]


@pytest.mark.parametrize(
    ("more", "group"),
    [
        ({"numberOfRepeatsAllowed": 0}, "ended"),
        ({"numberOfRepeatsAllowed": 36}, "listed"),
        ({"validityPeriod": {"end": "2025-01-08"}}, "ended"),
    ],
)
def test_a_course_that_may_be_refilled_is_so_much_longer(more: dict[str, Any], group: str) -> None:
    course = lasting(boundsDuration={"value": 30, "code": "d"})
    assert group_of(sheet(request(dose=course, authoredOn=LONG_AGO, dispenseRequest=more)), "MedicationRequest/m") == [
        group
    ]


def test_until_when_it_may_be_dispensed_ends_no_course_and_what_is_as_needed_has_no_number_of_days() -> None:
    filled = request(authoredOn=LONG_AGO, dispenseRequest={"validityPeriod": {"end": "2025-01-08"}})
    assert group_of(sheet(filled), "MedicationRequest/m") == ["listed"]
    needed = {**lasting(count=21, frequency=3, period=1, periodUnit="d"), "asNeededBoolean": True}
    assert group_of(sheet(request(dose=needed, authoredOn=LONG_AGO)), "MedicationRequest/m") == ["listed"]


def test_what_begins_after_the_visit_says_so() -> None:
    later = request(dose=lasting(boundsPeriod={"start": "2027-01-01"}))
    assert any("from 1 Jan 2027" in said for said in lines(later, code="ordered"))
    assert not any("from" in said for said in lines(request(dose=lasting(boundsPeriod={"start": "2026-11-19"}))))


@pytest.mark.parametrize(
    ("more", "group"),
    [
        ({}, "listed"),
        ({"effectivePeriod": {"start": LONG_AGO}}, "ended"),
        ({"effectivePeriod": {"start": LONG_AGO}, "dateAsserted": "2026-11-19"}, "listed"),
    ],
)
def test_a_course_that_was_told_of_is_over_with_its_days(more: dict[str, Any], group: str) -> None:
    course = [lasting(boundsDuration={"value": 10, "code": "d"})]
    one = fact("MedicationStatement", "s", status="active", medicationCodeableConcept={"text": NAME}, dosage=course,
               **more)  # fmt: skip
    assert group_of(sheet(statements=(one,)), "MedicationStatement/s") == [group]


def test_a_prohibition_that_was_lifted_does_not_forbid() -> None:
    (first, *_) = lines(request(doNotPerform=True, status="stopped"), code="stopped")
    assert first == "That it is not to be given: stopped: carvedilol 6.25 mg tablet."


def test_first_fill_interval_and_substitution_by_a_code() -> None:
    supply = {"quantity": {"value": 30}, "initialFill": {"duration": {"value": 7, "unit": "Day"}},
              "dispenseInterval": {"value": 28, "code": "d"}}  # fmt: skip
    said = lines(request(dispenseRequest=supply, substitution={"allowedCodeableConcept": {"coding": [{"code": "N"}]}}))
    assert {"First fill for 7 days.", "Between fills at least 28 days.", "No substitution."} <= {*said}


def test_a_contained_role_names_who_prescribed() -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"display": "Kim Kardio, NP"}}
    said = lines(request(requester={"reference": "#r"}, contained=[role], authoredOn=LONG_AGO))
    assert "By Kim Kardio, NP." in said


@pytest.mark.parametrize(
    ("reference", "contained", "name"),
    [
        ("#d", [{"resourceType": "Substance", "id": "s", "code": {"text": "heparin"}},
                {"resourceType": "Medication", "id": "d", "ingredient": [{"itemReference": {"reference": "#s"}}]}],
         "heparin."),
        ("#d", [{"resourceType": "Medication", "id": "#d", "code": {"text": "sotalol 80 mg"}}], "sotalol 80 mg."),
        ("d", [{"resourceType": "Medication", "id": "d", "code": {"text": "sotalol 80 mg"}}], "sotalol 80 mg."),
    ],
)  # fmt: skip
def test_a_contained_drug_however_it_is_referred_to(reference: str, contained: Any, name: str) -> None:
    one = request(None, medicationReference={"reference": reference}, contained=contained, authoredOn=LONG_AGO)
    assert lines(one, code="listed")[0] == name


@pytest.mark.parametrize("name", ["Medication", "UNKNOWN MEDICATION", "*Unlisted Medication", "Non-Formulary"])
def test_a_word_for_any_medicine_is_no_name(name: str) -> None:
    assert lines(request(name, authoredOn=LONG_AGO), code="listed")[0] == "Medicine not named in the chart."


def test_medicines_without_names_are_several_and_tell_their_codes() -> None:
    ndc = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00071-0155-23"}]}
    those = [request(None, key=key, authoredOn=LONG_AGO) for key in ("a", "b")]
    said = lines(*those, request(None, key="c", medicationCodeableConcept=ndc, authoredOn=LONG_AGO), code="listed")
    assert said.count("Medicine not named in the chart.") == 2
    assert "Medicine not named in the chart (NDC 00071-0155-23)." in said


def test_another_drug_in_its_place_is_no_change_of_its_strength() -> None:
    old = request("metoprolol tartrate 50 mg tablet", key="old", authoredOn=LONG_AGO)
    new = request(priorPrescription={"reference": "MedicationRequest/old"})
    (said,) = [one for one in lines(old, new, code="changed") if "before:" in one]
    assert said.startswith("In place of another medicine (before: metoprolol tartrate 50 mg tablet")


def test_of_two_strengths_on_the_list_the_same_is_the_one_that_changes() -> None:
    old = [request(f"warfarin {mg} mg tablet", "1 daily", f"w{mg}", authoredOn=LONG_AGO) for mg in (5, 7, 2)]
    said = lines(*old, request("warfarin 5 mg tablet", "1 daily except 2 on Mon"), code="changed")
    assert any(one.startswith("Changed: 1 daily → 1 daily except 2 on Mon") for one in said)


def test_a_dose_changed_by_stopping_the_old_order_is_a_change() -> None:
    old = request("metoprolol tartrate 25 mg tablet", key="old", status="stopped", authoredOn=LONG_AGO,
                  statusReason={"text": "dose increase"}, meta={"lastUpdated": DAY})  # fmt: skip
    paper = sheet(old, request("metoprolol tartrate 50 mg tablet"))
    assert texts(paper, "stopped") == []
    assert any("Changed: 25 → 50 mg" in one and "; stopped (dose increase))" in one for one in texts(paper, "changed"))
    again = sheet(request(key="old", status="cancelled"), request())
    assert texts(again, "changed") == [] and texts(again, "stopped") != []


def statement(**more: Any) -> Any:
    shape = {"status": "active", "medicationCodeableConcept": {"text": "carvedilol 6.25 mg tablet"}, **more}
    return fact("MedicationStatement", "s", dosage=[{"text": "1 tab BID"}], **shape)


def test_one_list_given_as_orders_and_as_statements_is_told_once() -> None:
    paper = sheet(request(authoredOn=LONG_AGO), statements=(statement(),))
    assert texts(paper, "listed").count("carvedilol 6.25 mg tablet.") == 1 and paper.to_settle == ()


def test_a_statement_says_when_it_ended_and_who_told() -> None:
    assert lines(statements=(statement(effectivePeriod={"end": "2026-01-01"}),), code="ended") == [
        "carvedilol 6.25 mg tablet (ended 1 Jan 2026)."
    ]
    told = lines(statements=(statement(informationSource={"display": "Patient"}),), code="reported")
    assert "Reported by Patient, not ordered here." in told


def test_what_was_given_is_told_whole_and_asked_where_it_contradicts_itself() -> None:
    dosage = {"text": "5 mg IV x1", "dose": {"value": 10, "unit": "mg"}, "method": {"text": "Push"}}
    drug = {"medicationCodeableConcept": {"text": "metoprolol"}, "effectiveDateTime": DAY}
    paper = sheet(administrations=(fact("MedicationAdministration", "a", status="completed", dosage=dosage, **drug),))
    assert "5 mg IV x1; also coded: 10 mg, Push." in texts(paper, "given")
    assert [one.code for one in paper.to_settle] == ["text_structure"]
