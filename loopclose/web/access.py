"""Who is at the screen: signing in and out, the session behind every page, and the audit of what was seen."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from loopclose.flows import sign_in as flow
from loopclose.flows.decisions.desk import Desk
from loopclose.flows.kept_forms import kept_for
from loopclose.flows.looks import note_look
from loopclose.flows.openid.doors import Door, sign_in_doors
from loopclose.flows.sign_in_tries import try_to_sign_in
from loopclose.flows.site import practice_of, zone_of
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.worklist_query import Days
from loopclose.web.home import by_link, home
from loopclose.web.inside import inside
from loopclose.web.needs import open_to_everybody, signed_in
from loopclose.web.words import wait_words

blueprint = Blueprint("access", __name__)


def work() -> Work:
    """The configuration, database and clock of this application."""
    found: Work = current_app.extensions["work"]
    return found


def now() -> datetime:
    """One instant for the whole request."""
    if "now" not in g:
        g.now = work().clock()
    moment: datetime = g.now
    return moment


def scope() -> Scope:
    """The practice of whoever is signed in."""
    found: Scope = g.signed_in.scope
    return found


def zone() -> ZoneInfo:
    """That practice's time zone."""
    return zone_of(work().config, scope().practice_id)


def days() -> Days:
    """Where that practice's today ends, and what else the lists go by."""
    return Days.of(practice_of(work().config, scope().practice_id).calendar, now())


def desk() -> Desk:
    """Where whoever is signed in decides."""
    return Desk(work(), scope(), g.signed_in.user.email)


def audit(action: str, subject: str | None = None) -> None:
    """Note what was looked at, in a transaction of its own."""
    note_look(work().db, now, g.signed_in, action, subject)


@blueprint.get("/sign-in")
@open_to_everybody
def sign_in() -> str:
    """The sign-in page."""
    return render_template("sign_in.html", next=inside(request.args.get("next")), providers=_providers())


@blueprint.post("/sign-in")
@open_to_everybody
def sign_in_now() -> Response:
    """Open a session, or say that e-mail and password do not fit, or when to try again."""
    target, email = inside(request.form.get("next")), request.form.get("email", "")
    password, where = request.form.get("password", ""), request.remote_addr or ""
    found = try_to_sign_in(work().db, work().clock, email, password, where)
    if isinstance(found, flow.SignedIn):
        return enter(found, target)
    page = render_template(
        "sign_in.html",
        next=target,
        providers=_providers(),
        email=email,
        refused=found,
        wait=wait_words(found.wait),
    )
    seconds = ceil(found.wait.total_seconds())
    return Response(page, 401 if found.checked else 429, {"Retry-After": str(seconds)} if seconds else {}, "text/html")


@blueprint.get("/sign-in/once/<token>")
@open_to_everybody
def once(token: str) -> str:
    """A page with one button: only a press uses the link up, not a preview of it."""
    return render_template("once.html", token=token, good=flow.link_is_good(work().db, work().clock, token))


@blueprint.post("/sign-in/once/<token>")
@open_to_everybody
def once_now(token: str) -> Response:
    """Use the link."""
    found = flow.use_link(work().db, work().clock, token)
    if found is None:
        abort(404)
    return enter(found, by_link(found.user.role))


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End the session."""
    flow.sign_out(work().db, work().clock, session.pop("token"))
    session.clear()
    return redirect(url_for("access.sign_in"), 303)


def enter(found: flow.SignedIn, target: str) -> Response:
    """Let somebody in who was found to be who they say: on to a page, or first to what is kept for them."""
    back = flow.ended(work().db, work().clock, session["was"]) if session.get("was") else None
    same, forms = back is not None and back.user.id == found.user.id, session.get("csrf_token")
    session.clear()
    session["token"] = found.token
    if same and forms:
        session["csrf_token"] = forms  # forms of pages that stayed open are theirs
    target = home(found.user.role) if target == "/" else target
    if not kept_for(work().db, work().clock, found.scope, found.user.id):
        return redirect(target, 303)
    session["onward"] = target
    return redirect(url_for("kept.show"), 303)


def _providers() -> list[Door]:
    """Whose word counts beside the password."""
    return list(sign_in_doors(work().config).values())
