"""The cards about one patient: each report that is owed, and when the patient is back with the referrer, if unknown."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from loopclose.domain.dates import length_words, moment_words
from loopclose.domain.outside_text import one_line
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Days

LONGEST_SUMMARY = 139
"""Fewer than 140 characters (https://cds-hooks.hl7.org, Card Attributes)."""
LONGEST_NAME = 60
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")
Card = dict[str, Any]


@dataclass(frozen=True)
class Where:
    """Where a card leads: our address, and the door through which the EHR opens us with its user (SMART), if any."""

    ours: str
    launch: str | None

    def to(self, item: Item, label: str) -> dict[str, str]:
        """The link to something owed."""
        owed = item.obligation.id
        if self.launch is None:
            return {"label": label, "url": f"{self.ours}/obligation/{owed}", "type": "absolute"}
        return {"label": label, "url": self.launch, "type": "smart", "appContext": owed}


def cards_of(items: Sequence[Item], zone: ZoneInfo, days: Days, where: Where) -> list[Card]:
    """The cards of what is owed, in its order; none of what was sent or closed."""
    waiting = [one for one in items if one.obligation.kind == "report" and one.waits]
    cards = [_report(one, zone, days, where) for one in waiting]
    without_date = [one for one in waiting if not any(reason["rule"] == "patient_returns" for reason in one.reasons)]
    if without_date:
        cards.append(_when_back(without_date[0], where))
    return cards


def _report(item: Item, zone: ZoneInfo, days: Days, where: Where) -> Card:
    owed, to = item.obligation, _referrer(item)
    if item.late:
        when, indicator = f"is {length_words(item.now - owed.due_at)} late", "critical"
    else:
        when = f"is due {moment_words(owed.due_at, zone, item.now)}"
        indicator = "warning" if owed.due_at <= days.today_ends else "info"
    words = [f"Next: {item.next_step}." if item.next_step else "", item.because or ""]
    return _card(
        f"The report to {to} {when}",
        " ".join(part for part in words if part),
        indicator,
        where,
        where.to(item, "Open it in Loopclose"),
    )


def _when_back(item: Item, where: Where) -> Card:
    return _card(
        f"When is the patient back with {_referrer(item)}?",
        "No date is known. Ask the patient: the report must be there before.",
        "info",
        where,
        where.to(item, "Enter the date in Loopclose"),
    )


def _referrer(item: Item) -> str:
    name = one_line(item.obligation.referrer_name or "")
    if not name or item.obligation.guessed:
        return "the referring clinician"
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _card(summary: str, detail: str, indicator: str, where: Where, link: dict[str, str]) -> Card:
    return {
        "uuid": str(uuid.uuid4()),
        "summary": summary[:LONGEST_SUMMARY],
        "detail": _MARKS.sub(r"\\\1", one_line(detail)),  # it is Markdown, and names of others stand in it
        "indicator": indicator,
        "source": {"label": "Loopclose", "url": where.ours},
        "links": [link],
    }
