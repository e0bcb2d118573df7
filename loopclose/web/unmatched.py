"""Visits whose referral nobody is sure of: the list, and the page where a person picks."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from loopclose.flows.decisions import moves as decide
from loopclose.store.loop import ReferralRow
from loopclose.store.worklist import one, worklist
from loopclose.web.access import audit, now, scope, signed_in, work

blueprint = Blueprint("unmatched", __name__)


@blueprint.get("/unmatched")
@signed_in
def everything() -> str:
    """Every open decision, the most pressing first."""
    with work().db.read() as session:
        items = worklist(session, scope(), now(), kind="resolve")
    audit("view_unmatched")
    return render_template("unmatched.html", items=items)


@blueprint.get("/unmatched/<obligation_id>")
@signed_in
def pick(obligation_id: str) -> str:
    """One visit with every referral it may answer, the best first."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind != "resolve":
            abort(404)
        rows = session.scalars(
            select(ReferralRow).where(
                ReferralRow.practice_id == scope().practice_id,
                ReferralRow.ehr == item.obligation.ehr,
                ReferralRow.person == item.obligation.person,
            )
        ).all()
    fits = {one["referral"]: one for one in (item.link.candidates if item.link else [])}
    best_first = sorted(rows, key=lambda row: (-fits.get(row.id, {}).get("confidence", 0), row.id))
    audit("view_unmatched_visit", obligation_id)
    return render_template("pick.html", item=item, referrals=best_first, fits=fits)


@blueprint.post("/unmatched/<obligation_id>/requester")
@signed_in
def requester(obligation_id: str) -> Response:
    """Who really asked: kept for that requester."""
    name, npi = request.form.get("name", "").strip(), request.form.get("npi", "").strip()
    answer = {"name": name, "npi": npi or None} if request.form.get("internal") != "1" else None
    try:
        decide.name_requester(
            work().db, work().clock, work().judge(), scope(), obligation_id, answer, g.signed_in.user.email
        )
    except decide.MoveRefused as problem:
        flash(str(problem), "refused")
        return redirect(url_for("unmatched.pick", obligation_id=obligation_id), 303)
    flash("Kept. The report is on the list now." if answer else "Kept: an internal request owes no report.")
    return redirect(url_for("unmatched.everything"), 303)


@blueprint.post("/unmatched/<obligation_id>")
@signed_in
def decide_visit(obligation_id: str) -> Response:
    """A person's word; the reports that follow from it are owed at once."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None or item.obligation.visit is None:
        abort(404)
    chosen = request.form.getlist("referral")
    if not chosen and request.form.get("none") != "1":
        flash("Pick a referral, or say that none is answered.", "refused")
        return redirect(url_for("unmatched.pick", obligation_id=obligation_id), 303)
    try:
        decide.link_visit(
            work().db,
            work().clock,
            work().judge(),
            scope(),
            item.obligation.ehr,
            item.obligation.visit,
            [] if request.form.get("none") == "1" else chosen,
            g.signed_in.user.email,
        )
    except decide.MoveRefused as problem:
        flash(str(problem), "refused")
        return redirect(url_for("unmatched.pick", obligation_id=obligation_id), 303)
    flash("Kept. What follows from it is on the list now.")
    return redirect(url_for("unmatched.everything"), 303)
