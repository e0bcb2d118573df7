"""The page Codes: what no map knows, what it shall mean from now on, whom that concerns, and taking it back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.code_elements import ELEMENTS, can_be_said, meanings_of
from loopclose.errors import UsageError
from loopclose.flows.codes import Listed, history, listed
from loopclose.flows.decisions.on_codes import Mapper
from loopclose.store import unmapped, users
from loopclose.web.access import audit, scope, work
from loopclose.web.kinds import LISTS
from loopclose.web.needs import needs

blueprint = Blueprint("codes", __name__)


@blueprint.get("/codes")
@needs("see_codes")
def everything() -> str:
    """What somebody is asked for first, the most frequent first."""
    with work().db.read() as session:
        found = listed(session, scope())
        names = users.names(session, scope())
    known = {ehr: work().site_of(scope().practice_id, ehr).rules.code_map for ehr in {one.code.ehr for one in found}}
    return render_template(
        "codes.html",
        asked=[one for one in found if one.asks],
        taken=[one for one in found if not one.asks and one.said is None],
        said=[one for one in found if one.said is not None],
        meanings={one.key: meanings_of(one.code.element, known[one.code.ehr]) for one in found},
        elements=ELEMENTS,
        most=unmapped.COUNTED,
        names=names,
        can_be_said=can_be_said,
    )


@blueprint.get("/codes/<code_key>")
@needs("see_codes")
def show(code_key: str) -> str:
    """One code: whom it concerns, and what would change with what was picked."""
    one = _one(code_key)
    site = work().site_of(scope().practice_id, one.code.ehr)
    meanings = meanings_of(one.code.element, site.rules.code_map)
    picked = request.args.get("as", "")
    picked = picked if picked in meanings else ""
    mapper = _mapper()
    with work().db.read() as session:
        rows = history(session, scope(), one.code)
        names = users.names(session, scope())
    holds = one.said is not None
    audit("view_code", one.key)
    return render_template(
        "code.html",
        one=one,
        element=ELEMENTS[one.code.element],
        meanings=meanings,
        picked=picked,
        effect=mapper.effect(one.code, picked or None),
        taking_back=mapper.effect(one.code, None) if holds else None,
        kinds={kind: words.name.lower() for kind, words in LISTS.items()},
        rows=rows,
        names=names,
        can_be_said=can_be_said(one.code.token),
    )


@blueprint.post("/codes/<code_key>")
@needs("map_codes")
def assign(code_key: str) -> Response:
    """From now on it means that."""
    one, mapper = _one(code_key), _mapper()
    try:
        mapper.assign(one.code, request.form.get("meaning", ""), request.form.get("seen"))
    except UsageError as problem:
        flash(str(problem), "refused")
        return redirect(url_for("codes.show", code_key=code_key), 303)
    flash(_done(mapper))
    return redirect(url_for("codes.everything"), 303)


@blueprint.post("/codes/<code_key>/take-back")
@needs("map_codes")
def take_back(code_key: str) -> Response:
    """It does not hold any more."""
    one, mapper = _one(code_key), _mapper()
    try:
        mapper.withdraw(one.code, request.form.get("seen"))
    except UsageError as problem:
        flash(str(problem), "refused")
    else:
        flash(f"Taken back. {_done(mapper)}")
    return redirect(url_for("codes.show", code_key=code_key), 303)


def _one(code_key: str) -> Listed:
    with work().db.read() as session:
        found = next((one for one in listed(session, scope()) if one.key == code_key), None)
    if found is None or found.code.ehr not in work().config.ehr:
        abort(404)
    return found


def _mapper() -> Mapper:
    return Mapper(work(), scope(), g.signed_in.user.email)


def _done(mapper: Mapper) -> str:
    if not mapper.judged:
        return "It holds from the next sync on: nobody who is followed has this code now."
    who = "1 patient was" if mapper.judged == 1 else f"{mapper.judged} patients were"
    return f"{who} judged again; what is owed follows it now."
