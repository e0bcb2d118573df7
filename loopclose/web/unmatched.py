"""Visits whose referral nobody is sure of: the list, and the pages on which each is answered, one after another."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.commands import Link, NameRequester
from loopclose.domain.entries import Unreadable, entered
from loopclose.domain.move_checks import npi_warning
from loopclose.domain.moves import MOVES
from loopclose.flows.decisions.desk import MoveRefused, NotSure
from loopclose.store import unmatched
from loopclose.store.worklist import one
from loopclose.store.worklist_item import Item
from loopclose.web.access import audit, desk, now, scope, work, zone
from loopclose.web.answering import CLOSING, asked_back, for_everybody, picking, under
from loopclose.web.asked import asked_for
from loopclose.web.lists import Narrowed, listed
from loopclose.web.needs import needs

blueprint = Blueprint("unmatched", __name__)
CARRYING = frozenset(f"unmatched.{name}" for name in ("pick", "everybody", "requester", "decide_visit"))
"""What is reached from the list, and leads on to the next of it."""
REFUSED = 422
"""The status of a page that comes back with what was typed, and why it was not taken."""
Page = Response | str | tuple[str, int]


@blueprint.url_defaults
def carry(endpoint: str, values: dict[str, str]) -> None:
    """Going through them keeps to the filters of the list they came from."""
    if request.blueprint == blueprint.name and endpoint in CARRYING:
        values.update(asked_for(request.args, "resolve").filters)


@blueprint.get("/unmatched")
@needs("see_unmatched")
def everything() -> Response:
    """The list of one tab, and where to begin with going through all that wait under its filters."""
    wanted = Narrowed.of(asked_for(request.args, "resolve"))
    with work().db.read() as session:
        first = unmatched.first(session, scope(), now(), wanted.filters)
    return listed(wanted, "view_unmatched", first=first)


@blueprint.get("/unmatched/<obligation_id>")
@needs("see_unmatched")
def pick(obligation_id: str) -> str:
    """One visit with every referral it may answer, the best first, and those that cannot be read."""
    audit("view_unmatched_visit", obligation_id)
    return picking(obligation_id)


@blueprint.get("/unmatched/<obligation_id>/everybody")
@needs("requester")
def everybody(obligation_id: str) -> str:
    """Everybody whom an answer for the requester touches, before it is given."""
    audit("view_requester", obligation_id)
    return for_everybody(obligation_id)


@blueprint.post("/unmatched/<obligation_id>/requester")
@needs("requester")
def requester(obligation_id: str) -> Page:
    """Who really asked: kept for that request, or for its requester once everybody it touches was seen."""
    form = request.form
    for_requester, internal = form.get("for_requester") == "1", form.get("internal") == "1"
    page = for_everybody if for_requester else picking
    if form.get("back") == "1":
        return page(obligation_id, form)
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
    item, before = _waiting(obligation_id)
    try:
        desk().do(command)
    except NotSure as question:
        return asked_back(item, "From within: are you sure?", question, "Yes, it came from within")
    except MoveRefused as problem:
        flash(str(problem), "refused")
        return page(obligation_id, form), REFUSED
    if warning := npi_warning(command.npi.strip()):
        flash(warning, "refused")
    return _onwards(
        item, before, "Kept. An internal request owes no report." if internal else "Kept. The report is owed now."
    )


@blueprint.post("/unmatched/<obligation_id>")
@needs("link")
def decide_visit(obligation_id: str) -> Page:
    """A person's word; the reports that follow from it are owed at once."""
    form = request.form
    if form.get("back") == "1":
        return picking(obligation_id, form.to_dict(flat=False))
    item, before = _waiting(obligation_id)
    if form.get("move") in CLOSING:
        return _close(item, before, form["move"])
    if item.obligation.visit is None:
        abort(404)
    chosen, nothing = form.getlist("referral"), form.get("none") == "1"
    try:
        if not chosen and not nothing:
            raise MoveRefused("Pick a referral, or say that none is answered.")
        desk().do(
            Link(
                ehr=item.obligation.ehr,
                visit=item.obligation.visit,
                referrals=() if nothing else tuple(chosen),
                sure=form.get("sure") == "1",
                seen=form.get("seen"),
            )
        )
    except NotSure as question:
        return asked_back(item, "No referral: are you sure?", question, "Yes, it answers no referral")
    except MoveRefused as problem:
        flash(str(problem), "refused")
        return picking(obligation_id, form.to_dict(flat=False)), REFUSED
    return _onwards(
        item, before, "Kept. It answers no referral." if nothing else "Kept. What follows from it is owed now."
    )


def _close(item: Item, before: int, name: str) -> Page:
    """Closed as settled, or as nothing that is owed."""
    move, owed = MOVES[name], item.obligation
    try:
        given = entered(move, request.form, zone())
        desk().do(move.command(obligation=owed.id, seen=request.form.get("seen"), **given))
    except (MoveRefused, Unreadable) as problem:
        flash(str(problem), "refused")
        return picking(owed.id, request.form), REFUSED
    return _onwards(item, before, "Kept.")


def _waiting(obligation_id: str) -> tuple[Item, int]:
    """What is answered, and how many wait before it is."""
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        before = unmatched.how_many(session, scope(), now(), under())
    if item is None:
        abort(404)
    return item, before


def _onwards(item: Item, before: int, kept: str) -> Response:
    """To the next that waits, with how many are left; from a report back to it."""
    owed = item.obligation
    if owed.kind != "resolve":
        flash(kept)
        return redirect(url_for("obligation.show", obligation_id=owed.id), 303)
    with work().db.read() as session:
        left = unmatched.how_many(session, scope(), now(), under())
        following = unmatched.following(session, scope(), now(), under(), owed)
    narrowed = asked_for(request.args, "resolve")
    done = "Nothing is left with these filters." if narrowed.filters else "Everything is decided."
    flash(f"{kept} {left} of {before} left to decide." if left else f"{kept} {done}")
    if following is None:
        return redirect(narrowed.address(tab=None), 303)
    return redirect(url_for("unmatched.pick", obligation_id=following, _anchor="main"), 303)
