"""Whom a rung tells, and who is told where nobody has its roles."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.deputies import Absence, Colleague, Staff
from loopclose.domain.escalation import DEFAULT_LADDER, REMINDED, Rung, told

TITLE = "Whom a rung tells"
TEXT = """
Rung 1 tells the author, 2 author and coordinator, 3 the lead, 4 the manager, a reminder (5 and more) manager and
coordinator. An author without an account counts as the coordinator. Where nobody has any of a rung's roles that day,
the next rung that has somebody fires at once; where one of several roles has nobody, the others are told. Every role
that had nobody is a gap: it counts as failed, stands on the page Health until it is filled, and whoever has it by then
is told with the next rung. Where no role that is told has anybody, whoever else is there is told; who is away without
a deputy only where nobody is there at all. There are heart (a clinician), cora and carl (coordinators), leo (the lead)
and mona (the manager), without those named as gone (disabled) or away.
"""
COLUMNS = ["rung", "author", "gone or away", "tells", "fires", "gaps"]
ROWS = [
    ["1", "heart", "-", "heart", "1", "-"],
    ["2", "heart", "-", "heart, carl, cora", "2", "-"],
    ["3", "heart", "-", "leo", "3", "-"],
    ["4", "heart", "-", "mona", "4", "-"],
    ["5", "heart", "-", "mona, carl, cora", "5", "-"],
    ["1", "-", "-", "carl, cora", "1", "-"],
    ["2", "-", "-", "carl, cora", "2", "-"],
    ["2", "cora", "-", "cora, carl", "2", "-"],
    ["1", "heart", "heart gone", "carl, cora", "1", "-"],
    ["1", "heart", "heart away for cora", "cora", "1", "-"],
    ["1", "heart", "heart away for nobody", "carl, cora", "1", "-"],
    ["2", "heart", "cora away for leo", "heart, carl, leo", "2", "-"],
    ["2", "heart", "cora gone, carl gone", "heart", "2", "2 coordinator"],
    ["1", "-", "cora gone, carl gone", "leo", "3", "1 coordinator, 2 coordinator"],
    ["1", "heart", "heart gone, cora gone, carl gone", "leo", "3", "1 coordinator, 2 coordinator"],
    ["3", "heart", "leo gone", "mona", "4", "3 lead"],
    ["3", "heart", "leo away for nobody", "mona", "4", "3 lead"],
    ["3", "heart", "leo away for carl", "carl", "3", "-"],
    ["3", "heart", "leo gone, mona gone", "carl, cora", "5", "3 lead, 4 manager, 5 manager"],
    ["4", "heart", "mona gone", "carl, cora", "5", "4 manager, 5 manager"],
    ["7", "heart", "mona gone", "carl, cora", "7", "7 manager"],
    ["7", "heart", "mona gone, cora gone, carl gone", "leo", "7", "7 manager, 7 coordinator"],
    [
        "4",
        "heart",
        "mona gone, cora gone, carl gone, leo gone",
        "heart",
        "4",
        "4 manager, 5 manager, 5 coordinator",
    ],
    [
        "3",
        "heart",
        "heart gone, cora away for nobody, carl gone, leo gone, mona gone",
        "cora",
        "3",
        "3 lead, 4 manager, 5 manager, 5 coordinator",
    ],
    [
        "3",
        "heart",
        "heart gone, cora gone, carl gone, leo gone, mona gone",
        "-",
        "-",
        "3 lead, 4 manager, 5 manager, 5 coordinator",
    ],
]
ROLES = {"heart": "clinician", "cora": "coordinator", "carl": "coordinator", "leo": "lead", "mona": "manager"}
TODAY = date(2026, 11, 24)


def staff(gone_or_away: str) -> Staff:
    """As a row writes it."""
    gone, away = set(), []
    for words in (one.split() for one in gone_or_away.split(", ") if one != "-"):
        if words[1] == "gone":
            gone.add(words[0])
        else:
            away.append(Absence(words[0], TODAY, None, None if words[3] == "nobody" else words[3]))
    return Staff([Colleague(name, role, name in gone) for name, role in ROLES.items()], away, TODAY)


def listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "-"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " / ".join(row[:3]))
def test_somebody_is_told(row: list[str]) -> None:
    no, author, away, tells, fires, gaps = row
    rung = next((one for one in DEFAULT_LADDER if one.no == int(no)), Rung(int(no), 9, REMINDED))
    found = told(rung, DEFAULT_LADDER, None if author == "-" else author, staff(away))
    assert listed(found.recipients) == tells
    assert (str(found.rung.no) if found.rung else "-") == fires
    assert listed(tuple(f"{at} {role}" for at, role in found.gaps)) == gaps
