"""What a request gets whose session is over: the sign-in page with the way back, and its form kept for its sender."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from loopclose.flows import kept_forms
from loopclose.flows import sign_in as flow
from loopclose.web.access import work
from loopclose.web.needs import SOMEBODY

NOT_ENTERED = frozenset({"csrf_token", "kept", "sure", "has_read", "password", "one_time_code"})
"""Fields that are not kept: the token, what shows who somebody is, and the answer to what is asked once more."""


def answer(need: str) -> ResponseReturnValue:
    """To the sign-in page: for htmx as a whole page, as what it asks for would be drawn into a part of one."""
    found = over()
    session.pop("token", None)
    if found is None:
        session.clear()
    elif request.method == "POST" and need != SOMEBODY:
        fields = [(name, text) for name, text in request.form.items(multi=True) if name not in NOT_ENTERED]
        kept_forms.keep(work().db, work().clock, found.scope, found.user.id, request.path, fields)
    asked = request.full_path.removeprefix(request.path) if request.query_string else ""
    way_back = (request.path if request.method == "GET" else page_above(request.path)) + asked
    address = url_for("access.sign_in", next=way_back)
    return Response(status=401, headers={"HX-Redirect": address}) if for_a_part() else redirect(address, 303)


def for_a_part() -> bool:
    """Whether htmx asks for a part of a page, in which a whole page must not be drawn."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def over() -> flow.Ended | None:
    """Whose session in this browser is over, and why; None where there was none."""
    token = session.get("token") or session.get("was")
    if not token:
        return None
    found = flow.ended(work().db, work().clock, token)
    if found is not None and session.get("was") != token:
        session["was"] = token  # the token of a session that is over opens nothing
    return found


def over_words() -> list[str]:
    """What the sign-in page says to somebody whose session is over."""
    found = over()
    if found is None:
        return []
    minutes = work().config.web.session_idle_minutes
    why = {
        "idle": f"You were signed out after {minutes} {'minute' if minutes == 1 else 'minutes'} without a click.",
        "longest": f"You were signed out: a session lasts {_hours(flow.LONGEST)} hours at most.",
        "ended": "Your session was ended.",
    }[found.why]
    words = [f"{why} Sign in, and you are back where you were."]
    if kept_forms.kept_for(work().db, work().clock, found.scope, found.user.id):
        hours = _hours(kept_forms.KEPT_FOR)
        words.append(
            f"What you entered was not sent. It is kept for you for {'an hour' if hours == 1 else f'{hours} hours'}, "
            "and shown to you again once you have signed in."
        )
    return words


def page_above(path: str) -> str:
    """The nearest page on the way up from where a form was sent to."""
    adapter = current_app.url_map.bind("")
    parts = path.strip("/").split("/")
    for count in range(len(parts), 0, -1):
        above = "/" + "/".join(parts[:count])
        try:
            adapter.match(above, method="GET")
        except (HTTPException, RequestRedirect):
            continue
        return above
    return "/"


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))
