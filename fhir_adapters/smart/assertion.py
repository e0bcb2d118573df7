"""The assertion by which we prove who we are (private_key_jwt, RFC 7523, as SMART narrows it)."""

from __future__ import annotations

import uuid

from fhir_adapters.smart.keys import SigningKey

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = 240
"""Seconds. SMART allows five minutes; the rest is for clocks that do not agree."""


def client_assertion(key: SigningKey, client_id: str, token_endpoint: str, now: float) -> str:
    """An assertion for one request to that endpoint; ``now`` in seconds since 1970.

    The audience is one text, and ``iat`` is always there: Keycloak refuses a list, and an ``exp`` without it.
    """
    from joserfc import jwt

    header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_endpoint,
        "jti": str(uuid.uuid4()),
        "iat": int(now),
        "exp": int(now) + LIFE,
    }
    return jwt.encode(header, claims, key.key, algorithms=[key.algorithm])
