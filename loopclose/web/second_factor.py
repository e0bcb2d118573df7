"""My second factor: an authenticator whose codes show, before signing, who is there. Made anew, confirmed, given up."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.flows.proving import proof_of, prove_by_code
from loopclose.flows.sign_in_tries import Refused
from loopclose.web.access import work
from loopclose.web.needs import needs
from loopclose.web.proving import authenticator, prove, ways
from loopclose.web.words import wait_words

blueprint = Blueprint("second_factor", __name__)
PROVE_FIRST = "Show first that it is you: by your password, a code, or at your provider."


@blueprint.get("/second-factor")
@needs("sign")
def show() -> str:
    """Whether there is one; and while one waits for its first code, how an authenticator reads it."""
    proof = proof_of(g.signed_in, work().clock())
    address = authenticator().address(g.signed_in) if proof else None
    qr = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="white") if address else None
    secret = address.partition("secret=")[2].partition("&")[0] if address else None
    return render_template("second_factor.html", proof=proof, ways=ways(), qr=qr, secret=secret)


@blueprint.post("/second-factor/make")
@needs("sign")
def make() -> Response:
    """A new one, by somebody who showed who they are: not by whoever sits at a screen that was left open."""
    if _is_proven():
        authenticator().make(g.signed_in)
    return redirect(url_for("second_factor.show"), 303)


@blueprint.post("/second-factor/confirm")
@needs("sign")
def confirm() -> Response:
    """The first code: from then on codes count."""
    where = request.remote_addr or ""
    found = prove_by_code(
        work().db, work().clock, g.signed_in, request.form.get("one_time_code", ""), where, authenticator()
    )
    if isinstance(found, Refused):
        wait = f" Try again in {wait_words(found.wait)}." if found.wait else ""
        flash(f"That code does not count.{wait}", "refused")
    else:
        flash("Your authenticator is ready: its codes are asked for before you sign.")
    return redirect(url_for("second_factor.show"), 303)


@blueprint.post("/second-factor/drop")
@needs("sign")
def drop() -> Response:
    """Give it up: the password is asked for again."""
    if _is_proven():
        authenticator().drop(g.signed_in)
        flash("You have no authenticator any more.")
    return redirect(url_for("second_factor.show"), 303)


def _is_proven() -> bool:
    proof, why = prove(request.form)
    if proof is None:
        flash(why or PROVE_FIRST, "refused")
    return proof is not None
