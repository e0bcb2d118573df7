"""Our public keys, where every EHR finds them (``jwks_uri``): they are for everybody, and nothing secret is in them."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from loopclose.flows.ehr_keys import PUBLISHED_AT, public_keys
from loopclose.web.access import work
from loopclose.web.needs import open_to_everybody

KEPT_SECONDS = 300
"""How long an answer may be kept: EHRs go by it, and a key that must be replaced at once should be known soon."""
blueprint = Blueprint("keys", __name__)


@blueprint.get(PUBLISHED_AT)
@open_to_everybody
def published() -> Response:
    """The JWK Set (RFC 7517) of the keys of all EHRs, current and next."""
    answer = Response(json.dumps(public_keys(work().config)), mimetype="application/json")
    answer.cache_control.public = True
    answer.cache_control.max_age = KEPT_SECONDS
    return answer
