"""The page Sent, of mails to staff: what they were told, what did not leave and why, and what is decided about it."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from loopclose.domain.roles import may
from loopclose.errors import UsageError
from loopclose.flows.decisions.desk import NotThere
from loopclose.flows.night.deciding import CAN_BE_DROPPED, CAN_BE_SENT, Decider
from loopclose.outbound.frozen import text_of
from loopclose.store import alerts, mails
from loopclose.store.outbox import CANCELLED, FAILED, HELD, PLANNED, SENDING, SENT, STATES, WAITING
from loopclose.web.access import scope, work
from loopclose.web.needs import needs

blueprint = Blueprint("mails", __name__)
TABS = {
    "": ("All", None),
    "failed": ("Not delivered", (FAILED,)),
    "held": ("Held after a restore", (HELD,)),
    "waiting": ("On their way", (PLANNED, WAITING, SENDING)),
    "sent": ("Sent", (SENT,)),
    "cancelled": ("Not sent", (CANCELLED,)),
}
"""By the word in the address: what a tab is called, and the states that it shows."""
SIGNS = {
    PLANNED: ("○", "To be sent"),
    SENDING: ("…", "Being sent"),
    WAITING: ("…", "Waits, and is tried again by itself"),
    SENT: ("✓", "Sent"),
    FAILED: ("⚠", "Not delivered"),
    HELD: ("‖", "Held after a restore"),
    CANCELLED: ("–", "Not sent"),
}


@blueprint.get("/mails")
@needs("see_mails")
def everything() -> str:
    """The newest mails of one tab, as they were sent."""
    tab = request.args.get("state", "")
    tab = tab if tab in TABS else ""
    states = TABS[tab][1]
    with work().db.read() as session:
        found = mails.newest(session, scope(), states)
        counts = mails.count_open(session, scope())
        tries = mails.attempts_of(session, scope(), [one.id for one in found])
        names = {email: user.name for email, user in alerts.colleagues(session, scope()).items()}
    tallies = {word: sum(counts.get(state, 0) for state in kinds or ()) for word, (_, kinds) in TABS.items()}
    return render_template(
        "mails.html",
        tab=tab,
        tabs=TABS,
        tallies=tallies,
        mails=[(one, text_of(one.body), tries.get(one.id, [])) for one in found],
        names=names,
        signs=SIGNS,
        means=STATES,
        can_be_sent=CAN_BE_SENT,
        can_be_dropped=CAN_BE_DROPPED,
        decides=may(g.signed_in.user.role, "decide_mail"),
        most=mails.MOST_SHOWN,
    )


@blueprint.post("/mails/<key>/send")
@needs("decide_mail")
def send(key: str) -> Response:
    """It leaves with the next run."""
    return _decided(key, "send")


@blueprint.post("/mails/<key>/drop")
@needs("decide_mail")
def drop(key: str) -> Response:
    """It never leaves."""
    return _decided(key, "drop")


def _decided(key: str, what: str) -> Response:
    decider = Decider(work().db, work().clock, scope(), g.signed_in.user.email)
    try:
        if what == "send":
            decider.send_again(key)
            flash("It leaves within a few minutes, if what it says is still true by then.")
        else:
            decider.drop(key)
            flash("Dropped. Nobody gets it.")
    except NotThere:
        raise
    except UsageError as problem:
        flash(str(problem), "refused")
    tab = request.form.get("state", "")
    return redirect(url_for("mails.everything", state=tab if tab in TABS and tab else None), 303)
