"""The proof of who somebody is (ID token): every check of OpenID Connect Core 1.0, 3.1.3.7, each with its own name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fhir_adapters.openid.key_sets import KeySets
from fhir_adapters.openid.provider import Provider
from fhir_adapters.openid.refused import NotProven
from fhir_adapters.openid.signed import checked, unchecked

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key pair. Never ``none``, and never a secret that both sides know."""
CLOCKS_APART = 60
"""Seconds by which the provider's clock may differ from ours."""
LONGEST_SUBJECT = 255
"""OpenID Connect Core 1.0, 2: "MUST NOT exceed 255 ASCII characters in length"."""
_CODES = {
    "iss": "issuer",
    "aud": "audience",
    "azp": "audience",
    "nonce": "nonce",
    "exp": "expired",
    "iat": "early",
    "nbf": "early",
    "auth_time": "not_fresh",
}


@dataclass(frozen=True)
class Expected:
    """What a proof must say to be the answer to our question."""

    client_id: str
    nonce: str
    access_token: str | None
    """The token that came with it; its digest stands in some proofs."""
    signed_in_since: float | None = None
    """Seconds since 1970, where it matters when the person last showed who they are."""


def claims_of(token: str, provider: Provider, keys: KeySets, expected: Expected, now: float) -> dict[str, Any]:
    """The claims of a proof that is taken; raises ``NotProven`` with the first thing that is wrong.

    ``now`` in seconds since 1970.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import ClaimError, ExpiredTokenError, JoseError

    said = checked(token, provider.jwks_uri, keys, ALGORITHMS)
    must = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    asked = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    try:
        CodeIDToken(said, unchecked(token).header, must, asked).validate(int(now), CLOCKS_APART)
    except ExpiredTokenError as problem:
        raise NotProven("expired") from problem
    except ClaimError as problem:
        raise NotProven(_CODES.get(problem.claim, "malformed")) from problem
    except (JoseError, TypeError, ValueError, AttributeError) as problem:
        raise NotProven("malformed") from problem
    if not 0 < len(said["sub"]) <= LONGEST_SUBJECT or not said["sub"].isprintable():
        raise NotProven("malformed")
    since = expected.signed_in_since
    if since is not None:
        at = said.get("auth_time")
        if not isinstance(at, int | float) or isinstance(at, bool) or at < since - CLOCKS_APART:
            raise NotProven("not_fresh")
    return said
