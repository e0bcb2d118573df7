"""Page one: the answer, what changed, who goes on, and one line for all that is absent."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from loopclose.domain.chart import Referrer
from loopclose.drafting.absence import left_out
from loopclose.drafting.answer import with_answer
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.page_one_check import problems
from loopclose.drafting.paper import Ask, PageOne, Paper, Sentence, Source
from tests.spec.cast import fact
from tests.unit.drafting.test_conflicts import order
from tests.unit.drafting.test_papers import material, note

QUESTION = fact("ServiceRequest", "r", reasonCode=[{"text": "Angina?"}])
WHOLE = (
    "Assessment:\nStable angina.\n\nPlan:\nStart metoprolol 50 mg. We will send you the stress echo. "
    "Patient was told to rest.\nWe will see him in 6 weeks. We will continue to follow him.\n"
)


def first(text: str = WHOLE, **more: Any) -> PageOne:
    found = consult_note(material(documents=(note(text),), question=QUESTION, **more)).first
    assert found is not None
    return found


def said(found: PageOne, code: str) -> list[str]:
    return [" ".join(s.text for s in item) for one in found.sections if one.code == code for item in one.items]


def request(**more: Any) -> Any:
    return fact(
        "ServiceRequest", "o", **{"status": "active", "intent": "order", "code": {"text": "Stress echo"}} | more
    )


def condition(key: str = "c", status: str = "confirmed", recorded: str = "2026-11-19", **more: Any) -> Any:
    return fact(
        "Condition", key, code={"text": "Angina"}, recordedDate=recorded,
        verificationStatus={"coding": [{"code": status}]}, clinicalStatus={"coding": [{"code": "active"}]}, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer to your question:\nIt is not cardiac.\n\nAssessment:\nGERD.", ["It is not cardiac."]),
        ("Assessment:\nGERD.\nIn answer to your question, it is not cardiac. Stop aspirin.",
         ["In answer to your question, it is not cardiac.", "Stop aspirin."]),
        ("Summary:\nNot cardiac.\n\nPlan:\nRest.", ["Not cardiac."]),
        ("Assessment:\nGERD.\n\nPlan:\nRest.", []),
        ("Reason for referral:\nPlease answer: is it cardiac?\n\nPlan:\nRest.", []),
    ],
)  # fmt: skip
def test_an_answer_is_what_the_note_says_is_one(text: str, answer: list[str]) -> None:
    found = first(text)
    assert [item[0].text for item in found.answer] == answer and found.answer_needed is (not answer)
    assert not (found.answer and found.candidates)


def test_what_the_assessment_begins_with_is_offered_and_an_answer_takes_its_place() -> None:
    paper = consult_note(material(documents=(note(WHOLE),), question=QUESTION))
    assert paper.first and [item[0].text for item in paper.first.candidates] == ["Stable angina."]
    given = ((Sentence("Yes.", (Source("DocumentReference/n", "x", "Yes"),)),),)
    answered = with_answer(paper, given)
    assert answered.first and answered.first.answer == given and not answered.first.answer_needed
    assert [*problems(answered)] == []


@pytest.mark.parametrize(
    ("here", "earlier", "words"),
    [
        (condition(), (), "New in our chart: Angina."),
        (condition(recorded="2026-10-01"), (), "Angina."),
        (condition(), (condition("b", "provisional", "2026-10-01"),), "Confirmed: Angina."),
        (condition(), (condition("b", recorded="2026-10-01", severity={"text": "mild"}),), "Changed: Angina."),
        (condition(), (condition("b", recorded="2026-10-01"),), "Angina."),
        (condition(), (condition("b", "entered-in-error", "2026-10-01"),), "New in our chart: Angina."),
        (condition(status="refuted"), (condition("b", recorded="2026-10-01"),), "Ruled out: Angina."),
        (condition(status="provisional"), (), "Suspected: Angina."),
    ],
)
def test_what_a_diagnosis_is_at_this_visit(here: Any, earlier: tuple[Any, ...], words: str) -> None:
    found = first(conditions=(here,), chart={one.key: one for one in (here, *earlier)})
    assert said(found, "diagnoses") == [words]


def test_nothing_is_new_where_not_every_diagnosis_could_be_read() -> None:
    found = first(conditions=(condition(),), unsafe_listed=("Condition/x",))
    assert said(found, "diagnoses") == ["Angina."]


def test_medicines_are_told_in_a_line_each_and_what_only_the_note_does_in_its_words() -> None:
    ordered = order("apixaban 5 MG Oral Tablet", "1 tablet twice a day")
    found = first(medications=(ordered,))
    assert said(found, "medicines") == [
        "Started: apixaban 5 MG Oral Tablet, 1 tablet twice a day.",
        "By the note: Start metoprolol 50 mg.",
    ]


@pytest.mark.parametrize(
    ("more", "heading", "asks"),
    [
        ({}, "For your information", []),
        ({"performer": [{"reference": "Practitioner/lee"}], "occurrenceDateTime": "2026-12-01"},
         "Please act by Tue 1 Dec 2026", ["To be done by you: "]),
        ({"performer": [{"reference": "Practitioner/other"}]}, "For your information", []),
        ({"note": [{"text": "PCP to repeat in 2 weeks."}]}, "Please act by Thu 3 Dec 2026", ["Stress echo: PCP to "]),
        ({"performer": [{"reference": "Practitioner/lee"}], "status": "revoked"}, "For your information", []),
    ],
)  # fmt: skip
def test_an_order_for_the_referrer_is_an_ask(more: dict[str, Any], heading: str, asks: list[str]) -> None:
    lee = Referrer("Lin Lee, MD", "requester", False, reference="Practitioner/lee")
    found = first(orders=(request(**more),), referrer=lee)
    assert found.heading == heading and [ask.item[0].text[: len(asks[0])] for ask in found.asks] == asks


def test_what_was_ordered_has_an_owner_or_its_lack_is_named() -> None:
    found = first(orders=(request(),))
    assert said(found, "pending") == ["Stress echo (ordered, result pending)."]
    assert said(found, "owner") == ["We will send you the stress echo."]
    without = first("Plan:\nRest.", orders=(request(),))
    assert "who follows up what was ordered" in without.absent and "who follows up" not in first("Plan: Rest.").absent


FINAL, DRAFT, VOID = (
    fact("DiagnosticReport", status, status=status, code={"text": "Echo report"})
    for status in ("final", "preliminary", "cancelled")
)
STAIN = fact("DiagnosticReport", "g", status="final", code={"text": "Gram stain"})


@pytest.mark.parametrize(
    ("status", "results", "is_to_come"),
    [
        ("active", (), True),
        ("active", (DRAFT,), True),
        ("active", (FINAL,), False),
        ("active", (VOID,), True),
        ("active", (VOID, FINAL), False),
        ("active", (DRAFT, FINAL), False),
        ("active", (DRAFT, STAIN), True),
        ("completed", (), False),
        ("completed", (DRAFT,), True),
        ("completed", (FINAL,), False),
        ("on-hold", (DRAFT,), True),
        ("on-hold", (), False),
        ("revoked", (DRAFT,), False),
    ],
)
def test_a_result_is_to_come_until_a_final_one_stands(status: str, results: Any, is_to_come: bool) -> None:
    found = first(orders=(request(status=status),), results={"ServiceRequest/o": results})
    assert bool(said(found, "pending")) is is_to_come


def test_page_one_says_that_a_result_was_cancelled() -> None:
    (words,) = said(first(orders=(request(),), results={"ServiceRequest/o": (VOID,)}), "pending")
    assert words.endswith("(cancelled).")


def test_a_laboratorys_preliminary_value_is_to_come_and_what_was_measured_is_not() -> None:
    def result(key: str, category: str, status: str = "preliminary") -> Any:
        of = [{"coding": [{"code": category}]}]
        return fact("Observation", key, status=status, category=of, code={"text": "Sodium"})

    assert said(first(observations=(result("a", "laboratory"),)), "pending") == ["Sodium (preliminary, not final)."]
    assert said(first(observations=(result("a", "vital-signs"),)), "pending") == []
    assert said(first(observations=(result("a", "laboratory"), result("b", "laboratory", "final"))), "pending") == []
    report = fact(
        "DiagnosticReport", "r", status="final", result=[{"reference": "Observation/a"}], code={"text": "BMP"}
    )
    assert said(first(observations=(result("a", "laboratory"),), reports=(report,)), "pending") == []


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("We will continue to follow him.", "We follow: We will continue to follow him."),
        ("We will co-manage with you.", "Shared: We will co-manage with you."),
        ("Discharged to PCP.", "Back to you: Discharged to PCP."),
        ("No further cardiology follow-up needed.", "Back to you: No further cardiology follow-up needed."),
        ("We will follow up on results.", ""),
    ],
)
def test_who_goes_on_from_here(words: str, role: str) -> None:
    assert said(first(f"Plan:\n{words}"), "role") == ([role] if role else [])


def test_the_next_visit_is_the_one_that_is_booked_else_as_the_note_says() -> None:
    booked = fact("Appointment", "a", status="booked", start="2027-01-04T14:00:00Z", participant=[])
    assert said(first(bookings=(booked,)), "next") == ["Booked: 4 Jan 2027."]
    assert said(first(), "next") == ["We will see him in 6 weeks."]
    assert said(first(), "told") == ["Patient was told to rest."]


def test_what_is_absent_stands_in_one_line_and_what_was_not_read_is_not_said_to_be() -> None:
    nothing = first("Plan:\nRest.")
    assert nothing.absent == (
        "Not said in the chart: a coded diagnosis; a medicine started, changed or stopped; a recorded order; what the "
        "patient was told; the next visit; who goes on from here."
    )
    unread = first("Plan:\nRest.", unsafe=("DocumentReference/x",))
    assert "Not said in the chart: a recorded order." in unread.absent and "Not known here" in unread.absent
    assert unread.heading == "For your information, as far as the notes could be read"
    assert first(caution="Not refreshed.").absent.startswith("Not known here")


def test_the_call_back_is_the_one_that_is_configured() -> None:
    assert first(phone="617-555-0140").call_back == "617-555-0140"


def test_the_check_finds_what_is_wrong() -> None:
    paper = consult_note(material(documents=(note(WHOLE),), question=QUESTION, orders=(request(),)))
    right = paper.first
    assert right is not None and [*problems(paper)] == []
    bare = structs.replace(right, sections=())
    unsourced = structs.replace(right, asks=(Ask((Sentence("Do it.", ()),)),), flag="no_date")
    broken = (
        structs.replace(right, flag="by_date"),
        structs.replace(right, answer_needed=False),
        structs.replace(right, absent=""),
        bare,
        unsourced,
    )
    for one in broken:
        assert [*problems(structs.replace(paper, page_one=one))], one
    older = Paper("consult-note", "t", "p", "to", "x", "s", ())
    assert [*problems(older)] == ["there is no page one"] and left_out(older) == ""
