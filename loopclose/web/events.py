"""The address at which an EHR tells that something happened. It shows no page: what is told is kept, and no more."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from loopclose.flows.hearing import NotHeard, Request, hear
from loopclose.web.access import work
from loopclose.web.needs import open_to_everybody

blueprint = Blueprint("events", __name__)
LONGEST = 2**20
"""Bytes of a notification: some hundreds of events by id."""


@blueprint.before_app_request
def as_it_comes() -> None:
    """Before anything takes it for a form: the bytes are what is proven."""
    if request.blueprint == blueprint.name:
        request.max_content_length = LONGEST
        request.get_data()


@blueprint.post("/events/<ehr>")
@open_to_everybody
def told(ehr: str) -> Response:
    """204, which every sender takes as received: HAPI sends again after 200 without a Bundle, and after 202."""
    signature, authorization = (request.headers.get(name) for name in ("X-Hub-Signature", "Authorization"))
    came = Request(request.get_data(), signature, authorization, request.remote_addr or "")
    try:
        hear(work(), ehr, came)
    except NotHeard as problem:
        answer = jsonify(error=str(problem))
        answer.status_code = problem.status
        if problem.status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return Response(status=204)
