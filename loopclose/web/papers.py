"""A paper of a report as a file, to be printed or faxed, and as it was signed: made when it is asked for."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from loopclose.flows.papers.letter import letter_of, look_of
from loopclose.flows.papers.under import signed_as
from loopclose.letters.forms import asked_for, kinds_of, name_of_file
from loopclose.store import users
from loopclose.store.worklist import one
from loopclose.web.access import audit, now, scope, work
from loopclose.web.delivering import letter_panel
from loopclose.web.needs import needs

blueprint = Blueprint("papers", __name__)


@blueprint.get("/obligation/<obligation_id>/signed/<int:no>")
@needs("see_reports")
def signed(obligation_id: str, no: int) -> str:
    """The letter as it stands under one signature, verified anew: also one that a later letter replaced."""
    with work().db.read() as session:
        found = signed_as(session, scope(), obligation_id, no)
        item = one(session, scope(), now(), obligation_id)
        if found is None or item is None:
            abort(404)
        panel, names = letter_panel(session, item.obligation), users.names(session, scope())
    audit("view_paper", obligation_id)
    return render_template("signed.html", item=item, signed=found, names=names, **panel)


@blueprint.get("/obligation/<obligation_id>/papers/<paper>")
@needs("see_reports")
def file(obligation_id: str, paper: str) -> Response:
    """One file, such as ``consult-note.pdf``; why it cannot be made, where it cannot."""
    asked = asked_for(paper)
    letter = letter_of(work(), scope(), obligation_id)
    if asked is None or letter is None or asked[0] not in kinds_of(letter, asked[1]):
        abort(404)
    audit("view_paper", obligation_id)
    kind, form = asked
    body = form.make(letter, kind, look_of(work().config, scope(), letter.header.author))
    name = f"{name_of_file(letter, kind)}{form.suffix}"
    return Response(body, content_type=form.media_type, headers={"Content-Disposition": f'inline; filename="{name}"'})
