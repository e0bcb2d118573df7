"""The one form in which dates and times are written for a person: screens, mails, letters and sentences that are kept.

``Thu 19 Nov``, ``Thu 19 Nov at 17:00``; with the year where it isn't the present one: ``Thu 20 Nov 2025``. Always in
the practice's time zone, with the present passed in. A sentence that is kept carries its year always, since nobody
knows when it is read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from fhir_adapters.facts.when import FIRST, LAST, When

LONGEST = 40
"""Characters shown of a text that should be a date and is none."""


def in_full(day: date) -> str:
    """A day with its year, whatever the present is: ``Thu 19 Nov 2026``."""
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def day_words(day: date | datetime, zone: ZoneInfo, now: datetime) -> str:
    """A day, or the day of an instant: ``Thu 19 Nov``, ``Thu 20 Nov 2025`` in another year than ``now``."""
    local = day.astimezone(zone).date() if isinstance(day, datetime) else day
    words = in_full(local)
    return words.removesuffix(f" {local.year}") if local.year == now.astimezone(zone).year else words


def moment_words(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An instant: ``Thu 19 Nov at 17:00``, with the year where it is another than that of ``now``."""
    return f"{day_words(moment, zone, now)} at {moment.astimezone(zone):%H:%M}"


def utc_words(moment: datetime) -> str:
    """An instant for whoever runs several practices: ``Thu 19 Nov 2026, 22:00 UTC``."""
    at = moment.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} UTC"


def moment_in_full(moment: datetime, zone: ZoneInfo) -> str:
    """An instant with its year, for a sentence that is kept: ``Thu 19 Nov 2026 at 17:00``."""
    return f"{in_full(moment.astimezone(zone).date())} at {moment.astimezone(zone):%H:%M}"


def since_words(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An instant from which something goes on: ``14:05`` of today, else as ``moment_words`` writes it."""
    is_today = moment.astimezone(zone).date() == now.astimezone(zone).date()
    return f"{moment.astimezone(zone):%H:%M}" if is_today else moment_words(moment, zone, now)


def zoned_words(moment: datetime, zone: ZoneInfo) -> str:
    """An instant for whoever may read it in another place: ``Thu 19 Nov 2026 at 17:00 EST``."""
    return f"{moment_in_full(moment, zone)} {moment.astimezone(zone):%Z}"


def length_words(span: timedelta) -> str:
    """A length of time, rounded down: ``5 days``, ``1 hour``, ``4 min``; nothing below zero."""
    minutes = max(int(span.total_seconds() // 60), 0)
    for size, name in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{minutes} min"


def written_words(text: str, zone: ZoneInfo, now: datetime) -> str:
    """A FHIR date or dateTime as what it is: a day, with its time where it has one; a month or a year alone.

    ``2026-11`` is ``Nov 2026``, ``2026`` stays ``2026``. A text that is no date is shown as it stands, shortened.
    """
    when = _read(text)
    if when is None:
        return text[:LONGEST]
    if when.has_time:
        return moment_words(when.start(zone), zone, now)
    return day_words(when.last_day(zone), zone, now) if len(when) == len("2026-11-19") else less_than_a_day(when)


def written_day(text: str, zone: ZoneInfo, now: datetime) -> str:
    """The same without a time of day."""
    when = _read(text)
    return (
        day_words(when.start(zone), zone, now) if when is not None and when.has_time else written_words(text, zone, now)
    )


def birth_words(text: str) -> str:
    """A birth date as what it is: ``15 Mar 1950``, ``Mar 1950``, ``1950``; a text that is no date as it stands."""
    when = _born(text)
    if when is None:
        return text[:LONGEST]
    if len(when) < len("1950-03-15"):
        return less_than_a_day(when)
    day = date.fromisoformat(when)
    return f"{day.day} {day:%b} {day.year}"


def age_words(text: str, today: date) -> str:
    """The age of somebody born on that FHIR date: ``76 y``; under two years ``14 months``, under two months ``9 days``.

    Of a year or a month alone ``about 76 y``. Nothing where it is no date, lies ahead, or is more than 130 years ago.
    """
    when = _born(text)
    if when is None or not (today.year - 130 <= int(when[:4]) <= today.year):
        return ""
    if len(when) < len("1950-03-15"):
        return f"about {today.year - int(when[:4])} y"
    born = date.fromisoformat(when)
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if born > today:
        return ""
    if months < 2:
        days = (today - born).days
        return f"{days} day" if days == 1 else f"{days} days"
    return f"{months} months" if months < 24 else f"{months // 12} y"


def less_than_a_day(when: When) -> str:
    """A month or a year alone: ``Nov 2026``, ``2026``."""
    return f"{date.fromisoformat(f'{when}-01'):%b} {when[:4]}" if len(when) == len("2026-11") else str(when)


def _read(text: str) -> When | None:
    """None for what is no date, and for years in which "nobody knows" is written: no moment is made of those."""
    try:
        found = When(text.strip())
    except ValueError:
        return None
    return found if FIRST.year <= int(found[:4]) < LAST.year else None


def _born(text: str) -> When | None:
    """The day of a birth date as it was written: of one with a time of day, that is of no place and no zone."""
    when = _read(text)
    return When(when[: len("1950-03-15")]) if when is not None else None
