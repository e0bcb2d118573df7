"""The one check before every page: is somebody signed in, and may their role do what the route needs?"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, abort, current_app, g, render_template, request, session
from flask.typing import ResponseReturnValue

from loopclose.domain.roles import ACTIONS, may, refused
from loopclose.flows import kept_forms
from loopclose.flows import sign_in as flow
from loopclose.web import session_over
from loopclose.web.access import work
from loopclose.web.needs import NOBODY, SOMEBODY, need_of


def watch(app: Flask) -> None:
    """Check every request; raises ``LookupError`` where a route does not say what it needs."""
    for rule in app.url_map.iter_rules():
        need_of(app, rule.endpoint)
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    """None where the request goes on."""
    if request.endpoint is None:
        return None
    need = need_of(current_app, request.endpoint)
    if need == NOBODY:
        return None
    idle = timedelta(minutes=work().config.web.session_idle_minutes)
    token = session.get("token")
    g.signed_in = flow.resume(work().db, work().clock, token, idle) if token else None
    if g.signed_in is None:
        return session_over.answer(need)
    if need == SOMEBODY:
        return None
    action = need.format(**(request.view_args or {}))
    if action not in ACTIONS:
        abort(404)
    role = g.signed_in.user.role
    if may(role, action):
        if request.method == "POST" and request.form.get("kept"):  # sent now: it is offered no more
            kept_forms.drop(work().db, work().clock, g.signed_in.scope, g.signed_in.user.id, request.form["kept"])
        return None
    if request.method == "GET" and session_over.for_a_part():  # htmx draws no refusal: it is opened as a page
        return Response(status=403, headers={"HX-Redirect": request.full_path.rstrip("?")})
    return render_template("error.html", status=403, words=refused(role, action)), 403
