"""How a draft goes that was asked for, and as which kind of letter: what the page of a report shows."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.errors import UsageError
from loopclose.flows.papers.asking import drafting_of
from loopclose.flows.papers.kinds import choose_kind
from loopclose.store import users
from loopclose.store.worklist import one
from loopclose.web.access import now, scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("drafting", __name__)
STOP_ASKING = 286
"""Status by which htmx ends asking again: https://htmx.org/docs/#load_polling"""


@blueprint.post("/obligation/<obligation_id>/letter-kind")
@needs("draft")
def choose(obligation_id: str) -> Response:
    """Have the letter drafted as another kind, or by rule again."""
    try:
        choose_kind(work(), scope(), obligation_id, request.form.get("kind", ""), g.signed_in.user.email)
    except UsageError as problem:
        flash(str(problem), "refused")
    return redirect(url_for("obligation.show", obligation_id=obligation_id, _anchor="draft"), 303)


@blueprint.get("/obligation/<obligation_id>/drafting")
@needs("see_reports")
def state(obligation_id: str) -> Response:
    """Nothing while it is under way; then word to load the page anew. It says nothing about a patient."""
    page = url_for("obligation.show", obligation_id=obligation_id, _anchor="draft")
    if "HX-Request" not in request.headers:
        return redirect(page, 303)
    with work().db.read() as session:
        item = one(session, scope(), now(), obligation_id)
        names = users.names(session, scope())
    if item is None:
        abort(404)
    drafting = drafting_of(work(), scope(), item.obligation)
    if drafting.job is None or not drafting.job.is_open:
        return Response(headers={"HX-Refresh": "true"})
    if drafting.nobody_at_it or drafting.long:
        shown = render_template("obligation/_under_way.html", o=item.obligation, drafting=drafting, names=names)
        return make_response(shown, STOP_ASKING)
    return Response(status=204)
