"""By when a report is owed."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.deadlines import Policy, report_deadline
from loopclose.domain.returns import Return
from tests.spec.cast import CALENDAR, local, shown, visit

TITLE = "Deadlines of reports"
TEXT = """
The report is due at the earliest instant that any rule gives. The practice is open Monday to Friday, 08:00 to
17:00 in Boston; times are local. "Returns" is the patient's next appointment with the referrer or the
referrer's practice after the visit's end.
"""
COLUMNS = ["visit ended", "priority", "returns", "entered by hand", "due", "decided by"]
ROWS = [
    ["Tue 2026-11-24 09:00", "routine", "-", "-", "Mon 2026-11-30 17:00", "policy"],
    ["Tue 2026-11-24 09:00", "routine", "Wed 2026-11-25 09:30", "-", "Tue 2026-11-24 17:00", "patient_returns"],
    ["Tue 2026-11-24 09:00", "urgent", "-", "-", "Wed 2026-11-25 17:00", "policy"],
    ["Wed 2026-11-25 16:00", "urgent", "-", "-", "Fri 2026-11-27 17:00", "policy"],
    ["Tue 2026-11-24 09:00", "stat", "-", "-", "Wed 2026-11-25 09:00", "policy"],
    ["Sat 2026-11-28 10:00", "stat", "-", "-", "Sun 2026-11-29 10:00", "policy"],
    ["Tue 2026-11-24 09:00", "routine", "Tue 2026-11-24 10:00", "-", "Tue 2026-11-24 10:00", "patient_returns"],
    ["Tue 2026-11-24 16:30", "routine", "Wed 2026-11-25 08:00", "-", "Tue 2026-11-24 18:30", "patient_returns"],
    ["Fri 2026-11-20 16:00", "routine", "Mon 2026-11-23 09:00", "-", "Fri 2026-11-20 18:00", "patient_returns"],
    ["Fri 2026-11-20 10:00", "routine", "Mon 2026-11-23 09:00", "-", "Fri 2026-11-20 17:00", "patient_returns"],
    ["Tue 2026-11-24 09:00", "routine", "Tue 2026-12-01 09:00", "-", "Mon 2026-11-30 17:00", "patient_returns"],
    ["Tue 2026-11-24 09:00", "routine", "Thu 2026-12-24 09:00", "-", "Mon 2026-11-30 17:00", "policy"],
    ["Tue 2026-11-24 09:00", "routine", "-", "2026-11-26", "Wed 2026-11-25 17:00", "patient_returns"],
    ["Fri 2026-10-30 09:00", "routine", "-", "-", "Wed 2026-11-04 17:00", "policy"],
    ["Fri 2026-03-06 09:00", "stat", "-", "-", "Sat 2026-03-07 09:00", "policy"],
    ["Sat 2026-03-07 20:00", "stat", "-", "-", "Sun 2026-03-08 21:00", "policy"],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_the_earliest_rule_decides(row: list[str]) -> None:
    ended, priority, returns, by_hand, due, winner = row
    back = None if returns == "-" else Return(local(returns[4:]), "the referrer", "Appointment/a")
    day = None if by_hand == "-" else date.fromisoformat(by_hand)
    found = report_deadline(visit(ended[4:]), priority, Policy(), CALENDAR, returns=back, returns_by_hand=day)
    assert (shown(found.due_at), found.winner) == (due, winner)
    assert found.reasons[0].at == found.due_at and all(reason.because for reason in found.reasons)
