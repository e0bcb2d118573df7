"""A draft says what the one before it told and the chart no longer holds, and never what it was."""

from __future__ import annotations

import pytest

from loopclose.drafting.no_longer import with_what_left
from loopclose.drafting.paper import Paper, Section, Sentence, Source


def paper(*keys: str) -> Paper:
    items = tuple((Sentence("HIV disease.", (Source(key, f"{key.split('/')[0]}.code", "HIV"),)),) for key in keys)
    sections = (Section("findings", "Findings", items, "No findings were recorded at this visit."),)
    return Paper("consult-note", "Consult note", "Harbor", "Dr. Lee", "Pat", "19 Nov 2026", sections)


@pytest.mark.parametrize(
    ("before", "held", "what"),
    [
        (["Condition/c"], [], "a diagnosis"),
        (["Condition/c", "Condition/d", "AllergyIntolerance/a"], [], "an allergy and a diagnosis"),
        (["Condition/c", "DocumentReference/n", "Observation/o"], ["Condition/c"], "a note and a finding or result"),
        (["Condition/c"], ["Condition/c", "Condition/new"], None),
        (["Binary/b", "Practitioner/p", "person"], [], None),
    ],
)
def test_what_left_is_asked_by_its_kind_alone(before: list[str], held: list[str], what: str | None) -> None:
    asked = with_what_left(paper(), paper(*before), frozenset(held)).to_settle
    if what is None:
        assert asked == ()
    else:
        assert f"told of {what}, which the chart" in asked[0].text and "HIV" not in str(asked)


def test_it_is_asked_again_in_every_draft_until_the_chart_holds_it_again() -> None:
    first = with_what_left(paper(), paper("Condition/c"), frozenset())
    assert with_what_left(paper(), first, frozenset()) == first
    assert with_what_left(paper(), first, frozenset({"Condition/c"})) == paper()
