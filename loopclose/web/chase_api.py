"""The address at which offices of referrers ask by machine where a report is. No cookie counts here."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, request

from loopclose.flows.chasing.machines import SPAN, NotAnswered, answer
from loopclose.web.access import work
from loopclose.web.needs import open_to_everybody

blueprint = Blueprint("chase_api", __name__)


@blueprint.post("/api/chase")
@open_to_everybody
def ask() -> Response:
    """Where the one report stands that fits the question; status ``unknown`` for all that does not fit."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        told = answer(work(), token.strip() if scheme.lower() == "bearer" else "", _body())
    except NotAnswered as problem:
        refused = jsonify(error=str(problem))
        refused.status_code = problem.status
        if problem.status == 401:
            refused.headers["WWW-Authenticate"] = "Bearer"
        if problem.status == 429:
            refused.headers["Retry-After"] = str(int(SPAN.total_seconds()))
        return refused
    return jsonify(told)


def _body() -> object:
    """What came, as JSON; None for anything else, which is refused after the token was looked at."""
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None
