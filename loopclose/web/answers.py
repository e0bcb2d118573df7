"""Every answer to "who really asked?": who gave it, when, for what, and taking it back."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.commands import TakeBack
from loopclose.domain.moves import MOVES, refusal
from loopclose.flows.decisions.desk import MoveRefused, actor_of
from loopclose.flows.decisions.situations import of_answer
from loopclose.store import requester_answers, users
from loopclose.store.namesakes import namesakes
from loopclose.web.access import audit, desk, now, scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("answers", __name__)
SHOWN = 5
"""Requests shown of one answer."""


@blueprint.get("/answers")
@needs("see_unmatched")
def everything() -> str:
    """The newest first."""
    with work().db.read() as session:
        rows = requester_answers.answers(session, scope())
        about = requester_answers.subjects(session, scope(), rows)
        names = users.names(session, scope())
        alike = namesakes(session, scope(), [one.patient for touched in about.values() for one in touched[:SHOWN]])
        found = [(row, of_answer(session, scope(), row), about[row.id]) for row in rows]
    audit("view_answers")
    actor, move = actor_of(g.signed_in.user), MOVES["take_back"]
    shown = [(row, it.state, refusal(move, it, actor, now()) is None, touched) for row, it, touched in found]
    return render_template("answers.html", answers=shown, most=SHOWN, names=names, namesakes=alike)


@blueprint.post("/answers/<answer_id>/take-back")
@needs("take_back")
def take_back(answer_id: str) -> Response:
    """It does not hold any more; whoever it touched is asked about again."""
    try:
        desk().do(TakeBack(answer=answer_id, seen=request.form.get("seen")))
    except MoveRefused as problem:
        flash(str(problem), "refused")
    else:
        flash("Taken back. What hung on it is asked again.")
    return redirect(url_for("answers.everything"), 303)
