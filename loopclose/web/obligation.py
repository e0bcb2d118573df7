"""The page of one thing owed: the loop, the deadline and why, the draft, and the moves that are possible now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from loopclose.domain.codes import WAIVERS
from loopclose.flows.decisions import moves as decide
from loopclose.flows.papers.draft import draft as make_draft
from loopclose.flows.site import client_of
from loopclose.store import alerts, drafts, users
from loopclose.store.obligations import DeadlineRow, TransitionRow
from loopclose.store.worklist import of_person, one
from loopclose.store.worklist_item import Item
from loopclose.web.access import audit, now, scope, signed_in, work, zone
from loopclose.web.reports import SIGNS

blueprint = Blueprint("obligation", __name__)


@blueprint.get("/obligation/<obligation_id>")
@signed_in
def show(obligation_id: str) -> str:
    """The page."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None:
            abort(404)
        mine = (scope().practice_id, obligation_id)
        steps = session.scalars(
            select(TransitionRow)
            .where(TransitionRow.practice_id == mine[0], TransitionRow.obligation == mine[1])
            .order_by(TransitionRow.no)
        ).all()
        deadlines = session.scalars(
            select(DeadlineRow)
            .where(DeadlineRow.practice_id == mine[0], DeadlineRow.obligation == mine[1])
            .order_by(DeadlineRow.no.desc())
        ).all()
        told = alerts.alerts_of(session, scope(), obligation_id)
        papers = drafts.papers(session, scope(), obligation_id)
        people = users.of_practice(session, scope())
        others = [
            other
            for other in of_person(session, scope(), now(), item.obligation.ehr, item.obligation.person)
            if other.obligation.id != obligation_id
        ]
    audit("view_obligation", obligation_id)
    return render_template(
        "obligation.html",
        item=item,
        steps=steps,
        deadlines=deadlines,
        told=told,
        others=others,
        people=people,
        papers=papers,
        digests=papers,
        signs=SIGNS,
        waivers=WAIVERS,
        channels=decide.CHANNELS,
        loop=_loop(item, steps),
    )


@blueprint.post("/obligation/<obligation_id>/draft")
@signed_in
def draft(obligation_id: str) -> Response:
    """Make the draft out of the chart as it stands now."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None:
        abort(404)
    site = work().site_of(scope().practice_id, item.obligation.ehr)
    with client_of(site) as client:
        make_draft(work().db, work().clock, site, client, obligation_id, g.signed_in.user.email)
    flash("Drafted from the chart as it stands now. Nothing was sent.")
    return _back(obligation_id)


@blueprint.post("/obligation/<obligation_id>/<any(confirm,attest,waive,reopen,assign):move>")
@signed_in
def change(obligation_id: str, move: str) -> Response:
    """One move by the person who is signed in; what is not possible now is said."""
    form, by = request.form, g.signed_in.user.email
    shared = (work().db, work().clock, work().judge(), scope(), obligation_id, by)
    try:
        if move == "confirm":
            decide.confirm(*shared)
        elif move == "attest":
            sent_at = _local(form.get("sent_at")) or now()
            decide.attest(
                *shared, channel=form.get("channel", ""), recipient=form.get("recipient", ""), sent_at=sent_at
            )
        elif move == "waive":
            decide.waive(*shared, code=form.get("code", ""), note=form.get("note", ""))
        elif move == "reopen":
            decide.reopen(*shared)
        else:
            decide.assign(*shared, to=form.get("to", ""))
    except decide.MoveRefused as problem:
        flash(str(problem), "refused")
    else:
        flash("Done.")
    return _back(obligation_id)


def _loop(item: Item, steps: Any) -> list[tuple[str, datetime | None, str]]:
    """The milestones of the loop: (name, when, what it rests on)."""
    reached = {step.to_state: step for step in steps}
    referral, visit = item.referral, item.visit
    found: list[tuple[str, datetime | None, str]] = []
    if referral is not None:
        found.append(
            (f"Referred {referral.authored_on[:10] if referral.authored_on else ''}".strip(), None, referral.id)
        )
    if visit is not None:
        found.append(("Seen" + (" (assumed: the chart was left open)" if visit.assumed else ""), visit.end, visit.id))
    for state, name in (("drafted", "Drafted"), ("signed", "Signed"), ("sent", "Sent"), ("confirmed", "Confirmed")):
        step = reached.get(state)
        if step is not None:
            found.append((name, step.effective_at, step.evidence or step.actor))
    return found


def _local(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone())


def _back(obligation_id: str) -> Response:
    return redirect(url_for("obligation.show", obligation_id=obligation_id), 303)
