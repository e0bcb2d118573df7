"""What a list is asked for in its address: kind, tab, place and filters. What cannot be understood is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from flask import url_for

from loopclose.domain.clinician_key import is_key
from loopclose.store.worklist_query import PRIORITIES
from loopclose.web.kinds import LISTS, tabs_of

LIST = "reports.pending"
PAGES = {"report": LIST, "resolve": "unmatched.everything"}
"""By kind: the endpoint of the list that a page has without being asked for a kind."""
LATE_BY = (1, 3, 7, 14)
"""Days."""
_OBLIGATION = re.compile(r"[0-9a-f-]{36}")
_SEARCH = re.compile(r"[A-Za-z0-9_-]{1,43}")
READS: dict[str, Callable[[str], bool]] = {
    "author": is_key,
    "referrer": is_key,
    "priority": lambda text: text in PRIORITIES,
    "late_by": lambda text: text in map(str, LATE_BY),
    "mine": lambda text: text == "1",
    "q": lambda text: bool(_SEARCH.fullmatch(text)),
}
"""Every filter, and whether a text is one of its values."""
FILTERS = {
    "author": "Clinician",
    "referrer": "Referrer",
    "priority": "Priority",
    "late_by": "Late by at least",
    "mine": "Whose move",
    "q": "Search",
}


@dataclass(frozen=True)
class Asked:
    """One list, and what it is narrowed to."""

    kind: str
    tab: str
    skip: int
    filters: dict[str, str]
    """By name of ``FILTERS``; ``q`` is the key of a search, never its words."""
    after: str | None = None
    """Of what is closed: the id of the last one of the page before."""
    before: str | None = None
    """The id of the first one of the page after it."""

    @property
    def page(self) -> str:
        """The address of its page, with nothing asked of it."""
        return url_for(PAGES.get(self.kind, LIST))

    @property
    def place(self) -> dict[str, str]:
        """What its address says beside the filters: which list of its page, and which tab."""
        return {"tab": self.tab} if self.kind in PAGES else {"kind": self.kind, "tab": self.tab}

    def address(self, **changes: str | int | None) -> str:
        """The address of this list with some of it changed; None takes a part away. It begins at the first row."""
        given = {**self.place, **self.filters, **changes}
        return url_for(PAGES.get(self.kind, LIST), **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]

    def without(self, name: str) -> Asked:
        """The same without one filter."""
        return replace(self, filters={key: value for key, value in self.filters.items() if key != name})

    def bare(self) -> Asked:
        """The same without any filter."""
        return replace(self, filters={})


def list_address(kind: str) -> str:
    """Where the list of a kind is."""
    return asked_for({}, kind).address(tab=None)


def asked_for(given: Mapping[str, str], kind: str | None = None) -> Asked:
    """What an address or a form asks for; ``kind``: of which list, where its page says it."""
    kind = kind or given.get("kind", "report")
    kind = kind if kind in LISTS else "report"
    tab = given.get("tab", "open")
    filters = {name: given[name] for name, fits in READS.items() if name in given and fits(given[name])}
    skip, after, before = number(given.get("skip", "")), _id(given.get("after")), _id(given.get("before"))
    return Asked(kind, tab if tab in tabs_of(kind) else "open", skip, filters, after, before)


def _id(text: str | None) -> str | None:
    return text if text and _OBLIGATION.fullmatch(text) else None


def number(text: str, most: int = 10_000_000) -> int:
    """A whole number of plain digits; 0 for anything else, and for more than ``most``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most else 0
