"""Business time against a slow oracle that walks day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.business_time import Calendar
from loopclose.domain.deadlines import Policy, report_deadline
from loopclose.domain.returns import Return
from tests.spec.cast import BOSTON, CALENDAR, local, visit

days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


@given(days, st.integers(1, 12))
def test_the_nth_practice_day_is_what_counting_by_hand_gives(day: date, count: int) -> None:
    found, walked = 0, day
    while found < count:
        walked += timedelta(days=1)
        found += walked.weekday() < 5 and walked not in CALENDAR.holidays
    assert CALENDAR.practice_day_after(day, count) == walked
    assert CALENDAR.close_after(day, count).astimezone(BOSTON).time() == time(17)


@given(
    moments,
    st.sampled_from(["stat", "urgent", "asap", "routine", "odd"]),
    st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=40)),
)
def test_a_deadline_lies_after_the_visit_and_never_after_the_return(
    end: datetime, priority: str, later: timedelta | None
) -> None:
    seen = visit(end.astimezone(BOSTON).strftime("%Y-%m-%d %H:%M"))
    back = Return(seen.end + later, "the referrer", "Appointment/a") if later else None
    found = report_deadline(seen, priority, Policy(), CALENDAR, returns=back)
    assert seen.end < found.due_at <= seen.end + timedelta(days=14)
    assert back is None or found.due_at <= back.at
    assert found.due_at == min(reason.at for reason in found.reasons)


@given(moments, st.integers(-6, 6))
def test_moving_by_practice_days_keeps_the_local_time_and_the_order(moment: datetime, count: int) -> None:
    moved = CALENDAR.shifted(moment, count)
    assert (moved > moment) == (count > 0) and (moved == moment) == (count == 0)


def test_a_practice_that_is_never_open_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Calendar(BOSTON, {}, {})


def test_a_practice_may_be_closed_for_a_year_and_no_longer() -> None:
    def closed(days: int) -> Calendar:
        off = {date(2026, 1, 1) + timedelta(days=n): "Rebuilding" for n in range(days)}
        return Calendar(BOSTON, dict.fromkeys(range(7), (time(8), time(17))), off)

    assert closed(365).practice_day_after(date(2025, 12, 31), 1) == date(2027, 1, 1)
    with pytest.raises(ValueError, match="more than a year"):
        closed(366).practice_day_after(date(2025, 12, 31), 1)


def test_holidays_between_two_days_leave_the_first_out_and_have_the_last() -> None:
    thanksgiving = date(2026, 11, 26)
    before, after = thanksgiving - timedelta(days=1), thanksgiving + timedelta(days=1)
    assert [day for day, _ in CALENDAR.holidays_between(before, thanksgiving)] == [thanksgiving]
    assert CALENDAR.holidays_between(thanksgiving, after) == ()
    assert CALENDAR.holidays_between(before - timedelta(days=1), before) == ()


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-24 07:59", False),
        ("2026-11-24 08:00", True),
        ("2026-11-24 16:59", True),
        ("2026-11-24 17:00", False),
        ("2026-11-26 12:00", False),
        ("2026-11-28 12:00", False),
    ],
)
def test_the_practice_is_open_from_its_first_minute_to_the_close_on_practice_days(at: str, is_open: bool) -> None:
    assert CALENDAR.is_open(local(at)) is is_open
