"""What each medicine is at the visit: every one in one group, told once, with what must be known first."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_adapters.facts import CodeableConcept, Coding
from loopclose.drafting.drugs import best_name, ingredients_of
from loopclose.drafting.medicine_chains import together
from loopclose.drafting.medicines import told_of
from loopclose.drafting.paper import Paper
from loopclose.drafting.prescription_sheet import TITLES, prescription_sheet
from tests.generative.visits import RXNORM
from tests.spec.cast import fact
from tests.unit.drafting.test_conflicts import LISINOPRIL, order
from tests.unit.drafting.test_papers import material, texts

OURS = frozenset({"Practitioner/heart", "PractitionerRole/heart-role"})
HEART = {"reference": "Practitioner/heart", "display": "Hana Heart, MD"}
LEE = {"reference": "Practitioner/lee", "display": "Lin Lee, MD"}
VISIT = {
    "visit": "Encounter/v",
    "end": datetime.fromisoformat("2026-11-19T10:40:00-05:00"),
    "ours": OURS,
}


def sheet(*listed: Any, **more: Any) -> Paper:
    return prescription_sheet(material(listed=listed, **VISIT, **more))


def group_of(paper: Paper, key: str) -> list[str]:
    """The sections that name a resource."""
    return [
        section.code
        for section in paper.sections
        if any(key == source.resource for item in section.everything for one in item for source in one.sources)
    ]


def said(paper: Paper) -> str:
    return "\n".join(one.text for section in paper.sections for item in section.everything for one in item)


@pytest.mark.parametrize(
    ("more", "group"),
    [
        ({}, "listed"),
        ({"status": "on-hold"}, "on_hold"),
        ({"status": "stopped"}, "ended"),
        ({"status": "completed"}, "ended"),
        ({"intent": "plan"}, "proposed"),
        ({"status": "draft"}, "proposed"),
        ({"doNotPerform": True}, "avoided"),
        ({"reportedBoolean": True}, "reported"),
        ({"requester": {"reference": "Patient/p"}}, "reported"),
        ({"reportedReference": {"reference": "RelatedPerson/d", "display": "A daughter"}}, "reported"),
        ({"authoredOn": "2026-11-23", "requester": LEE}, "since"),
        ({"authoredOn": "2026-11-19T16:00:00-05:00", "requester": LEE}, "since"),
        ({"authoredOn": "2026-11-19T10:30:00-05:00", "requester": HEART}, "ordered"),
        ({"authoredOn": "2026-11-19", "requester": {"reference": "PractitionerRole/heart-role"}}, "ordered"),
        ({"authoredOn": "2026-11-19", "requester": LEE}, "listed"),
        ({"authoredOn": "2026-11-19", "requester": HEART, "encounter": {"reference": "Encounter/other"}}, "listed"),
        ({"authoredOn": "2026-11-19", "requester": HEART, "status": "stopped"}, "stopped"),
        ({"authoredOn": "2026", "requester": HEART}, "listed"),
        ({"authoredOn": "2025-01-01", "status": "stopped", "meta": {"lastUpdated": "2026-11-19T15:20:00Z"}}, "stopped"),
        (
            {"status": "stopped", "statusReason": {"text": "AKI"}, "meta": {"lastUpdated": "2026-11-22T15:20:00Z"}},
            "stopped",
        ),
        ({"status": "stopped", "meta": {"lastUpdated": "2026-11-22T15:20:00Z"}}, "ended"),
    ],
)
def test_the_group_of_an_order_that_names_no_visit(more: dict[str, Any], group: str) -> None:
    paper = sheet(order(LISINOPRIL, **{"authoredOn": "2026-10-01", **more}))
    assert group_of(paper, "MedicationRequest/m") == [group]


@pytest.mark.parametrize(
    ("more", "group"),
    [
        ({}, "ordered"),
        ({"status": "cancelled"}, "stopped"),
        ({"status": "completed"}, "stopped"),
        ({"status": "unknown"}, "ordered"),
        ({"intent": "option"}, "proposed"),
        ({"category": [{"text": "Inpatient"}]}, "given"),
        ({"category": [{"coding": [{"code": "inpatient"}]}], "status": "completed"}, "given"),
        ({"category": [{"coding": [{"code": "outpatient"}]}]}, "ordered"),
    ],
)
def test_the_group_of_an_order_of_the_visit(more: dict[str, Any], group: str) -> None:
    paper = sheet(medications=(order(LISINOPRIL, **more),))
    assert group_of(paper, "MedicationRequest/m") == [group]


def test_an_order_of_the_visit_by_its_time_says_so() -> None:
    paper = sheet(order(LISINOPRIL, authoredOn="2026-11-19T10:30:00-05:00", requester=HEART))
    assert "Of this visit by its day and prescriber." in texts(paper, "ordered")


def test_what_was_ordered_since_says_when_and_by_whom() -> None:
    paper = sheet(order(LISINOPRIL, authoredOn="2026-11-23", requester=LEE))
    assert "Started since the visit, 23 Nov 2026, by Lin Lee, MD." in texts(paper, "since")


def test_a_course_that_ended_is_not_on_the_list() -> None:
    repeat = {"boundsPeriod": {"start": "2019-03-02", "end": "2019-03-09"}}
    course = {"text": "1 tablet", "timing": {"repeat": repeat}}
    paper = sheet(order("Amoxicillin 500 MG", course, authoredOn="2019-03-02"))
    assert texts(paper, "ended") == ["Amoxicillin 500 MG (ordered 2 Mar 2019, course ended 9 Mar 2019)."]
    going_on = [{"text": "1"}, course]
    kept = fact("MedicationRequest", "m", status="active", dosageInstruction=going_on)
    assert group_of(sheet(kept), "MedicationRequest/m") == ["listed"]


def test_steps_of_one_order_stand_once_and_the_newest_counts() -> None:
    plan = order(LISINOPRIL, "consider 1 tablet", "a", intent="plan")
    placed = order(LISINOPRIL, "1 tablet daily", "b", basedOn=[{"reference": "MedicationRequest/a"}])
    filled = order(
        LISINOPRIL, "1 tablet daily", "c", intent="instance-order", basedOn=[{"reference": "MedicationRequest/a"}]
    )
    other = order("aspirin 81 MG", "1 daily", "d", basedOn=[{"reference": "MedicationRequest/a"}])
    paper = sheet(medications=(plan, placed, filled, other))
    assert said(paper).count(f"{LISINOPRIL}.") == 1 and "consider" not in said(paper)
    assert [group_of(paper, f"MedicationRequest/{one}") for one in "abcd"] == [["ordered"]] * 4
    assert paper.to_settle == ()


def test_a_plan_whose_order_was_cancelled_is_cancelled() -> None:
    plan = order(LISINOPRIL, "1 daily", "a", intent="plan")
    placed = order(LISINOPRIL, "1 daily", "b", status="cancelled", basedOn=[{"reference": "MedicationRequest/a"}])
    assert group_of(sheet(medications=(plan, placed)), "MedicationRequest/a") == ["stopped"]


def test_a_dose_given_here_hides_no_prescription() -> None:
    given_here = fact(
        "MedicationAdministration",
        "g",
        status="completed",
        context={"reference": "Encounter/v"},
        request={"reference": "MedicationRequest/m"},
        medicationCodeableConcept={"text": LISINOPRIL},
        dosage={"dose": {"value": 10, "unit": "mg"}},
    )
    paper = sheet(medications=(order(LISINOPRIL),), administrations=(given_here,))
    assert group_of(paper, "MedicationRequest/m") == ["ordered"]
    assert texts(paper, "given")[:2] == [f"Given here: {LISINOPRIL}.", "10 mg."]


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        (
            ("lisinopril 20 MG Oral Tablet", "1 daily"),
            (LISINOPRIL, "1 daily"),
            "Changed: 10 → 20 mg (before: lisinopril",
        ),
        ((LISINOPRIL, "2 daily"), (LISINOPRIL, "1 daily"), "Changed: 1 daily → 2 daily (before"),
        ((LISINOPRIL, "1 daily"), (LISINOPRIL, "1 daily"), "Renewed (before: lisinopril"),
        ((LISINOPRIL, "Take one tablet by mouth once daily."), (LISINOPRIL, "1 tab daily"), "Renewed (before"),
        ((LISINOPRIL, "1 tab twice daily"), (LISINOPRIL, "1 tab daily"), "Changed: 1 tab daily → 1 tab twice daily"),
        ((LISINOPRIL, "1 tab every other day"), (LISINOPRIL, "1 tab every day"), "Changed: 1 tab every day → 1 tab"),
        (("atorvastatin 40 MG Oral Tablet", "1 daily"), ("Lipitor 20 mg tablet", "1 daily"), "Changed: 20 → 40 mg"),
        (("metformin 1 g tablet", "1 daily"), ("metformin 500 MG tablet", "1"), "Changed: 500 mg → 1 g"),
    ],
)
def test_a_change_says_from_what_to_what(new: Any, old: Any, words: str) -> None:
    before = order(*old, fhir_id="o", authoredOn="2025-01-01")
    by_drug = sheet(before, medications=(order(*new),))
    by_word = sheet(before, medications=(order(*new, priorPrescription={"reference": "MedicationRequest/o"}),))
    for paper in (by_drug, by_word):
        assert words in said(paper) and "ordered 1 Jan 2025" in said(paper)
        assert len({*group_of(paper, "MedicationRequest/o"), *group_of(paper, "MedicationRequest/m")}) == 1


def test_another_form_of_the_same_drug_is_no_change() -> None:
    cream = order("hydrocortisone 1 % Topical Cream", fhir_id="o")
    paper = sheet(cream, medications=(order("hydrocortisone 10 MG Oral Tablet"),))
    assert group_of(paper, "MedicationRequest/o") == ["listed"] and "Changed" not in said(paper)


def test_what_must_be_known_first_stands_before_the_drug() -> None:
    held = order("apixaban 5 MG Oral Tablet", fhir_id="h", status="on-hold", statusReason={"text": "GI bleed"})
    waits = order(LISINOPRIL, note=[{"text": "DO NOT START until creatinine back"}])
    paper = sheet(medications=(held, waits))
    assert paper.sections[0].code == "on_hold"
    assert texts(paper, "on_hold")[0] == "On hold (GI bleed): apixaban 5 MG Oral Tablet."
    assert texts(paper, "ordered")[0] == f"DO NOT START until creatinine back: {LISINOPRIL}."


def test_copies_on_the_list_stand_once_with_all_their_sources() -> None:
    copies = [order("tacrolimus 1 MG Oral Capsule", fhir_id=f"t{n}", authoredOn=f"20{n + 10}-01-01") for n in range(13)]
    paper = sheet(*copies)
    assert said(paper).count("tacrolimus") == 1 and "Ordered 1 Jan 2022." in said(paper)
    assert all(group_of(paper, one.key) == ["listed"] for one in copies) and paper.to_settle == ()


@pytest.mark.parametrize(
    ("supply", "who", "words"),
    [
        ({"expectedSupplyDuration": {"value": 30, "unit": "days"}}, HEART, "We renew until 19 Dec 2026"),
        (
            {"expectedSupplyDuration": {"value": 30, "code": "d"}, "numberOfRepeatsAllowed": 2},
            HEART,
            "until 17 Feb 2027",
        ),
        ({"expectedSupplyDuration": {"value": 4, "unit": "wk"}}, HEART, "until 17 Dec 2026"),
        (
            {"expectedSupplyDuration": {"value": 90, "unit": "d"}, "validityPeriod": {"end": "2026-12-01"}},
            HEART,
            "until 1 Dec 2026",
        ),
        ({"expectedSupplyDuration": {"value": 30, "unit": "days"}}, LEE, "Not said in the chart: who renews it."),
        ({"expectedSupplyDuration": {"value": 1e30, "unit": "days"}}, HEART, "Not said in the chart: who renews it."),
        ({"quantity": {"value": 60, "unit": "tablet"}}, HEART, "Not said in the chart: who renews it."),
        ({}, HEART, "Not said in the chart: who renews it."),
    ],
)
def test_who_renews_it_until_when(supply: Any, who: Any, words: str) -> None:
    paper = sheet(medications=(order(LISINOPRIL, authoredOn="2026-11-19", requester=who, dispenseRequest=supply),))
    assert words in said(paper)


def test_a_supply_is_reckoned_from_the_coded_dose() -> None:
    dose = {
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
    }
    more = {
        "authoredOn": "2026-11-19",
        "requester": HEART,
        "dispenseRequest": {"quantity": {"value": 60, "unit": "{tbl}"}},
    }
    assert "We renew until 19 Dec 2026" in said(sheet(medications=(order(LISINOPRIL, dose, **more),)))
    prn = {**dose, "asNeededBoolean": True}
    assert "Not said in the chart" in said(sheet(medications=(order(LISINOPRIL, prn, **more),)))


@pytest.mark.parametrize(
    ("text", "codings", "name"),
    [
        (
            None,
            [("6918", "metoprolol"), ("866412", "metoprolol succinate 100 MG ER")],
            "metoprolol succinate 100 MG ER",
        ),
        (None, [("314076", None)], "lisinopril 10 MG Oral Tablet"),
        ("Lisinopril", [("314076", "lisinopril 10 MG Oral Tablet")], "lisinopril 10 MG Oral Tablet"),
        ("Zestril", [("314076", "lisinopril 10 MG Oral Tablet")], "lisinopril 10 MG Oral Tablet (Zestril)"),
        ("lisinopril 10 mg tab", [("6918", "lisinopril")], "lisinopril 10 mg tab"),
        ("unknown", [], None),
        (None, [], None),
    ],
)
def test_a_drug_is_called_by_what_tells_strength_and_form(text: str | None, codings: Any, name: str | None) -> None:
    coded = tuple(Coding(system=RXNORM, code=code, display=display) for code, display in codings)
    assert best_name(CodeableConcept(coding=coded, text=text)) == name


def test_what_the_prescriber_chose_comes_before_another_coding() -> None:
    chosen = Coding(system="urn:local", code="9", display="apixaban 5 MG Oral Tablet", user_selected=True)
    other = Coding(system=RXNORM, code="1", display="apixaban 2.5 MG Oral Tablet")
    assert best_name(CodeableConcept(coding=(other, chosen))) == "apixaban 5 MG Oral Tablet"


@pytest.mark.parametrize("system", ["http://terminology.hl7.org/CodeSystem/data-absent-reason", "v3-NullFlavor"])
def test_a_null_flavour_names_no_medicine(system: str) -> None:
    nothing = {"coding": [{"system": system, "code": "unknown", "display": "Unknown"}]}
    paper = sheet(medications=(order("", medicationCodeableConcept=nothing),))
    assert texts(paper, "ordered")[0] == "Medicine not named in the chart (code unknown)."


def test_ingredients_of_brands_and_products() -> None:
    assert ingredients_of("Hyzaar 50-12.5 mg") == {"losartan", "hydrochlorothiazide"}
    assert ingredients_of("24 HR metoprolol succinate 100 MG") == {"metoprolol"} == ingredients_of("Toprol-XL 100 mg")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Guaifenesin / codeine 100-10 MG/5ML syrup", "it contains a controlled ingredient, codeine"),
        ("acetaminophen-codeine 300-30 MG tablet", "it contains a controlled ingredient, codeine"),
        ("Butalbital / Acetaminophen / Caffeine", "it contains a controlled ingredient, butalbital"),
        ("esketamine 28 MG nasal spray", "schedule III controlled substance"),
        ("ganaxolone 50 MG/ML suspension", "schedule V controlled substance"),
        ("opium tincture", "schedule II controlled substance"),
    ],
)
def test_a_controlled_ingredient_of_a_product_is_named(name: str, why: str) -> None:
    assert f"No order is drafted for it ({why})." in texts(sheet(medications=(order(name),)), "ordered")


def test_what_could_not_be_read_of_an_order_is_named_and_the_rest_stands() -> None:
    broken = order(LISINOPRIL, {"doseAndRate": [{"doseQuantity": {"value": "half"}}]}, authoredOn="00/00/2026")
    found = texts(sheet(broken), "listed")
    assert found[0] == f"{LISINOPRIL}."
    assert "How to take it could not be read: see the chart." in found
    assert "The day of the order could not be read: see the chart." in found


def test_nothing_is_denied_beside_what_could_not_be_read() -> None:
    paper = sheet(unsafe=("MedicationRequest/q",), unsafe_listed=("MedicationStatement/s",))
    assert "No " not in " ".join(section.empty for section in paper.sections[:2])
    assert "A medicine could not be read safely" in texts(paper, "ordered")[0] + texts(paper, "listed")[0]
    refused = sheet(gaps={"MedicationStatement": "Medicines as they are told could not be read."})
    assert "No other medicine is listed" not in " ".join(section.empty for section in refused.sections)


STATUSES = st.sampled_from(["active", "on-hold", "stopped", "completed", "draft", "unknown", "entered-in-error", None])
KEYS = st.sampled_from([f"MedicationRequest/r{n}" for n in range(6)])


@st.composite
def charts(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Medicines of every type, some of one drug, some based on each other in circles."""
    found: dict[str, list[Any]] = {"medications": [], "listed": [], "statements": [], "administrations": []}
    for n in range(draw(st.integers(0, 6))):
        status, name = draw(STATUSES), draw(st.sampled_from([LISINOPRIL, "Zestril 10 mg tablet", "aspirin 81 MG", ""]))
        more: dict[str, Any] = {"status": status} if status else {"status": "active"}
        more["intent"] = draw(st.sampled_from(["order", "plan", "instance-order"]))
        if draw(st.booleans()):
            more["basedOn"] = [{"reference": draw(KEYS)}]
        if draw(st.booleans()):
            more["priorPrescription"] = {"reference": draw(KEYS)}
        more["authoredOn"] = draw(st.sampled_from(["2020-01-01", "2026-11-19", "2026-12-01"]))
        more["requester"] = draw(st.sampled_from([HEART, LEE]))
        found[draw(st.sampled_from(["medications", "listed"]))].append(order(name, "1 daily", f"r{n}", **more))
    for n in range(draw(st.integers(0, 3))):
        shape = {"medicationCodeableConcept": {"text": LISINOPRIL}, "status": draw(STATUSES) or "active"}
        found["statements"].append(
            fact("MedicationStatement", f"s{n}", derivedFrom=[{"reference": draw(KEYS)}], **shape)
        )
        found["administrations"].append(
            fact("MedicationAdministration", f"a{n}", request={"reference": draw(KEYS)}, **shape)
        )
    return found


