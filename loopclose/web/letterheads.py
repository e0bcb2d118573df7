"""How the letters of the practice look: its templates, each to be seen with a made-up letter before it is used."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from loopclose.errors import UsageError
from loopclose.flows.letterheads import letterheads_of, previewed
from loopclose.web.access import scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("letterheads", __name__)
REFUSED = 422
"""The status of the page that says why a template cannot be used."""


@blueprint.get("/letterheads")
@needs("preview_letters")
def show() -> str:
    """The list."""
    return render_template("letterheads.html", letterheads=letterheads_of(work(), scope()), why={})


@blueprint.get("/letterheads/<int:no>")
@needs("preview_letters")
def preview(no: int) -> Response | tuple[str, int]:
    """A made-up letter as PDF; for a template that is broken, the list with why and in which line."""
    found = letterheads_of(work(), scope())
    if not 0 < no <= len(found):
        abort(404)
    try:
        body = previewed(work(), scope(), found[no - 1])
    except UsageError as problem:
        return render_template("letterheads.html", letterheads=found, why={no: str(problem)}), REFUSED
    return Response(
        body, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="letter.pdf"'}
    )
