"""The lists of what is owed, a kind each, the most pressing first: reports, no-shows, receipts and the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from loopclose.flows.health.check import readings
from loopclose.flows.health.warnings import warnings
from loopclose.flows.looks import keep_search
from loopclose.store import runs, users
from loopclose.store.closed import closed
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist import author_name, authors, bucket, counts, open_by_kind, referrer_name, referrers
from loopclose.store.worklist_query import PRIORITIES, Filters, Page
from loopclose.web.access import audit, days, now, scope, work
from loopclose.web.asked import FILTERS, LATE_BY, Asked, asked_for
from loopclose.web.kinds import LISTS, ORDERS, PRESSING, sign, tabs_of
from loopclose.web.needs import needs
from loopclose.web.referrers import why_late

blueprint = Blueprint("reports", __name__)
SIZE = 50
"""Rows of a page."""
CHOICES = {
    "priority": [(priority, priority) for priority in PRIORITIES],
    "late_by": [(str(days), "1 day" if days == 1 else f"{days} days") for days in LATE_BY],
    "mine": [("1", "mine")],
}
"""(value, words) of what a list can be narrowed to, beside people."""


@blueprint.get("/")
@needs("see_reports")
def pending() -> Response | Answer:
    """The list of one tab of a kind, with the counts of all; filters stand in the address."""
    if not request.args and g.signed_in.user.role == "clinician":
        return redirect(url_for("reports.pending", mine=1), 303)  # her own first; the chip takes it away
    asked = asked_for(request.args)
    words = _words(asked)
    expired = "q" in asked.filters and words is None
    asked = asked.without("q") if expired else asked
    filters = _filters(asked, words)
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
        alike = namesakes(session, scope(), [item.patient for item in items])
        choices = {
            "author": authors(session, scope(), asked.kind),
            "referrer": referrers(session, scope(), asked.kind),
            **CHOICES,
        }
    audit("view_worklist")
    whole = "HX-Request" not in request.headers or "HX-History-Restore-Request" in request.headers
    answer = make_response(
        render_template(
            "reports.html" if whole else "reports/_list.html",
            asked=asked,
            kind=LISTS[asked.kind],
            tabs=tabs_of(asked.kind),
            tab=asked.tab,
            order=ORDERS[asked.tab],
            pressing=PRESSING,
            items=items,
            namesakes=alike,
            tallies=tallies,
            chips=_chips(asked, words, choices),
            choices=choices,
            to_referrer=_to_referrer(asked),
            words=words or "",
            expired=expired,
            sign=sign,
            why_late=why_late,
            skip=skip,
            page=page,
            total=total,
            size=SIZE,
        )
    )
    answer.vary.update(("HX-Request", "HX-History-Restore-Request"))
    return answer


@blueprint.post("/search")
@needs("see_reports")
def search() -> Answer:
    """Words to look for are posted and kept under an opaque key: no name stands in an address."""
    words = "".join(one if one.isprintable() else " " for one in request.form.get("words", "")).strip()
    key = keep_search(work().db, now, g.signed_in, words) if words else None
    return redirect(asked_for(request.form).address(q=key), 303)


def top_line() -> dict[str, Any]:
    """What every page says at its top: when the EHRs were read, when the night ran, how much of each kind is open."""
    practice = work().config.practice[scope().practice_id]
    with work().db.read() as session:
        latest = readings(work().config, session, scope(), now())
        night = runs.last_night(session, scope())
        owed = open_by_kind(session, scope())
    read = [one.at for one in latest if one.at is not None]
    return {
        "read_at": min(read) if read and len(read) == len(latest) else None,
        "warnings": warnings(work(), scope(), now()),
        "night_at": night.finished_at if night else None,
        "open": owed,
        "lists": LISTS,
        "quiet": {kind: words for kind, words in LISTS.items() if kind not in owed},
        "unmatched": owed.get("resolve", 0),
        "practice": practice.name,
        "rehearsal": practice.rehearsal,
    }


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


def _chips(asked: Asked, words: str | None, choices: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    """(label, words, address without it) of each filter; people by their names."""
    found = []
    for name, value in asked.filters.items():
        said = words if name == "q" else dict(choices[name]).get(value) or _name(name, value)
        found.append((FILTERS[name], said or "", asked.without(name).address()))
    return found


def _to_referrer(asked: Asked) -> str | None:
    """The page of the one referrer that a list is narrowed to."""
    ehr, _, who = asked.filters.get("referrer", "").partition(":")
    return url_for("referrers.show", ehr=ehr, who=who) if who else None


def _name(of: str, key: str) -> str:
    """Of somebody for whom nothing is open any more."""
    with work().db.read() as session:
        return (author_name if of == "author" else referrer_name)(session, scope(), key) or "not known here"
