"""By when a report is owed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from loopclose.domain.deadlines import Policy, other_deadline, report_deadline, resolve_deadline
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


ENDED = "2026-11-24 09:00"


def _due(**given: Any) -> tuple[str, str]:
    found = report_deadline(visit(ENDED), "routine", Policy(), CALENDAR, **given)
    return shown(found.due_at), found.winner


def test_a_person_may_only_bring_a_deadline_nearer() -> None:
    assert _due(by_hand=local("2026-11-25 12:00")) == ("Wed 2026-11-25 12:00", "by_hand")
    assert _due(by_hand=local("2026-12-02 12:00")) == ("Mon 2026-11-30 17:00", "policy")
    assert _due(by_hand=local("2026-11-30 17:00")) == ("Mon 2026-11-30 17:00", "policy")
    assert _due(by_hand=local(ENDED)) == ("Mon 2026-11-30 17:00", "policy")


def test_a_return_entered_by_a_person_counts_from_the_day_after_the_visit() -> None:
    assert _due(returns_by_hand=date(2026, 11, 24)) == ("Mon 2026-11-30 17:00", "policy")
    assert _due(returns_by_hand=date(2026, 11, 25)) == ("Tue 2026-11-24 17:00", "patient_returns")


def test_what_the_referrer_asked_for_counts_when_it_is_after_the_visit() -> None:
    assert _due(asked_for=[(local("2026-11-25 09:00"), "Task/t")]) == ("Wed 2026-11-25 09:00", "asked_for")
    assert _due(asked_for=[(local(ENDED), "Task/t")]) == ("Mon 2026-11-30 17:00", "policy")


def test_a_return_that_is_no_longer_after_the_visit_does_not_count() -> None:
    assert _due(returns=Return(local(ENDED), "the referrer", "Appointment/a")) == ("Mon 2026-11-30 17:00", "policy")


def test_an_appointment_that_cannot_be_read_is_named_and_decides_nothing() -> None:
    found = report_deadline(visit(ENDED), "routine", Policy(), CALENDAR, unread=["Appointment/a"])
    assert (shown(found.due_at), found.winner) == ("Mon 2026-11-30 17:00", "policy")
    assert found.reasons[-1].because == "Appointment/a cannot be read: it may be a return."
    assert found.reasons[0].rule == "policy"


def test_the_ceiling_and_ties_have_their_order() -> None:
    slow = Policy(routine_days=30)
    found = report_deadline(visit(ENDED), "routine", slow, CALENDAR)
    assert (shown(found.due_at), found.winner) == ("Tue 2026-12-08 09:00", "ceiling")
    tied = report_deadline(
        visit(ENDED), "routine", Policy(), CALENDAR, asked_for=[(local("2026-11-30 17:00"), "Task/t")]
    )
    assert tied.winner == "asked_for" and [one.rule for one in tied.reasons] == ["asked_for", "policy", "ceiling"]


def test_who_decides_is_never_given_longer_than_the_report_would_have() -> None:
    near, far = (report_deadline(visit(ENDED), how, Policy(), CALENDAR) for how in ("stat", "routine"))
    found = resolve_deadline(visit(ENDED), [far, near], CALENDAR)
    assert shown(found.due_at) == "Wed 2026-11-25 09:00" and len(found.reasons) == 2
    alone = resolve_deadline(visit(ENDED), [far], CALENDAR)
    assert shown(alone.due_at) == "Wed 2026-11-25 17:00" and len(alone.reasons) == 1
    assert resolve_deadline(visit(ENDED), [], CALENDAR) == other_deadline("resolve", local(ENDED), CALENDAR)


def test_every_other_kind_has_its_days() -> None:
    kinds = ("resolve", "no_show", "answer", "schedule", "correction", "receipt")
    assert [shown(other_deadline(kind, local(ENDED), CALENDAR).due_at)[:14] for kind in kinds] == [
        "Wed 2026-11-25",
        "Wed 2026-11-25",
        "Fri 2026-11-27",
        "Fri 2026-12-04",
        "Wed 2026-11-25",
        "Wed 2026-12-02",
    ]
    (reason,) = other_deadline("resolve", local(ENDED), CALENDAR, "Was she seen?").reasons
    assert reason.because == "Was she seen? 1 business day after Tue 24 Nov 2026 at 09:00."


def test_the_words_of_a_reason_name_what_was_counted() -> None:
    found = report_deadline(visit("2026-11-25 09:00"), "urgent", Policy(), CALENDAR)
    assert found.reasons[0].because == "Urgent: 1 business day; Thu 26 Nov is a holiday (Thanksgiving Day)."
    stat = report_deadline(visit(ENDED), "stat", Policy(stat_hours=6), CALENDAR)
    assert (shown(stat.due_at), stat.reasons[0].because) == ("Tue 2026-11-24 15:00", "Stat: 6 hours after the visit.")
    asap = report_deadline(visit(ENDED), "asap", Policy(asap_days=2, urgent_days=1), CALENDAR)
    assert shown(asap.due_at) == "Fri 2026-11-27 17:00"
