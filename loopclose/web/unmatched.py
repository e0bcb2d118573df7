"""Visits whose referral nobody is sure of: the list, and the page where a person picks, or says who asked."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.commands import Link, NameRequester
from loopclose.domain.move_checks import npi_warning
from loopclose.domain.moves import MOVES, refusal
from loopclose.domain.situation import only_of_the_requester
from loopclose.flows.decisions.desk import MoveRefused, NotSure, actor_of
from loopclose.flows.decisions.legible import legible
from loopclose.flows.decisions.on_visits import unread_named
from loopclose.flows.decisions.situations import of_obligation, of_visit
from loopclose.store import decisions, quarantine, requester_answers
from loopclose.store.referrals import referrals_of
from loopclose.store.worklist import one, worklist
from loopclose.web.access import audit, desk, now, scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("unmatched", __name__)
KINDS = ("resolve", "report")
"""Of what is owed: a report's visit may be linked to the wrong referral, or its referrer be a guess."""


@blueprint.get("/unmatched")
@needs("see_unmatched")
def everything() -> str:
    """Every open decision, the most pressing first."""
    with work().db.read() as session:
        items = worklist(session, scope(), now(), kind="resolve")
    audit("view_unmatched")
    return render_template("unmatched.html", items=items)


@blueprint.get("/unmatched/<obligation_id>")
@needs("see_unmatched")
def pick(obligation_id: str) -> str:
    """One visit with every referral it may answer, the best first, and those that cannot be read."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind not in KINDS:
            abort(404)
        owed, practice = item.obligation, desk().practice
        situation = of_obligation(session, scope(), practice, owed)
        visit = decisions.visit(session, scope(), owed.ehr, owed.visit) if owed.visit else None
        seeing = of_visit(session, scope(), practice, visit) if visit else None
        rows = referrals_of(session, scope(), owed.ehr, owed.person)
        held = quarantine.held_requests(session, scope(), owed.ehr, owed.person)
        unseen = unread_named(session, scope(), visit) if visit else []
    fits = {one["referral"]: one for one in (item.link.candidates if item.link else [])}
    best_first = sorted(rows, key=lambda row: (-fits.get(row.id, {}).get("confidence", 0), row.id))
    audit("view_unmatched_visit", obligation_id)
    actor = actor_of(g.signed_in.user)
    asks_who = refusal(MOVES["requester"], situation, actor, now()) is None
    why_not = refusal(MOVES["link"], seeing, actor, now()) if seeing else None
    return render_template(
        "pick.html",
        item=item,
        referrals=best_first,
        fits=fits,
        held=[(one, legible(one.raw)) for one in held],
        unseen=unseen,
        asks_who=asks_who,
        asked=next((row for row in rows if row.id == owed.referral), None),
        for_requester=only_of_the_requester(situation),
        seeing=seeing,
        why_not=why_not,
        situation=situation,
    )


@blueprint.get("/unmatched/<obligation_id>/everybody")
@needs("requester")
def everybody(obligation_id: str) -> str:
    """Everybody whom an answer for the requester touches, before it is given."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        if item is None or item.obligation.kind not in KINDS:
            abort(404)
        situation = of_obligation(session, scope(), desk().practice, item.obligation)
        if situation.requester is None or not only_of_the_requester(situation):
            abort(404)
        about = (item.obligation.ehr, requester_answers.REQUESTER, situation.requester)
        found = requester_answers.touched(session, scope(), *about)
    audit("view_requester", obligation_id)
    return render_template(
        "everybody.html", item=item, found=found, listed=requester_answers.digest_of(found), situation=situation
    )


@blueprint.post("/unmatched/<obligation_id>/requester")
@needs("requester")
def requester(obligation_id: str) -> Response | str:
    """Who really asked: kept for that request, or for its requester once everybody it touches was seen."""
    form = request.form
    for_requester, internal = form.get("for_requester") == "1", form.get("internal") == "1"
    command = NameRequester(
        obligation=obligation_id,
        name=form.get("name", ""),
        npi=form.get("npi", ""),
        internal=internal,
        for_requester=for_requester,
        listed=form.get("listed", ""),
        sure=form.get("sure") == "1",
        seen=form.get("seen"),
    )
    try:
        desk().do(command)
    except NotSure as question:
        return _asked_back(obligation_id, "From within: are you sure?", question, "Yes, it came from within")
    except MoveRefused as problem:
        flash(str(problem), "refused")
        page = "unmatched.everybody" if for_requester else "unmatched.pick"
        return redirect(url_for(page, obligation_id=obligation_id), 303)
    flash("Kept: an internal request owes no report." if internal else "Kept. The report is on the list now.")
    if warning := npi_warning(command.npi.strip()):
        flash(warning, "refused")
    return redirect(url_for("unmatched.everything"), 303)


@blueprint.post("/unmatched/<obligation_id>")
@needs("link")
def decide_visit(obligation_id: str) -> Response | str:
    """A person's word; the reports that follow from it are owed at once."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    if item is None or item.obligation.visit is None:
        abort(404)
    chosen, nothing = request.form.getlist("referral"), request.form.get("none") == "1"
    if not chosen and not nothing:
        flash("Pick a referral, or say that none is answered.", "refused")
        return redirect(url_for("unmatched.pick", obligation_id=obligation_id), 303)
    command = Link(
        ehr=item.obligation.ehr,
        visit=item.obligation.visit,
        referrals=() if nothing else tuple(chosen),
        sure=request.form.get("sure") == "1",
        seen=request.form.get("seen"),
    )
    try:
        desk().do(command)
    except NotSure as question:
        return _asked_back(obligation_id, "No referral: are you sure?", question, "Yes, it answers no referral")
    except MoveRefused as problem:
        flash(str(problem), "refused")
        return redirect(url_for("unmatched.pick", obligation_id=obligation_id), 303)
    flash("Kept. What follows from it is on the list now.")
    return redirect(url_for("unmatched.everything"), 303)


def _asked_back(obligation_id: str, title: str, question: NotSure, yes: str) -> str:
    """The page that says what speaks against it, and asks once more; it carries what was entered."""
    entered = {name: value for name, value in request.form.items() if name not in ("csrf_token", "seen", "sure")}
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
    return render_template(
        "sure.html",
        item=item,
        title=title,
        question=str(question),
        yes=yes,
        action=request.path,
        entered=entered,
        seen=request.form.get("seen"),
    )
