"""What the office of a referrer does not want: said, and taken back, on the page of the referrer."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, request
from werkzeug.wrappers import Response

from loopclose.domain.clinician_key import is_key
from loopclose.errors import UsageError
from loopclose.flows.delivery import said
from loopclose.web.access import scope, work
from loopclose.web.addresses import page_of, text_of
from loopclose.web.needs import needs

blueprint = Blueprint("opt_outs", __name__)


@blueprint.post("/opt-outs")
@needs("keep_addresses")
def add() -> Response:
    """They do not want it from now on."""
    key, words = _referrer(), text_of(request.form, "words")
    try:
        if not words:
            raise UsageError("Say who said so, and how: nothing was kept.")
        said.opt_out(work(), scope(), key, request.form.get("what", ""), g.signed_in.user.email, words)
        flash("Kept: it is heeded from now on.")
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(key)


@blueprint.post("/opt-outs/end")
@needs("keep_addresses")
def end() -> Response:
    """They want it again."""
    key = _referrer()
    try:
        said.opt_in(work(), scope(), key, request.form.get("what", ""), g.signed_in.user.email)
        flash("Kept: they want it again.")
    except UsageError as problem:
        flash(str(problem), "refused")
    return _back(key)


def _referrer() -> str:
    key = request.form.get("referrer", "")
    if not is_key(key):
        abort(404)
    return key


def _back(key: str) -> Response:
    return redirect(f"{page_of(key)}#unwanted", 303)
