"""The notice of a missed visit, on the page of what is owed: written, read and released by staff."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from loopclose.errors import UsageError
from loopclose.flows.papers.notice import draft_notice, release_notice
from loopclose.web.access import scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("notices", __name__)


@blueprint.post("/obligation/<obligation_id>/notice")
@needs("draft")
def write(obligation_id: str) -> Response:
    """Write it, or write it anew."""
    try:
        draft_notice(work(), scope(), obligation_id, g.signed_in.user.email)
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(obligation_id)


@blueprint.post("/obligation/<obligation_id>/notice/release")
@needs("release_notice")
def release(obligation_id: str) -> Response:
    """Release it as it was read."""
    try:
        release_notice(work(), scope(), obligation_id, request.form.get("sha256", ""), g.signed_in.user.email)
        flash("Released: see below where it goes.")
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(obligation_id)


def _back(obligation_id: str) -> Response:
    return redirect(url_for("obligation.show", obligation_id=obligation_id, _anchor="notice"), 303)
