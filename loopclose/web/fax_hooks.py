"""The address at which a fax gateway tells that something became of a fax. It shows no page."""

from __future__ import annotations

from flask import Blueprint, Response, request

from loopclose.flows.delivery.told import told
from loopclose.web.access import work
from loopclose.web.needs import open_to_everybody

blueprint = Blueprint("fax_hooks", __name__)
LONGEST = 2**16
"""Bytes of what a gateway tells."""
SIGNATURES = ("X-Documo-Signature", "X-Signature", "X-Hub-Signature-256")
"""Headers in which a gateway signs."""


@blueprint.before_app_request
def as_it_comes() -> None:
    """Before anything takes it for a form: the bytes are what is signed."""
    if request.blueprint == blueprint.name:
        request.max_content_length = LONGEST
        request.get_data()


@blueprint.post("/fax/<path>")
@open_to_everybody
def heard(path: str) -> Response:
    """204 where it is taken, and 404 for everything else."""
    signature = next((found for one in SIGNATURES if (found := request.headers.get(one))), "")
    taken = told(work(), path, request.get_data(), request.headers.get("Authorization", ""), signature)
    return Response(status=204 if taken else 404)
