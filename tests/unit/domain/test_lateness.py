"""Why reports were late: every hour between the visit and the sending is somebody's step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.codes import REPORT_STATES
from loopclose.domain.lateness import STEPS, TO_WRITE, UNMATCHED, Step, Waited, summed_up, waits

SEEN = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = SEEN + 30 * DAY


def report(
    *steps: tuple[str, float], due: float = 3, sent: float | None = None, matched: float | None = None
) -> Waited:
    """Days since the visit."""
    return Waited(
        f"due {due} sent {sent}",
        SEEN,
        SEEN + due * DAY,
        None if sent is None else SEEN + sent * DAY,
        (Step("owed", SEEN), *(Step(state, SEEN + at * DAY) for state, at in steps)),
        SEEN,
        None if matched is None else SEEN + matched * DAY,
    )


def days(found: dict[str, timedelta]) -> dict[str, float]:
    return {name: span / DAY for name, span in found.items()}


def test_each_wait_is_counted_where_it_was_spent() -> None:
    steady = report(("drafted", 2), ("signed", 6), ("sent", 7), sent=7)
    assert days(waits(steady, NOW)) == {"owed": 2, "drafted": 4, "signed": 1}
    assert days(waits(report(("sent", 5), ("confirmed", 9), sent=5), NOW)) == {"owed": 5}, "no step between was seen"
    assert days(waits(report(("drafted", 4)), NOW)) == {"owed": 4, "drafted": 26}, "it waits still"
    assert days(waits(report(("held", 1), ("owed", 3), ("drafted", 4), ("sent", 5), sent=5), NOW)) == {
        "owed": 2,
        "held": 2,
        "drafted": 1,
    }


def test_a_step_from_before_the_visit_or_the_step_before_it_takes_no_time() -> None:
    assert days(waits(report(("drafted", -2), ("signed", -1), ("sent", 4), sent=4), NOW)) == {"signed": 4}
    assert days(waits(report(("signed", 5), ("sent", 4), sent=4), NOW)) == {"owed": 4}


def test_a_report_waits_for_its_author_until_it_is_signed_and_while_it_is_on_hold() -> None:
    assert TO_WRITE == ("owed", "held", "drafted")


def test_waiting_for_the_referral_is_the_coordinators() -> None:
    found = waits(report(("drafted", 6), ("sent", 7), sent=7, matched=5), NOW)
    assert days(found) == {UNMATCHED: 5, "owed": 1, "drafted": 1}
    assert STEPS[UNMATCHED][1] == "coordinator"


def test_what_is_sent_when_it_is_due_is_in_time() -> None:
    due = SEEN + 3 * DAY
    assert report(sent=3).is_in_time(NOW) and not report(sent=3.1).is_in_time(NOW)
    assert report().is_in_time(due) is None and report().is_in_time(due + timedelta(seconds=1)) is False
    assert report(sent=2).late_by(NOW) == timedelta(0) == report().late_by(due)
    assert (report(sent=5).late_by(NOW), report().late_by(NOW)) == (2 * DAY, 27 * DAY)


@given(
    st.lists(st.tuples(st.sampled_from(REPORT_STATES), st.floats(-5, 40)), max_size=6),
    st.one_of(st.none(), st.floats(0, 29)),
    st.one_of(st.none(), st.floats(0, 29)),
)
def test_no_hour_is_lost_or_counted_twice(
    steps: list[tuple[str, float]], sent: float | None, matched: float | None
) -> None:
    one = report(*[step for step in steps if step[0] in STEPS], sent=sent, matched=matched)
    whole = (one.sent_at or NOW) - SEEN
    assert sum(waits(one, NOW).values(), timedelta(0)) == whole


def test_the_figures_say_what_they_are_out_of() -> None:
    found = summed_up(
        [
            report(("sent", 2), sent=2),
            report(("drafted", 1), ("sent", 7), sent=7),
            report(("drafted", 1)),
            report(due=40),  # not due yet: counts as nothing
        ],
        NOW,
    )
    assert (found.owed, found.in_time, len(found.late)) == (3, 1, 2)
    assert [one.sent_at is None for one, _ in found.late] == [True, False], "the latest first"
    assert found.median_late == 15.5 * DAY  # 4 and 27 days
    assert found.slowest == "drafted" and days(dict(found.totals)) == {"owed": 2, "drafted": 35}
    nothing = summed_up([report(("sent", 1), sent=1)], NOW)
    assert (nothing.owed, nothing.in_time, nothing.median_late, nothing.slowest) == (1, 1, None, None)
