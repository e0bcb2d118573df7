"""Taking a signed token (JWT, RFC 7519) apart: by whose key, by which algorithm, and what it claims."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fhir_adapters.openid.key_sets import KeySets
from fhir_adapters.openid.refused import NotProven

LONGEST = 1 << 15
"""Characters of a token that are looked at."""


@dataclass(frozen=True)
class Unchecked:
    """What a token says of itself before its signature is looked at: only good for finding the key."""

    header: dict[str, Any]
    claims: dict[str, Any]

    def text(self, name: str) -> str | None:
        """A text of the header."""
        found = self.header.get(name)
        return found if isinstance(found, str) else None


def unchecked(token: str) -> Unchecked:
    """Header and claims, not believed yet; raises ``NotProven`` where it is no token at all."""
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 3:
        raise NotProven("malformed")
    header, claims = (_object(part) for part in parts[:2])
    return Unchecked(header, claims)


def checked(token: str, jwks_uri: str, keys: KeySets, algorithms: Collection[str]) -> dict[str, Any]:
    """The claims of a token whose signature fits a key published at ``jwks_uri``, by one of ``algorithms``.

    Raises ``NotProven``, or what asking for the keys raises. What the header says of keys elsewhere is not looked at.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError

    told = unchecked(token)
    algorithm = told.text("alg")
    if algorithm is None or algorithm not in algorithms:
        raise NotProven("algorithm")
    key = keys.key(jwks_uri, told.text("kid"), algorithm)
    try:
        return dict(jwt.decode(token, key, algorithms=[algorithm]).claims)
    except (JoseError, ValueError) as problem:
        raise NotProven("signature") from problem


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError) as problem:
        raise NotProven("malformed") from problem
    if not isinstance(found, dict):
        raise NotProven("malformed")
    return found
