"""The pending-reports page: what we owe, late first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.flows.health.check import readings
from loopclose.flows.looks import keep_search
from loopclose.flows.site import practice_of
from loopclose.store import runs, users
from loopclose.store.worklist import authors, bucket, count_unmatched, counts, referrers
from loopclose.store.worklist_query import PRIORITIES, Days, Filters, Page
from loopclose.web.access import audit, now, scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("reports", __name__)
TABS = {
    "open": "All open",
    "late": "Late",
    "today": "Due today",
    "soon": "Next two days",
    "later": "Later",
    "sent": "Sent, unconfirmed",
    "closed": "Closed",
}
SIZE = 100
LATE_BY = (1, 3, 7, 14)
SIGNS = {
    "owed": ("○", "Not drafted"),
    "drafted": ("✎", "Draft ready"),
    "signed": ("✓", "Signed, not sent"),
    "sent": ("➤", "Sent, unconfirmed"),
    "confirmed": ("✔", "Confirmed"),
    "waived": ("–", "Waived"),
    "held": ("‖", "On hold"),
}


@blueprint.get("/")
@needs("see_reports")
def pending() -> str:
    """The list of one tab, with the counts of all; filters stand in the address."""
    tab = request.args.get("tab", "open")
    tab = tab if tab in TABS else "open"
    filters, chips = _filters()
    with work().db.read() as session:
        days = _days()
        items = bucket(session, scope(), now(), days, tab, filters, Page(_skip(), SIZE))
        tallies = counts(session, scope(), now(), days, filters)
        choices = {
            "author": authors(session, scope()),
            "referrer": referrers(session, scope()),
            "priority": [(priority, priority) for priority in PRIORITIES],
            "late_by": [(str(days), f"{days} days or more") for days in LATE_BY],
        }
    audit("view_worklist")
    return render_template(
        "reports.html" if "HX-Request" not in request.headers else "reports/_list.html",
        tab=tab,
        tabs=TABS,
        items=items,
        tallies=tallies,
        chips=chips,
        choices=choices,
        args=request.args.to_dict(),
        signs=SIGNS,
        skip=_skip(),
        size=SIZE,
    )


@blueprint.post("/search")
@needs("see_reports")
def search() -> Response:
    """Words to look for are posted and kept under an opaque key: no name stands in an address."""
    words = request.form.get("words", "").strip()
    kept = {name: value for name, value in request.form.items() if name in ("tab", "author", "referrer") and value}
    if words:
        kept["q"] = keep_search(work().db, now, g.signed_in, words)
    return redirect(url_for("reports.pending", **kept), 303)  # type: ignore[arg-type]


def top_line() -> dict[str, Any]:
    """What every page says at its top: when the EHRs were read, when the night ran, what nobody could match."""
    practice = work().config.practice[scope().practice_id]
    with work().db.read() as session:
        latest = readings(work().config, session, scope(), now())
        night = runs.last_night(session, scope())
        unmatched = count_unmatched(session, scope())
    read = [one.at for one in latest if one.at is not None]
    return {
        "read_at": min(read) if read and len(read) == len(latest) else None,
        "stale": not latest or any(one.stale for one in latest),
        "night_at": night.finished_at if night else None,
        "unmatched": unmatched,
        "practice": practice.name,
        "rehearsal": practice.rehearsal,
    }


def _days() -> Days:
    practice = practice_of(work().config, scope().practice_id)
    today = practice.calendar.day_of(now())

    def end(day: Any) -> datetime:
        return datetime.combine(day, datetime.max.time(), tzinfo=practice.zone)

    return Days(end(today), end(practice.calendar.practice_day_after(today, 2)))


def _filters() -> tuple[Filters, list[tuple[str, str, str]]]:
    """The filters of the address, and a chip (label, value, address without it) for each."""
    args = request.args
    late_by = args.get("late_by", "")
    words = None
    if args.get("q"):
        with work().db.read() as session:
            words = users.searched(session, scope(), args["q"], g.signed_in.user.id)
    mine = args.get("mine") == "1"
    filters = Filters(
        author=args.get("author") or None,
        referrer=args.get("referrer") or None,
        priority=args.get("priority") or None,
        owners=(g.signed_in.user.email, g.signed_in.user.role) if mine else (),
        late_by=timedelta(days=int(late_by)) if late_by.isdigit() else None,
        words=words,
    )
    shown = {
        "author": filters.author,
        "referrer": filters.referrer,
        "priority": filters.priority,
        "mine": "mine" if mine else None,
        "late_by": f"{late_by} days" if filters.late_by is not None else None,
        "q": words,
    }
    labels = {
        "author": "Clinician",
        "referrer": "Referrer",
        "priority": "Priority",
        "mine": "Whose move",
        "late_by": "Late by at least",
        "q": "Search",
    }
    chips = [
        (labels[name], value, url_for("reports.pending", **{k: v for k, v in args.items() if k != name}))  # type: ignore[arg-type]
        for name, value in shown.items()
        if value
    ]
    return filters, chips


def _skip() -> int:
    text = request.args.get("skip", "0")
    return int(text) if text.isdigit() else 0
