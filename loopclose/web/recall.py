"""Calling a letter back: why it is called back, and the sheet with which each who got it is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.channels import CHANNELS
from loopclose.domain.delivering import CANCELLED, FAILED, PURPOSES
from loopclose.domain.recalling import DAYS_TO_TELL, FACTORS, RECALLED
from loopclose.errors import UsageError
from loopclose.flows.delivery.recall import recall, sheet
from loopclose.store import deliveries, users
from loopclose.store.namesakes import namesakes
from loopclose.store.worklist import one
from loopclose.store.worklist_item import Item
from loopclose.web.access import audit, now, scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("recall", __name__)
LONGEST = 500
WHAT = {
    "transmitted": "transmitted",
    "received": "received",
    "failed": "did not arrive",
    "unsure": "not known whether it left",
    "cancelled": "not sent",
    RECALLED: "called back",
}
"""What was heard of a delivery, in words; what a recipient said stands as it is."""


@dataclass(frozen=True)
class OfReport:
    """What the page of a report shows of calling its letter back."""

    can: bool
    """Whether something left, may have left or is on its way."""
    was: int
    """How many deliveries were called back."""


@blueprint.get("/obligation/<obligation_id>/recall")
@needs("see_reports")
def show(obligation_id: str) -> str:
    """The sheet, to be printed: who got what, when and how, and the four factors to be filled in by hand."""
    item = _owed_or_404(obligation_id)
    with work().db.read() as session:
        got = sheet(session, scope(), obligation_id)
        names = users.names(session, scope())
        alike = namesakes(session, scope(), [item.patient])
    audit("view_recall", obligation_id)
    found = [one.recalled.at for one in got if one.recalled is not None]
    return render_template(
        "recall.html",
        item=item,
        got=got,
        found_at=min(found, default=None),
        tell_by=min(found) + timedelta(days=DAYS_TO_TELL) if found else None,
        factors=FACTORS,
        channels=CHANNELS,
        purposes=PURPOSES,
        what=WHAT,
        names=names,
        namesakes=alike,
    )


@blueprint.post("/obligation/<obligation_id>/recall")
@needs("send")
def call_back(obligation_id: str) -> Response:
    """Call back all that left of a report, or one delivery of it."""
    _owed_or_404(obligation_id)
    code, words = request.form.get("code", ""), request.form.get("words", "").strip()[:LONGEST]
    try:
        gone = recall(work(), scope(), obligation_id, code, g.signed_in.user.email, words)
    except UsageError as problem:
        flash(str(problem), "refused")
        return redirect(url_for("obligation.show", obligation_id=obligation_id, _anchor="recall"), 303)
    flash(
        f"Called back. {gone} had left, or may have: call each of those below, and fill the sheet in."
        if gone
        else "Called back: nothing of it had left."
    )
    return redirect(url_for("recall.show", obligation_id=obligation_id), 303)


def _owed_or_404(obligation_id: str) -> Item:
    """What its letter is of: a report, the notice of a missed visit, the word of a request."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None:
        abort(404)
    return item


def called_back(session: Any, obligation_id: str) -> OfReport:
    """For the page of a report: whether its letter can be called back, and whether it was."""
    rows = deliveries.deliveries_of(session, scope(), [obligation_id]).get(obligation_id, [])
    can = any(row.state not in (CANCELLED, FAILED) for row in rows)
    return OfReport(can, len(sheet(session, scope(), obligation_id)) if rows else 0)
