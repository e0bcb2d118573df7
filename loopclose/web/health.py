"""Pages for whoever runs Loopclose: what is read, what is held up, and the mails of the night."""

from __future__ import annotations

from flask import Blueprint, render_template

from loopclose.flows.site import sites
from loopclose.store import alerts, runs
from loopclose.store.quarantine import in_quarantine
from loopclose.store.worklist import authors
from loopclose.web.access import scope, signed_in, work

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@signed_in
def show() -> str:
    """Runs, quarantine, authors without an account, unsent mails."""
    mine = [site for site in sites(work().config) if site.scope == scope()]
    with work().db.read() as session:
        read = [(site, runs.last_run(session, scope(), site.ehr)) for site in mine]
        known = alerts.authors(session, scope())
        without = [name for key, name in authors(session, scope()) if key not in known]
        held, waiting = in_quarantine(session, scope()), alerts.unsent(session, scope())
        roles = alerts.users_by_role(session, scope())
    missing = [role for role in ("coordinator", "lead", "manager") if role not in roles]
    return render_template("health.html", runs=read, without=without, held=held, waiting=waiting, missing=missing)


@blueprint.get("/mails")
@signed_in
def mails() -> str:
    """The newest mails, as they were sent."""
    with work().db.read() as session:
        found = alerts.messages(session, scope())
    return render_template("mails.html", mails=[(m, m.body.split("\r\n\r\n", 1)[-1]) for m in found])
