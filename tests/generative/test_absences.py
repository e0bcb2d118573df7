"""No sentence says that something is not there while anything of its type was not surely read, whatever the reason."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import loopclose
from loopclose.domain.letter_kinds import INTERIM
from loopclose.drafting import gaps
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.material import Material
from loopclose.drafting.other_letters import letter_about
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.letters.first_page import first_sections
from loopclose.letters.text import to_text
from tests.tries import tried
from tests.unit.drafting.test_papers import material

NOTES = "DocumentReference"
SPEAKS_OF: dict[str, tuple[str, ...]] = {
    "No question": ("ServiceRequest",),
    "No assessment": (NOTES, "CarePlan"),
    "No separate plan": (NOTES, "CarePlan"),
    "No findings": (NOTES, "Condition", "Observation", "DiagnosticReport", "Procedure"),
    "No orders": ("ServiceRequest",),
    "No follow-up": (NOTES, "Appointment"),
    "No allergies": ("AllergyIntolerance",),
    "No medicine was ordered": ("MedicationRequest",),
    "No other medicine was ordered": ("MedicationRequest",),
    "No other medicine is listed": ("MedicationRequest", "MedicationStatement"),
    "No other medicine stood": ("MedicationRequest", "MedicationStatement"),
    "No request to the referrer": (NOTES,),
    "No note of this visit": (NOTES,),
}
"""What each sentence of ours that begins with *No* is about."""
OF_THE_LETTER = ("No history", "No diagnosis", "No result", "No procedure", "No order is drafted", "No substitution",
                 "No known", "No longer")  # fmt: skip
"""Sentences about the letter itself, or the chart's own words: they tell nothing of what is not there."""
REASONS = ("quarantine", "quarantine, elsewhere", "refused", "withheld", "warned", "not asked", "not offered")
TYPES = sorted({kind for kinds in SPEAKS_OF.values() for kind in kinds})


def unsure(reasons: dict[str, str]) -> Material:
    """A visit of which nothing is known, for a reason a type."""
    said: dict[str, Any] = {"gaps": {}, "unsafe": (), "unsafe_listed": (), "not_given": frozenset()}
    words = {"refused": gaps.refused, "withheld": gaps.withheld, "warned": gaps.warned}
    for kind, why in reasons.items():
        if why in words:
            said["gaps"][kind] = words[why](kind, "scope is missing")
        elif why == "not offered":
            said["not_given"] |= {kind}
        elif why == "not asked":
            said["caution"] = "Not all of it was asked for."
        else:
            said["unsafe" if why == "quarantine" else "unsafe_listed"] += (f"{kind}/x",)
    return material(**said)


def said_of(made: Material) -> str:
    note, interim = consult_note(made), letter_about(made, INTERIM)
    empty = (section.empty for section in (*note.sections, *first_sections(note)))
    return "\n".join([to_text(note), to_text(interim), to_text(prescription_sheet(made)), *empty])


def untrue(reasons: dict[str, str]) -> list[tuple[str, str, str]]:
    """(sentence, type, reason) of what is said to be absent all the same."""
    said = said_of(unsure(reasons))
    return [
        (words, kind, reasons[kind])
        for words, kinds in SPEAKS_OF.items()
        for kind in kinds
        if kind in reasons and says(said, words)
    ]


def says(text: str, words: str) -> bool:
    """Also in the line that takes several together: *No orders, findings or assessment were recorded*."""
    thing = words.removeprefix("No ")
    return re.search(rf"\bNo (?:[a-z -]+(?:, | or ))*{re.escape(thing)}\b", text) is not None


def test_where_all_was_read_and_nothing_is_there_each_is_said() -> None:
    said = said_of(material())
    assert [words for words in SPEAKS_OF if "other" not in words and not says(said, words)] == []


@pytest.mark.parametrize("why", REASONS)
@pytest.mark.parametrize("kind", TYPES)
def test_nothing_of_a_type_is_said_to_be_absent(kind: str, why: str) -> None:
    assert untrue({kind: why}) == []


@tried(40)
@given(st.dictionaries(st.sampled_from(TYPES), st.sampled_from(REASONS), min_size=2))
def test_nothing_of_several_types_is_said_to_be_absent(reasons: dict[str, str]) -> None:
    assert untrue(reasons) == []


def test_every_sentence_that_begins_so_is_known_here() -> None:
    root = Path(loopclose.__file__).parent
    parts = ("drafting", "letters", "flows/papers")
    trees = [ast.parse(path.read_text(encoding="utf-8")) for part in parts for path in (root / part).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    words = (one.value for one in nodes if isinstance(one, ast.Constant) and id(one) not in told)
    written = {one for one in words if isinstance(one, str) and one.startswith("No ")}
    known = (*SPEAKS_OF, *OF_THE_LETTER)
    assert [words for words in sorted(written - {"No "}) if not words.startswith(known)] == []
