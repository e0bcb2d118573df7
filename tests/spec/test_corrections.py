"""What of a signed letter is corrected: each row is what became of something since it was drafted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopclose.domain.correcting import AT_MOST, DAILY, Touched, is_to_look, standing_of
from loopclose.drafting.corrections import corrections
from loopclose.drafting.paper import Paper, Section, Sentence, Source
from tests.spec.cast import local

TITLE = "What of a signed letter is corrected"
TEXT = f"""
The chart behind a letter that was signed here is looked at again when what the syncs read of the patient changed, and
else once a day for {DAILY.days} days, then once a week up to {AT_MOST.days} days after it was signed. What the EHR
does not answer that time says nothing.

A `correction` is owed one business day after the first change was seen: one of each signed letter is open at a time,
and what changes while it is open belongs to it. The same change of the same letter never makes another, also where it
was waived. The corrected letter is drafted from the chart, with what changed on top of its page one, and signed like
any other. Its signature closes the correction where the old letter had not been sent; where it had, somebody says that
the corrected one was sent, and nobody can before it is signed.

Below, the letter cites potassium 5.1 (an Observation of the visit), a note that says *Walk more*, and lisinopril 10 mg.

| kind of thing | is taken back where it is |
| --- | --- |
| a note | entered in error, superseded, deleted, or another patient's |
| a result, a medicine | entered in error, cancelled, deleted, or another patient's |
| a diagnosis, an allergy | entered in error, refuted, deleted, or another patient's |
| anything else | entered in error, revoked or not done, deleted, or another patient's |
"""
COLUMNS = ["since it was drafted", "is corrected as"]
LAB, NOTE, DRUG = "Observation/k", "DocumentReference/n", "MedicationRequest/l"
VALUE, WORDS, DOSE = (
    "Observation.valueQuantity",
    "DocumentReference.content.attachment.data",
    "MedicationRequest.dosage",
)


def said(text: str, key: str, path: str, value: str) -> Sentence:
    return Sentence(text, (Source(key, path, value),))


POTASSIUM = said("Potassium 5.1.", LAB, VALUE, "5.1")
WALK = said("Walk more.", NOTE, WORDS, "Walk more.")
LISINOPRIL = Sentence(
    "Lisinopril 10 mg, active.",
    (Source(DRUG, DOSE, "10 mg"), Source(DRUG, "MedicationRequest.status", "active")),
)
STATUS = Sentence(
    "Lisinopril 10 mg, completed.",
    (Source(DRUG, DOSE, "10 mg"), Source(DRUG, "MedicationRequest.status", "completed")),
)
TROPONIN = said("Troponin negative.", "Observation/t", VALUE, "negative")
LATE = said("Seen again at noon.", "DocumentReference/late", WORDS, "Seen again at noon.")
MORE = said("Walk more, not uphill.", NOTE, WORDS, "Walk more, not uphill.")
ASPIRIN = said("Aspirin 81 mg.", "MedicationRequest/a", DOSE, "81 mg")
OTHER_WORDS = said("K 5.1 mmol/L.", LAB, VALUE, "5.1")
ECHO = Sentence("Echo normal, not final.", (Source("DiagnosticReport/e", "DiagnosticReport.status", "preliminary"),))
ECHO_FINAL = Sentence("Echo normal.", (Source("DiagnosticReport/e", "DiagnosticReport.status", "final"),))
BEFORE = (POTASSIUM, WALK, LISINOPRIL)
CASES: dict[str, tuple[tuple[Sentence, ...], dict[str, Touched]]] = {
    "nothing": (BEFORE, {}),
    "we word the potassium otherwise": ((OTHER_WORDS, WALK, LISINOPRIL), {}),
    "the potassium has another version that says the same": (BEFORE, {LAB: Touched("settled")}),
    "the potassium is 5.9, corrected": (
        (said("Potassium 5.9.", LAB, VALUE, "5.9"), WALK, LISINOPRIL),
        {LAB: Touched("settled")},
    ),
    "the potassium is entered in error": ((WALK, LISINOPRIL), {LAB: Touched("taken_back")}),
    "the potassium was not answered this time": ((WALK, LISINOPRIL), {}),
    "the note is amended": ((POTASSIUM, MORE, LISINOPRIL), {NOTE: Touched("settled")}),
    "the note is superseded by another": (
        (POTASSIUM, MORE, LISINOPRIL),
        {NOTE: Touched("taken_back"), "DocumentReference/late": Touched("settled")},
    ),
    "something is added to the note": (
        (POTASSIUM, WALK, said("Not uphill.", NOTE, WORDS, "Not uphill."), LISINOPRIL),
        {NOTE: Touched("settled")},
    ),
    "a late addendum is signed": ((*BEFORE, LATE), {"DocumentReference/late": Touched("settled")}),
    "a late addendum is not final": ((*BEFORE, LATE), {"DocumentReference/late": Touched("unsettled")}),
    "troponin of the visit is final": ((*BEFORE, TROPONIN), {"Observation/t": Touched("settled")}),
    "troponin of the visit is preliminary": ((*BEFORE, TROPONIN), {"Observation/t": Touched("unsettled")}),
    "troponin of another visit is final": (
        (*BEFORE, TROPONIN),
        {"Observation/t": Touched("settled", is_of_visit=False)},
    ),
    "the echo, preliminary then, is final": (
        (*BEFORE, ECHO_FINAL),
        {"DiagnosticReport/e": Touched("settled")},
    ),
    "lisinopril is 20 mg": (
        (POTASSIUM, WALK, said("Lisinopril 20 mg.", DRUG, DOSE, "20 mg")),
        {DRUG: Touched("settled")},
    ),
    "lisinopril is entered in error": ((POTASSIUM, WALK), {DRUG: Touched("taken_back")}),
    "the course of lisinopril is over": ((POTASSIUM, WALK, STATUS), {DRUG: Touched("settled")}),
    "aspirin of the visit is prescribed": ((*BEFORE, ASPIRIN), {"MedicationRequest/a": Touched("settled")}),
    "aspirin of another visit is prescribed": (
        (*BEFORE, ASPIRIN),
        {"MedicationRequest/a": Touched("settled", is_of_visit=False)},
    ),
}
ROWS = [
    ["nothing", "-"],
    ["we word the potassium otherwise", "-"],
    ["the potassium has another version that says the same", "-"],
    ["the potassium is 5.9, corrected", "Was: Potassium 5.1. Now: Potassium 5.9."],
    ["the potassium is entered in error", "Does not hold any more: Potassium 5.1."],
    ["the potassium was not answered this time", "-"],
    ["the note is amended", "Was: Walk more. Now: Walk more, not uphill."],
    ["the note is superseded by another", "Was: Walk more. Now: Walk more, not uphill."],
    ["something is added to the note", "New: Not uphill."],
    ["a late addendum is signed", "New: Seen again at noon."],
    ["a late addendum is not final", "-"],
    ["troponin of the visit is final", "New: Troponin negative."],
    ["troponin of the visit is preliminary", "-"],
    ["troponin of another visit is final", "-"],
    ["the echo, preliminary then, is final", "Was: Echo normal, not final. Now: Echo normal."],
    ["lisinopril is 20 mg", "Was: Lisinopril 10 mg, active. Now: Lisinopril 20 mg."],
    ["lisinopril is entered in error", "Does not hold any more: Lisinopril 10 mg, active."],
    ["the course of lisinopril is over", "-"],
    ["aspirin of the visit is prescribed", "New: Aspirin 81 mg."],
    ["aspirin of another visit is prescribed", "-"],
]


def paper(*sentences: Sentence) -> Paper:
    section = Section("plan", "Plan", tuple((one,) for one in sentences), "Nothing.")
    return Paper("consult-note", "Consult note", "Harbor", "Lin Lee", "Alma Reyes", "19 Nov 2026", (section,))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_corrected_is_what_the_row_says(row: list[str]) -> None:
    after, touched = CASES[row[0]]
    before = (*BEFORE, ECHO) if ECHO_FINAL in after else BEFORE
    found = corrections([paper(*before)], [paper(*after)], touched)
    assert ("; ".join(one.words for one in found) or "-") == row[1]
    assert len({one.key for one in found}) == len(found)


def test_every_case_stands_in_the_table() -> None:
    assert [row[0] for row in ROWS] == [*CASES]


@pytest.mark.parametrize(
    ("kind", "statuses", "how"),
    [
        ("DocumentReference", {"current", "final"}, "settled"),
        ("DocumentReference", {"current"}, "settled"),
        ("DocumentReference", {"superseded", "final"}, "taken_back"),
        ("DocumentReference", {"current", "preliminary"}, "unsettled"),
        ("DocumentReference", {"current", "entered-in-error"}, "taken_back"),
        ("Observation", {"corrected"}, "settled"),
        ("Observation", {"registered"}, "unsettled"),
        ("DiagnosticReport", {"partial"}, "unsettled"),
        ("DiagnosticReport", {"cancelled"}, "taken_back"),
        ("MedicationRequest", {"cancelled"}, "taken_back"),
        ("MedicationRequest", {"stopped"}, "settled"),
        ("Condition", {"refuted"}, "taken_back"),
        ("Condition", set(), "settled"),
        ("Procedure", {"not-done"}, "taken_back"),
        ("FamilyMemberHistory", {"entered-in-error"}, "taken_back"),
    ],
)
def test_how_a_thing_stands_by_its_statuses(kind: str, statuses: set[str], how: str) -> None:
    assert standing_of(kind, frozenset(statuses)) == how


def test_a_signed_letter_is_looked_at_daily_then_weekly_then_not_any_more() -> None:
    signed = local("2026-11-24 09:00")

    def due(after: timedelta, ago: timedelta | None, *, changed: bool = False) -> bool:
        now = signed + after
        return is_to_look(signed, now - ago if ago is not None else None, now, changed=changed)

    hours, days = (lambda count: timedelta(hours=count)), (lambda count: timedelta(days=count))
    assert not due(days(3), hours(23)) and due(days(3), hours(24)) and due(days(3), None)
    assert not due(days(20), days(6)) and due(days(20), days(7))
    assert due(days(20), hours(1), changed=True)
    assert not due(days(91), None, changed=True)
