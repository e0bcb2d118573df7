"""How long the session lasts, for the warning before it ends; and making it last longer."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, g, jsonify, session

from loopclose.flows import sign_in as flow
from loopclose.web.access import now, work
from loopclose.web.needs import open_to_everybody, signed_in

blueprint = Blueprint("still_here", __name__)


@blueprint.get("/session")
@open_to_everybody
def left() -> Response:
    """The seconds that are left of it, 0 where it is over. Asking makes it no longer."""
    token, idle = session.get("token"), timedelta(minutes=work().config.web.session_idle_minutes)
    return _told(flow.resume(work().db, work().clock, token, idle, used=False) if token else None)


@blueprint.post("/session")
@signed_in
def stay() -> Response:
    """As every page that is opened does, this makes it last longer; the seconds that are left now."""
    return _told(g.signed_in)


def seconds_left(who: flow.SignedIn | None) -> int:
    """Until the session ends, if nobody uses it."""
    if who is None or who.ends_at is None:
        return 0
    return max(int((who.ends_at - now()).total_seconds()), 0)


def _told(who: flow.SignedIn | None) -> Response:
    return jsonify(seconds=seconds_left(who), last=who is not None and who.is_last)
