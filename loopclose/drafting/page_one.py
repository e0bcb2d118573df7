"""Page one of a consult note: what a referrer needs in ten seconds, and in one line what the chart does not say.

The elements are those of the ACP's Model Specialty Out-Patient Referral Response Checklist.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import UNSET

from loopclose.domain.dates import in_full
from loopclose.drafting import answer, follow_up, page_one_chart
from loopclose.drafting.asks import asks_of, earliest
from loopclose.drafting.clauses import Clause, clauses_of
from loopclose.drafting.gaps import absent
from loopclose.drafting.material import Material
from loopclose.drafting.notes.complaints import asks_nothing
from loopclose.drafting.notes.note import Note
from loopclose.drafting.paper import Item, PageOne, Section
from loopclose.drafting.question import question_items

TITLES = {
    "diagnoses": "Diagnoses",
    "medicines": "Medicines",
    "pending": "Results to come",
    "requested": "Ordered",
    "owner": "Followed up by",
    "told": "Patient told",
    "next": "Next visit",
    "role": "From here",
}
"""The sections of page one, in their order."""
WORDS = {
    "question": "what you asked",
    "diagnoses": "a coded diagnosis",
    "medicines": "a medicine started, changed or stopped",
    "requested": "a recorded order",
    "owner": "who follows up what was ordered",
    "told": "what the patient was told",
    "next": "the next visit",
    "role": "who goes on from here",
}
"""What each is called where it is absent: a note that is quoted may judge and order in its words all the same."""
NOTES = ("DocumentReference",)
KINDS = {
    "question": ("ServiceRequest",),
    "diagnoses": (*NOTES, "Condition"),
    "medicines": (*NOTES, "MedicationRequest"),
    "requested": ("ServiceRequest", "DiagnosticReport", "DeviceRequest", "NutritionOrder"),
    "owner": NOTES,
    "told": NOTES,
    "next": (*NOTES, "Appointment"),
    "role": NOTES,
}
"""The types that must be known before something is said to be absent."""
NOT_SAID = "Not said in the chart: {words}."
NOT_KNOWN = "Not known here, as not everything could be read: {words}."
BY_DATE, NO_DATE, INFORMATION = "by_date", "no_date", "information"
HEADINGS = {BY_DATE: "Please act by {day}", NO_DATE: "Please act, no hurry", INFORMATION: "For your information"}
AS_READ = ", as far as the notes could be read"
"""Behind *for information*, where a note that may ask for something was not read."""


def page_one(material: Material, notes: Sequence[Note], *, are_read: bool, answers: bool = True) -> PageOne:
    """Page one, out of the visit's own resources and the notes that were read.

    ``are_read``: whether every note that counts was read. ``answers``: whether the letter answers the question.
    """
    clauses = [*clauses_of(notes)]
    asks = asks_of(material, clauses)
    found = _found(material, clauses)
    is_asked = bool(question_items(material)) or any(map(_asks, notes))
    stated = answer.stated(clauses)
    missing = [
        code for code in TITLES if not found[code] and (code != "owner" or found["requested"] or found["pending"])
    ]
    missing = [code for code in missing if code != "pending" and not (code == "requested" and found["pending"])]
    missing = missing if is_asked or not answers else ["question", *missing]
    flag = BY_DATE if (first := earliest(asks)) else NO_DATE if asks else INFORMATION
    return PageOne(
        flag=flag,
        heading=_heading(flag, first, are_read=are_read and not absent(material, "", *NOTES)),
        asks=tuple(asks),
        answer=stated,
        answer_needed=answers and is_asked and not stated,
        candidates=() if stated else answer.candidates(clauses),
        sections=tuple(Section(code, title, found[code], "") for code, title in TITLES.items() if found[code]),
        not_said=tuple(missing),
        absent=_absent(material, missing, are_read=are_read),
        call_back=material.phone or UNSET,
    )


def _asks(note: Note) -> bool:
    """Whether a note says what was asked."""
    return any(one.code == "question" and one.paragraphs and not asks_nothing(one) for one in note.sections)


def _found(material: Material, clauses: Sequence[Clause]) -> dict[str, tuple[Item, ...]]:
    done, pending = page_one_chart.ordered(material)
    names = page_one_chart.words_of(material.orders)
    return {
        "diagnoses": page_one_chart.diagnoses(material),
        "medicines": page_one_chart.medicines(material, clauses),
        "pending": pending,
        "requested": done,
        "owner": follow_up.owners(clauses, names) if done or pending else (),
        "told": follow_up.told(material, clauses),
        "next": follow_up.next_visit(material, clauses),
        "role": follow_up.role(clauses),
    }


def _heading(flag: str, first: date | None, *, are_read: bool) -> str:
    words = HEADINGS[flag].format(day=in_full(first) if first else "")
    return words if are_read or flag != INFORMATION else f"{words}{AS_READ}"


def _absent(material: Material, missing: Sequence[str], *, are_read: bool) -> str:
    """One line for all that is absent: what the chart does not say, and what was not read well enough to know."""
    unsure = [
        code
        for code in missing
        if (NOTES[0] in KINDS[code] and not are_read) or absent(material, "", *KINDS[code]) or material.caution
    ]
    lines = []
    if sure := [WORDS[code] for code in missing if code not in unsure]:
        lines.append(NOT_SAID.format(words="; ".join(sure)))
    if unsure:
        lines.append(NOT_KNOWN.format(words="; ".join(WORDS[code] for code in unsure)))
    return " ".join(lines)
