"""The lists of what is owed, a kind each, the most pressing first: reports, no-shows, receipts and the others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from loopclose.domain.chasing import COUNTED
from loopclose.domain.roles import may
from loopclose.flows.decisions.desk import actor_of
from loopclose.flows.health.check import readings
from loopclose.flows.health.warnings import warnings
from loopclose.flows.looks import keep_search
from loopclose.flows.papers.sheet import cosigns
from loopclose.flows.site import practice_of
from loopclose.store import chases, returns, runs
from loopclose.store.to_sign import count_to_sign
from loopclose.store.worklist import open_by_kind
from loopclose.web.access import now, scope, work
from loopclose.web.asked import LIST, PAGES, asked_for
from loopclose.web.kinds import LISTS, STANDING
from loopclose.web.lists import Narrowed, listed
from loopclose.web.needs import needs

blueprint = Blueprint("reports", __name__)


@blueprint.get("/")
@needs("see_reports")
def pending() -> Response | Answer:
    """The list of one tab of a kind, with the counts of all; filters stand in the address."""
    if not request.args and g.signed_in.user.role == "clinician":
        return redirect(url_for("reports.pending", mine=1), 303)  # her own first; the chip takes it away
    asked = asked_for(request.args)
    if PAGES.get(asked.kind, LIST) != LIST:
        return redirect(asked.address(), 303)  # it has a page of its own
    with work().db.read() as session:
        known = returns.share(session, scope())
        times, chased = chases.count_since(session, scope(), now() - COUNTED)
    return listed(Narrowed.of(asked), "view_worklist", returns=known, chases=times, chased=chased)


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
    me = actor_of(g.signed_in.user)
    with work().db.read() as session:
        latest = readings(work().config, session, scope(), now())
        night = runs.last_night(session, scope())
        owed = open_by_kind(session, scope())
        also = cosigns(session, scope(), practice_of(work().config, scope().practice_id), me)
        to_sign = count_to_sign(session, scope(), me.email, cosigns=also) if may(me.role, "sign") else 0
    read = [one.at for one in latest if one.at is not None]
    return {
        "read_at": min(read) if read and len(read) == len(latest) else None,
        "warnings": warnings(work(), scope(), now()),
        "night_at": night.finished_at if night else None,
        "open": owed,
        "lists": LISTS,
        "standing": STANDING,
        "quiet": {kind: words for kind, words in LISTS.items() if kind not in (*owed, *STANDING)},
        "to_sign": to_sign,
        "unmatched": owed.get("resolve", 0),
        "practice": practice.name,
        "rehearsal": practice.rehearsal,
    }
