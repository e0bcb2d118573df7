"""Whom to tell in place of one person: somebody, as long as anybody is there."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.deputies import Absence, Colleague, Staff
from loopclose.domain.roles import AUDITOR, CLINICIAN, COORDINATOR, LEAD, MANAGER

DAY = date(2026, 11, 24)
ANN, BEN = Colleague("ann", CLINICIAN), Colleague("ben", CLINICIAN)
CORA, COLE = Colleague("cora", COORDINATOR), Colleague("cole", COORDINATOR)
LEA, MONA, AUDREY = Colleague("lea", LEAD), Colleague("mona", MANAGER), Colleague("audrey", AUDITOR)
ALL = (ANN, BEN, CORA, COLE, LEA, MONA, AUDREY)


def away(*who: str, deputy: str | None = None) -> list[Absence]:
    return [Absence(one, DAY, DAY, deputy) for one in who]


@pytest.mark.parametrize(
    ("staff", "absences", "who", "told"),
    [
        (ALL, [], "ann", ["ann"]),
        (ALL, away("ann", deputy="ben"), "ann", ["ben"]),
        (ALL, away("ann"), "ann", ["cole", "cora"]),
        (ALL, away("lea"), "lea", ["cole", "cora"]),
        ((*ALL, Colleague("leo", LEAD)), away("lea"), "lea", ["leo"]),
        (ALL, [], "nobody we know", ["cole", "cora"]),
        ((ANN, LEA, MONA), away("ann"), "ann", ["mona"]),
    ],
)
def test_whoever_is_away_without_a_deputy_is_told_by_their_role(
    staff: tuple[Colleague, ...], absences: list[Absence], who: str, told: list[str]
) -> None:
    assert Staff(staff, absences, DAY).told_instead_of(who) == told


@pytest.mark.parametrize(
    ("staff", "absences", "told"),
    [
        (ALL, [], ["cole", "cora"]),
        (ALL, away("cora", "cole"), ["mona"]),
        (ALL, away("cora", "cole", "mona"), ["lea"]),
        (ALL, away("cora", "cole", "mona", "lea"), ["ann", "ben"]),
        (ALL, away("cora", "cole", "mona", "lea", "ann", "ben"), ["cole", "cora"]),
        ((ANN, MONA, LEA), away("ann", "mona", "lea"), ["mona"]),
        ((Colleague("cora", COORDINATOR, disabled=True), MONA), away("mona"), ["mona"]),
        ((Colleague("cora", COORDINATOR, disabled=True), AUDREY), [], []),
    ],
)
def test_in_the_end_somebody_is_told(staff: tuple[Colleague, ...], absences: list[Absence], told: list[str]) -> None:
    assert Staff(staff, absences, DAY).last_resort() == told
