"""A list of what is owed, of any kind: its tabs, what it is narrowed to, its rows, and the words of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, g, make_response, render_template, request, url_for

from loopclose.flows.delivery.ways import as_they_can_leave
from loopclose.store import letter_duties, recipient_words, users
from loopclose.store.closed import closed
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist import author_name, authors, bucket, counts, referrer_name, referrers
from loopclose.store.worklist_query import PRIORITIES, Filters, Page
from loopclose.web.access import audit, days, now, scope, work
from loopclose.web.asked import FILTERS, LATE_BY, Asked
from loopclose.web.kinds import LISTS, PRESSING, order_words, sign, tabs_of
from loopclose.web.referrers import why_late

SIZE = 50
"""Rows of a page."""
Choices = dict[str, list[tuple[str, str]]]
CHOICES: Choices = {
    "priority": [(priority, priority) for priority in PRIORITIES],
    "late_by": [(str(days), "1 day" if days == 1 else f"{days} days") for days in LATE_BY],
    "mine": [("1", "mine")],
}
"""(value, words) of what a list can be narrowed to, beside people."""


@dataclass(frozen=True)
class Narrowed:
    """What is asked for, with the words of its search looked up."""

    asked: Asked
    """Without its search where that has expired."""
    words: str | None
    expired: bool
    filters: Filters

    @classmethod
    def of(cls, asked: Asked) -> Narrowed:
        """As whoever is signed in asks for it: only their own searches are known to them."""
        words = _words(asked)
        expired = "q" in asked.filters and words is None
        asked = asked.without("q") if expired else asked
        return cls(asked, words, expired, _filters(asked, words))


def listed(wanted: Narrowed, action: str, **more: Any) -> Response:
    """The page of one tab, with the counts of all; for htmx the part of it that changes. ``action``: as audited."""
    asked, filters = wanted.asked, wanted.filters
    with work().db.read() as session:
        tallies = counts(session, scope(), now(), days(), filters, asked.kind)
        total, skip, page = tallies[asked.tab], 0, None
        if asked.tab == "closed":
            edge = {"after": asked.after, "before": asked.before}
            page = closed(session, scope(), now(), filters, SIZE, asked.kind, **edge)
            items = page.items
        else:
            skip = _start_of_page(asked.skip, total)
            items = bucket(session, scope(), now(), days(), asked.tab, filters, Page(skip, SIZE), asked.kind)
        items = as_they_can_leave(work(), scope(), items)
        alike = namesakes(session, scope(), [item.patient for item in items])
        shown = [item.obligation.id for item in items]
        asked_for = letter_duties.words_of(session, scope(), shown)
        for key, words in recipient_words.said_of(session, scope(), shown).items():
            asked_for[key] = " ".join(filter(None, (asked_for.get(key), words)))
        asked_at = recipient_words.asked_at(session, scope(), shown)
        choices = {
            "author": authors(session, scope(), asked.kind),
            "referrer": referrers(session, scope(), asked.kind),
            **CHOICES,
        }
    choices = _with_chosen(asked, choices)
    audit(action)
    whole = "HX-Request" not in request.headers or "HX-History-Restore-Request" in request.headers
    answer = make_response(
        render_template(
            "reports.html" if whole else "reports/_list.html",
            asked=asked,
            kind=LISTS[asked.kind],
            tabs=tabs_of(asked.kind),
            tab=asked.tab,
            order=order_words(asked.kind, asked.tab),
            pressing=PRESSING,
            items=items,
            namesakes=alike,
            asked_for=asked_for,
            asked_at=asked_at,
            tallies=tallies,
            chips=_chips(wanted, choices),
            choices=choices,
            to_referrer=_to_referrer(asked),
            words=wanted.words or "",
            expired=wanted.expired,
            sign=sign,
            why_late=why_late,
            skip=skip,
            page=page,
            total=total,
            size=SIZE,
            **more,
        )
    )
    answer.vary.update(("HX-Request", "HX-History-Restore-Request"))
    return answer


def _start_of_page(skip: int, total: int) -> int:
    """The first row of the page that holds row ``skip``, or of the last page where there is no such row."""
    return min(skip, max(total - 1, 0)) // SIZE * SIZE


def _words(asked: Asked) -> str | None:
    """What is searched for; None where nothing is, or where it was forgotten."""
    if "q" not in asked.filters:
        return None
    with work().db.read() as session:
        return users.searched(session, scope(), asked.filters["q"], g.signed_in.user.id)


def _filters(asked: Asked, words: str | None) -> Filters:
    given = asked.filters
    return Filters(
        author=given.get("author"),
        referrer=given.get("referrer"),
        priority=given.get("priority"),
        owners=(g.signed_in.user.email, g.signed_in.user.role) if "mine" in given else (),
        late_by=timedelta(days=int(given["late_by"])) if "late_by" in given else None,
        words=words,
    )


def _with_chosen(asked: Asked, choices: Choices) -> Choices:
    """The choices, and among them what is chosen: somebody for whom nothing is open any more stays chosen."""
    missing = {
        name: (value, _name(name, value))
        for name, value in asked.filters.items()
        if name in choices and value not in dict(choices[name])
    }
    return choices | {name: [*choices[name], one] for name, one in missing.items()}


def _chips(wanted: Narrowed, choices: Choices) -> list[tuple[str, str, str]]:
    """(label, words, address without it) of each filter; people by their names."""
    asked, words = wanted.asked, wanted.words or ""
    return [
        (FILTERS[name], words if name == "q" else dict(choices[name])[value], asked.without(name).address())
        for name, value in asked.filters.items()
    ]


def _to_referrer(asked: Asked) -> str | None:
    """The page of the one referrer that a list is narrowed to."""
    ehr, _, who = asked.filters.get("referrer", "").partition(":")
    return url_for("referrers.show", ehr=ehr, who=who) if who else None


def _name(of: str, key: str) -> str:
    """Of somebody for whom nothing is open any more."""
    with work().db.read() as session:
        return (author_name if of == "author" else referrer_name)(session, scope(), key) or "not known here"
