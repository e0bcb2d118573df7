"""What evidence makes of a report."""

from __future__ import annotations

import pytest

from loopclose.domain.states import Evidence, Transition, settle
from tests.spec.cast import local

TITLE = "States of a report and their evidence"
TEXT = """
Evidence moves a report forward; what is withdrawn takes it back to the best state still supported. A person's
waiver stands until a person reopens it. A report on hold stays there when its note is signed in the EHR; that the EHR
sent it is a fact, and stands: the hold stays open on its page, and holds again when that fact is withdrawn. "by" says
who made the last steps.
"""
COLUMNS = ["history", "by", "evidence in the chart", "becomes"]
ROWS = [
    ["owed", "loopclose", "-", "owed"],
    ["owed", "loopclose", "signed", "signed"],
    ["owed", "loopclose", "signed sent", "sent"],
    ["owed", "loopclose", "signed sent confirmed", "confirmed"],
    ["owed drafted", "person", "signed", "signed"],
    ["owed signed", "ehr", "signed", "signed"],
    ["owed signed", "ehr", "-", "owed"],
    ["owed drafted signed", "ehr", "-", "owed"],
    ["owed signed sent", "ehr", "signed", "signed"],
    ["owed signed sent confirmed", "ehr", "-", "owed"],
    ["owed sent", "person", "-", "sent"],
    ["owed sent", "person", "signed", "sent"],
    ["owed waived", "person", "signed sent", "waived"],
    ["owed drafted held", "person", "signed", "held"],
    ["owed drafted held", "person", "signed sent", "sent"],
    ["owed held sent", "ehr", "signed", "held"],
    ["owed held drafted", "person", "signed", "signed"],
    ["owed held waived", "person", "signed sent", "waived"],
]
NOW = local("2026-11-24 12:00")


def _history(states: str, by: str) -> list[Transition]:
    names = states.split()
    actor = "somebody@practice.example" if by == "person" else by
    return [
        Transition(
            before,
            name,
            NOW,
            "loopclose" if name == "owed" else actor,
            f"DocumentReference/{name}" if by == "ehr" and name != "owed" else None,
        )
        for before, name in zip([None, *names], names, strict=False)
    ]


@pytest.mark.parametrize("row", ROWS, ids=" / ".join)
def test_evidence_moves_and_its_loss_moves_back(row: list[str]) -> None:
    states, by, shown, becomes = row
    evidence = [Evidence(name, NOW, f"DocumentReference/{name}", "shown") for name in shown.replace("-", "").split()]
    history = _history(states, by)
    new = settle(history, evidence, NOW)
    assert [*history, *new][-1].to_state == becomes
    assert settle([*history, *new], evidence, NOW) == []
