"""What a signed letter owes afterwards: when it is due, and that a later word does not move that."""

from __future__ import annotations

from datetime import datetime

import pytest

from loopclose.domain.afterwards import answer_to_recipient, correction
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.judgement import Owed
from tests.spec.cast import BOSTON, CALENDAR, local

SAID = local("2026-11-20 15:00")
"""A Friday afternoon."""


@pytest.fixture
def letter() -> Owed:
    deadline = other_deadline("receipt", local("2026-11-16 09:00"), CALENDAR)
    return Owed("report", "Patient/p", deadline, local("2026-11-16 09:00"), visit="Encounter/v")


def test_an_answer_is_due_in_one_business_day_and_stays_due_then(letter: Owed) -> None:
    owed = answer_to_recipient(letter, "words", SAID, CALENDAR)
    assert owed.deadline.due_at.astimezone(BOSTON) == datetime(2026, 11, 23, 17, tzinfo=BOSTON)
    assert (owed.kind, owed.since, owed.item, owed.visit) == ("answer", SAID, "words", "Encounter/v")
    assert owed.first_seen, "another word of theirs does not move it"


def test_a_correction_is_due_in_one_business_day_and_stays_due_then(letter: Owed) -> None:
    owed = correction(letter, 2, SAID, CALENDAR)
    assert owed.deadline.due_at.astimezone(BOSTON) == datetime(2026, 11, 23, 17, tzinfo=BOSTON)
    assert (owed.kind, owed.since, owed.item, owed.first_seen) == ("correction", SAID, "2", True)
