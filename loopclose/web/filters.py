"""What every template prints goes through here: text of others made harmless, times in the practice's words."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from loopclose.domain import dates
from loopclose.domain.address_book import address_words
from loopclose.domain.chasing import asked_for
from loopclose.domain.outside_text import harmless, isolated
from loopclose.drafting.corrections import why
from loopclose.drafting.paper import Item
from loopclose.flows.papers.kept import shown as shown_paper
from loopclose.store.namesakes import Namesakes
from loopclose.store.obligations import Document
from loopclose.store.people import PatientRow
from loopclose.store.worklist_item import Patient
from loopclose.web.access import now
from loopclose.web.edit_words import edit_words
from loopclose.web.patients import Who, short, who_is
from loopclose.web.words import ago, called, due_words, found_words, kind_words, link_words, opens


def install(app: Flask) -> None:
    """Give the templates their filters; no page can print a text of somebody else as it came."""
    app.jinja_env.finalize = printed
    app.jinja_env.filters.update(
        address=address_words,
        ago=ago,
        asked_for=asked_for,
        called=called,
        due=due_words,
        edited=edit_words,
        hour=hour,
        day=day,
        moment=moment,
        moment_in_full=dates.moment_in_full,
        written=written,
        written_day=written_day,
        found_by=found_words,
        isolated=isolated,
        kind=kind_words,
        link=link_words,
        opens=opens,
        paper=paper,
        short=short,
        who=who,
        why_changed=why,
    )


def printed(value: Any) -> Any:
    """Text without characters that deceive; markup was made of such text already."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def hour(found: time | None) -> str:
    """``08:30``; nothing of nothing."""
    return found.strftime("%H:%M") if found is not None else ""


def day(found: date | datetime, zone: ZoneInfo) -> str:
    """``Thu 19 Nov``, with the year where it isn't the present one."""
    return dates.day_words(found, zone, now())


def moment(found: datetime, zone: ZoneInfo) -> str:
    """``Thu 19 Nov at 17:00``, with the year where it isn't the present one."""
    return dates.moment_words(found, zone, now())


def written(text: str | None, zone: ZoneInfo) -> str:
    """A date as an EHR wrote it, as exact as it is; nothing of nothing."""
    return dates.written_words(text, zone, now()) if text else ""


def written_day(text: str | None, zone: ZoneInfo) -> str:
    """The same without a time of day."""
    return dates.written_day(text, zone, now()) if text else ""


def who(patient: Patient | PatientRow | None, namesakes: Namesakes, zone: ZoneInfo) -> Who:
    """A patient as every page names one; ``namesakes``: who on the page shares a name."""
    return who_is(patient, namesakes, now().astimezone(zone).date())


def paper(document: Document, answer: tuple[Item, ...] = ()) -> Markup:
    """A kept paper, made into a part of a page now, with the answer that was signed."""
    return Markup(shown_paper(document, answer))  # noqa: S704
