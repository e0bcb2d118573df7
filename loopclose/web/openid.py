"""Signing in by a provider's word (OpenID Connect): the way out and the way back."""

from __future__ import annotations

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from loopclose.flows.openid.doors import Door, proving_door, sign_in_doors
from loopclose.web import begun
from loopclose.web.access import work
from loopclose.web.inside import inside
from loopclose.web.needs import open_to_everybody
from loopclose.web.outside import away, back_again, proved

blueprint = Blueprint("openid", __name__)
BACK = "openid.back"


@blueprint.get("/sign-in/with/<name>")
@open_to_everybody
def begin(name: str) -> Response:
    """To the provider. Nothing is written down but in this browser's cookie."""
    return away(_door(name), BACK, inside(request.args.get("next")))


@blueprint.get("/sign-in/with/<name>/back")
@open_to_everybody
def back(name: str) -> Response:
    """From the provider. The address of this page is what is registered there (redirect URI)."""
    door = _door(name)
    if begun.is_under_way(request.args.get("state"), proving_door(door).key):
        return proved(proving_door(door), BACK)
    return back_again(door, BACK, "sign_in_by_provider", lambda arrived: arrived.onward)


def _door(name: str) -> Door:
    found = sign_in_doors(work().config).get(name)
    if found is None:
        abort(404)
    return found
