"""The one form in which dates are written for a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loopclose.domain import dates
from loopclose.domain.dates import moment_in_full

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 19, 22, 0, tzinfo=UTC), "Thu 19 Nov at 17:00"),
        (datetime(2025, 11, 20, 22, 0, tzinfo=UTC), "Thu 20 Nov 2025 at 17:00"),
        (datetime(2027, 1, 4, 22, 0, tzinfo=UTC), "Mon 4 Jan 2027 at 17:00"),
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), "Thu 31 Dec at 21:00"),  # still this year where the practice is
    ],
)
def test_a_moment_says_its_year_where_it_is_another(moment: datetime, words: str) -> None:
    assert dates.moment_words(moment, ZONE, NOW) == words
    assert dates.day_words(moment, ZONE, NOW) == words.partition(" at ")[0]


def test_which_year_it_is_is_asked_of_the_practice() -> None:
    turn = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)  # in New York it is still 2026
    assert dates.day_words(date(2026, 12, 31), ZONE, turn) == "Thu 31 Dec"
    assert dates.day_words(date(2027, 1, 1), ZONE, turn) == "Fri 1 Jan 2027"


def test_a_kept_sentence_writes_the_same_form_with_its_year() -> None:
    moment = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
    assert moment_in_full(moment, ZONE) == dates.moment_in_full(moment, ZONE) == "Thu 19 Nov 2026 at 17:00"
    assert dates.moment_words(moment, ZONE, NOW) == moment_in_full(moment, ZONE).replace(" 2026", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026", "2026"),
        ("2026-11", "Nov 2026"),
        ("2026-11-19", "Thu 19 Nov"),
        ("2025-11-19", "Wed 19 Nov 2025"),
        ("2026-11-20T01:00:00Z", "Thu 19 Nov at 20:00"),
        ("2026-11-19T09:00:00-05:00", "Thu 19 Nov at 09:00"),
        ("last spring", "last spring"),
        ("2026-13-40", "2026-13-40"),
        ("x" * 500, "x" * 40),
        ("0001-01-01", "0001-01-01"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31", "9999-12-31"),
        ("9999", "9999"),
    ],
)
def test_a_fhir_date_is_shown_as_what_it_is(text: str, words: str) -> None:
    assert dates.written_words(text, ZONE, NOW) == words
    assert dates.written_day(text, ZONE, NOW) == words.partition(" at ")[0]


@pytest.mark.parametrize(
    ("text", "born", "age"),
    [
        ("1950-03-15", "15 Mar 1950", "76 y"),
        ("1950-11-24", "24 Nov 1950", "76 y"),
        ("1950-11-25", "25 Nov 1950", "75 y"),
        ("1950-03", "Mar 1950", "about 76 y"),
        ("1950", "1950", "about 76 y"),
        ("1896", "1896", "about 130 y"),
        ("1895", "1895", ""),
        ("2025-03-25", "25 Mar 2025", "19 months"),
        ("2026-09-24", "24 Sep 2026", "2 months"),
        ("2026-09-25", "25 Sep 2026", "60 days"),
        ("2024-11-24", "24 Nov 2024", "2 y"),
        ("2026-11-23", "23 Nov 2026", "1 day"),
        ("2026-11-24", "24 Nov 2026", "0 days"),
        ("2027-01-01", "1 Jan 2027", ""),
        ("1066-10-14", "14 Oct 1066", ""),
        ("unknown", "unknown", ""),
        ("1950-03-15T00:00:00Z", "15 Mar 1950", "76 y"),
        ("1950-03-15T00:00:00-05:00", "15 Mar 1950", "76 y"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00", ""),
    ],
)
def test_a_birth_date_and_the_age(text: str, born: str, age: str) -> None:
    assert dates.birth_words(text) == born and dates.age_words(text, date(2026, 11, 24)) == age


def test_an_instant_for_whoever_is_elsewhere_says_the_zone() -> None:
    moment = datetime(2026, 11, 19, 17, 0, tzinfo=ZONE)
    assert dates.utc_words(moment) == "Thu 19 Nov 2026, 22:00 UTC"
    assert dates.zoned_words(moment, ZONE) == "Thu 19 Nov 2026 at 17:00 EST"


def test_what_began_today_says_the_time_alone() -> None:
    assert dates.since_words(datetime(2026, 11, 24, 5, 0, tzinfo=UTC), ZONE, NOW) == "00:00"
    assert dates.since_words(datetime(2026, 11, 24, 4, 59, tzinfo=UTC), ZONE, NOW) == "Mon 23 Nov at 23:59"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-1, "0 min"),
        (0, "0 min"),
        (59.9, "59 min"),
        (60, "1 hour"),
        (119, "1 hour"),
        (120, "2 hours"),
        (1439, "23 hours"),
        (1440, "1 day"),
        (2879, "1 day"),
        (2880, "2 days"),
    ],
)
def test_a_length_of_time_is_rounded_down(minutes: float, words: str) -> None:
    assert dates.length_words(timedelta(minutes=minutes)) == words
