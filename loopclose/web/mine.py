"""The way of somebody who has a minute between two patients: to what is most pressing of what is theirs to write."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, url_for
from werkzeug.wrappers import Response

from loopclose.store.worklist import most_pressing_to_write
from loopclose.web.access import days, now, scope, work
from loopclose.web.home import home
from loopclose.web.needs import needs

blueprint = Blueprint("mine", __name__)


@blueprint.get("/mine")
@needs("see_reports")
def first() -> Response:
    """The page of the most pressing report that is theirs to write; where there is none, where they begin."""
    user = g.signed_in.user
    with work().db.read() as session:
        item = most_pressing_to_write(session, scope(), now(), days(), user.email)
    if item is None:
        flash("No report waits for you to write.")
        return redirect(home(user.role), 303)
    flash("This is the most pressing report that waits for you to write; the others are under Reports.")
    return redirect(url_for("obligation.show", obligation_id=item.obligation.id), 303)
