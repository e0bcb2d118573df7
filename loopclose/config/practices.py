"""The table of a practice: who we are, where, and when we are open."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import BeforeValidator, Field, field_validator, model_validator

from loopclose.config.expected import Day, Ours, PageSize, ReadableFile, Text, Token, VisitClass, read_day
from loopclose.config.section import Section

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPENING = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


def _calendar(value: Any) -> Any:
    if isinstance(value, list):
        return [read_day(day) for day in value]
    try:
        country, _, state = value.partition("-")
        holidays.country_holidays(country, subdiv=state or None)
    except (AttributeError, NotImplementedError) as problem:
        raise ValueError("a country, or country and state, is expected, such as US-MA, or a list of dates") from problem
    return value


class PracticeConfig(Section):
    """A practice: who we are, where, when we are open, and since when we follow visits."""

    name: Text
    timezone: str
    holidays: Annotated[str | list[date], BeforeValidator(_calendar)] = "US"
    """Country and state, such as ``US-MA``, or a list of dates."""
    closed: list[Day] = Field(default=[])
    """Days on which the practice is closed besides."""
    open: list[Day] = Field(default=[])
    """Holidays on which it is open all the same."""
    hours: dict[str, str] = Field(default_factory=lambda: dict.fromkeys(DAYS[:5], "08:00-17:00"))
    specialty: Text | None = None
    phone: Text | None = None
    """Where a referrer calls back about a letter, as it is to be printed."""
    live_from: Day | None = None
    rehearsal: bool = False
    organizations: list[Ours] = Field(default=[])
    clinicians: list[Ours] = Field(default=[])
    residents: list[Ours] = Field(default=[])
    """Clinicians whose letters another one co-signs."""
    part2: bool = False
    """Whether it is a program under 42 CFR Part 2."""
    part2_clinicians: list[Ours] = Field(default=[])
    """Clinicians who are, where the practice as a whole is not."""
    hold_codes: list[Token] = Field(default=[])
    """Codes of diagnoses, of types of notes and of security labels that hold a report."""
    visit_classes: list[VisitClass] = Field(default=["AMB", "VR", "HH"], min_length=1)
    draft_ahead: bool = True
    """Whether reports are drafted by themselves once the visit is over and its note is final."""
    paper: PageSize = "us-letter"
    """The sheet that letters are set on."""
    letter_template: ReadableFile | None = None
    """A Typst file of the practice's own, in place of the template that is shipped."""
    letter_templates: dict[Ours, ReadableFile] = Field(default_factory=dict)
    """The same of single clinicians, by reference or NPI: for letters about visits of theirs."""
    letter_template_tried: ReadableFile | None = None
    """One that is only looked at, on the page Letterheads, before it is used."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
            raise ValueError("a time zone of the IANA list is expected, such as America/New_York") from problem
        return value

    @field_validator("hours")
    @classmethod
    def _known_hours(cls, value: dict[str, str]) -> dict[str, str]:
        for day, span in value.items():
            opens, _, closes = span.partition("-")
            if day not in DAYS or not _OPENING.fullmatch(span) or opens >= closes:
                raise ValueError('days "mon" to "sun" with a span such as "08:00-17:00" are expected')
        if not value:
            raise ValueError("at least one day on which the practice is open is expected")
        return value

    @model_validator(mode="after")
    def _days_agree(self) -> PracticeConfig:
        if both := sorted({*self.closed} & {*self.open}):
            raise ValueError(f"{both[0]} stands in closed and in open: one of them is expected")
        for day in self.open:
            if DAYS[day.weekday()] not in self.hours:
                raise ValueError(
                    f"open has {day}, and hours says nothing of that weekday: "
                    f'hours for "{DAYS[day.weekday()]}" are expected'
                )
        return self