@settings(max_examples=50, deadline=None)
@given(charts())
def test_every_medicine_of_the_chart_stands_in_one_group(chart: dict[str, list[Any]]) -> None:
    made = material(**VISIT, **{name: tuple(those) for name, those in chart.items()})
    told = Counter(key for one in together(told_of(made)) for key in one.keys)
    real = [one.key for those in chart.values() for one in those if one.status != "entered-in-error"]
    assert told == Counter(real)
    paper = prescription_sheet(made)
    groups = {key: [code for code in group_of(paper, key) if code in TITLES] for key in real}
    assert {key: found for key, found in groups.items() if len(found) != 1} == {}


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-19", "No medicine was ordered at this visit; what was ordered elsewhere on its day stands below."),
        ("2026-11-18", "No medicine was ordered at this visit."),
        ("2026", "No medicine was ordered at this visit."),
    ],
)
def test_what_was_ordered_elsewhere_on_the_day_is_not_denied(day: str, words: str) -> None:
    paper = sheet(order("m", LISINOPRIL, authoredOn=day, requester=LEE, encounter={"reference": "Encounter/other"}))
    assert next(one for one in paper.sections if one.code == "ordered").empty == words


FORBIDDEN = [
    ({"basedOn": [{"reference": "MedicationRequest/no"}]}, {}),
    ({"basedOn": [{"reference": "MedicationRequest/no"}]}, {"status": "cancelled"}),
    ({"basedOn": [{"reference": "MedicationRequest/no"}]}, {"status": "on-hold"}),
    ({"priorPrescription": {"reference": "MedicationRequest/no"}}, {"status": "stopped"}),
    ({}, {"basedOn": [{"reference": "MedicationRequest/m"}]}),
]


@pytest.mark.parametrize(("more", "forbidden"), FORBIDDEN, ids=str)
def test_what_is_not_to_be_given_takes_no_dose_from_an_order_of_it(more: Any, forbidden: Any) -> None:
    """Each is told by itself, the order with its dose, however the two name each other."""
    coded = {"timing": {"repeat": {"frequency": 3, "period": 7, "periodUnit": "d"}}}
    given_so = order(LISINOPRIL, coded, authoredOn="2026-11-01", **more)
    not_so = order(LISINOPRIL, "never", "no", doNotPerform=True, authoredOn="2026-11-18", **forbidden)
    for placed in ({"medications": (given_so, not_so)}, {"listed": (given_so, not_so)}):
        paper = prescription_sheet(material(**VISIT, **placed))
        assert "3 times" in said(paper) and "not read here" not in said(paper)
        assert group_of(paper, given_so.key) and group_of(paper, not_so.key)
