"""Where a report stands when what it rested on is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from loopclose.domain.states import BY_EHR, Evidence, Transition, settle
from tests.spec.cast import local

NOW = local("2026-11-24 12:00")
PERSON = "somebody@practice.example"


def step(state: str, actor: str = PERSON, evidence: str | None = None) -> Transition:
    """A step to that state."""
    return Transition(None, state, NOW, actor, evidence)


def becomes(*history: Transition) -> str:
    """Where it stands when no evidence is left."""
    new = settle(history, (), NOW)
    return [*history, *new][-1].to_state


OWED, DRAFTED, HELD = step("owed"), step("drafted"), step("held")
SIGNED = step("signed", BY_EHR, "DocumentReference/n")


def test_what_a_person_did_stands_when_the_evidence_goes() -> None:
    assert becomes(OWED, DRAFTED, SIGNED) == "drafted"
    assert becomes(OWED, HELD, DRAFTED, SIGNED) == "drafted"


def test_what_came_before_a_report_was_reopened_does_not_count() -> None:
    assert becomes(OWED, DRAFTED, OWED, SIGNED) == "owed"


def test_what_the_ehr_did_without_naming_evidence_stands() -> None:
    assert becomes(OWED, step("sent", BY_EHR)) == "sent"


def test_what_was_withdrawn_once_supports_nothing() -> None:
    fell = Transition("sent", "signed", NOW, PERSON, code="evidence_withdrawn")
    assert becomes(OWED, fell, step("sent", BY_EHR, "Communication/c")) == "owed"


def test_every_step_that_the_evidence_shows_is_taken_in_order() -> None:
    shown = [
        Evidence("confirmed", NOW + timedelta(hours=2), "Communication/c", "received"),
        Evidence("sent", NOW + timedelta(hours=1), "Communication/c", "sent"),
        Evidence("signed", NOW, "DocumentReference/n", "signed"),
    ]
    assert [one.to_state for one in settle([OWED], shown, NOW)] == ["signed", "sent", "confirmed"]


def test_nothing_comes_of_no_history() -> None:
    assert settle([], [], datetime(2026, 11, 24, tzinfo=UTC)) == []
