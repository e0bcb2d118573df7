"""Pages for EHRs that ask for cards (CDS Hooks): which services there are, and their answers.

A browser of the EHR may ask too (CORS): from anywhere, as no cookie counts here and the token says who asks.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request

from loopclose.flows.hooks.answering import NotAnswered, cards_for, who_asks
from loopclose.flows.hooks.asked import SERVICES, NotAsked, asked
from loopclose.web.access import work
from loopclose.web.needs import open_to_everybody
from loopclose.web.outside import providers

blueprint = Blueprint("hooks", __name__)
LONGEST = 2**20
"""Bytes of a request: some EHRs send along what nobody asked for."""


@blueprint.before_app_request
def longer() -> None:
    """Before anything looks at the request."""
    if request.blueprint == blueprint.name:
        request.max_content_length = LONGEST


@blueprint.get("/cds-services")
@open_to_everybody
def services() -> Response:
    """The services, where an EHR is configured that may ask."""
    may_ask = any(ehr.hooks_issuers for ehr in work().config.ehr.values())
    return jsonify(services=[one.told() for one in SERVICES.values()] if may_ask else [])


@blueprint.post("/cds-services/<service_id>")
@open_to_everybody
def answer(service_id: str) -> Response:
    """The cards; who asks is proven first, and what is asked looked at then."""
    service = SERVICES.get(service_id)
    if service is None:
        abort(404)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        name, asker = who_asks(work(), providers(), service, token.strip() if scheme.lower() == "bearer" else "")
        return jsonify(cards=cards_for(work(), name, asker, service, asked(service, request.get_data())))
    except NotAnswered as problem:
        told = jsonify(error=str(problem))
        told.status_code = 401
        told.headers["WWW-Authenticate"] = "Bearer"
        return told
    except NotAsked as problem:
        told = jsonify(error=str(problem))
        told.status_code = 400
        return told


@blueprint.after_request
def for_browsers(told: Response) -> Response:
    """CORS, as CDS Hooks asks of every service."""
    told.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        told.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        told.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        told.headers["Access-Control-Max-Age"] = "600"
    return told
