"""A note that tells of somebody of another age is asked about."""

from __future__ import annotations

import pytest

from loopclose.drafting.consult_note import consult_note
from tests.spec.cast import fact
from tests.unit.drafting.test_papers import material, note

PATIENT = fact("Patient", "p", birthDate="1995-03-02", gender="male")


def asked(text: str, patient: object = PATIENT) -> list[str]:
    found = consult_note(material(documents=(note(text),), patient=patient)).to_settle
    return [one.text for one in found if one.code == "person"]


@pytest.mark.parametrize(
    ("words", "is_asked"),
    [
        ("Celena is a 66 year-old white female with sinusitis.", True),
        ("66 yo M with chest pain.", True),
        ("This is a pleasant 80-year-old woman.", True),
        ("Josef is a 31 year-old white male.", False),
        ("This is a 30-year-old man.", False),
        ("Josef is a 31 year-old female.", False),
        ("He lives with his 66 year-old father, a patient of ours.", False),
        ("He has a 10 year old bypass graft.", False),
        ("Chest pain.", False),
    ],
)
def test_an_age_that_is_not_the_patients(words: str, is_asked: bool) -> None:
    assert bool(asked(f"History of Present Illness:\n{words}\n\nPlan:\nRest.")) is is_asked


def test_without_a_birth_date_and_in_a_family_history_nothing_is_asked() -> None:
    text = "Family History:\n66 yo male with MI.\n\nPlan:\nRest."
    assert asked(text) == []
    assert asked("HPI:\n66 yo male.\n\nPlan:\nRest.", fact("Patient", "p", gender="male")) == []
