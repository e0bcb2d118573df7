"""Who asks for cards: the token that the EHR signs for each request ("Trusting CDS Clients", https://cds-hooks.hl7.org).

What it says of its issuer and of where its key is (``jku``) is looked up in what was agreed on before anything is
fetched; otherwise anybody could have us believe a key of theirs, or have us ask any address.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fhir_adapters.openid.key_sets import KeySets
from fhir_adapters.openid.refused import NotProven
from fhir_adapters.openid.signed import checked, unchecked

ALGORITHMS = ("ES384", "RS384")
CLOCKS_APART = 60
LONGEST_LIFE = 3600
"""Seconds. Five minutes are usual; a token is remembered until it has expired."""
LONGEST_JTI = 255
_CODES = {"iss": "issuer", "aud": "audience", "exp": "expired", "iat": "early", "jti": "no_jti"}


@dataclass(frozen=True)
class Asker:
    """An EHR that proved who it is."""

    issuer: str
    jti: str
    until: int
    """Seconds since 1970 from which the token is not taken any more."""


def issuer_of(token: str, agreed: Mapping[str, Collection[str]]) -> str:
    """As whom a token is signed, not believed yet; raises ``NotProven`` for somebody with whom nothing is agreed.

    ``agreed``: by issuer, the addresses of its keys.
    """
    issuer = unchecked(token).claims.get("iss")
    if not isinstance(issuer, str) or issuer not in agreed:
        raise NotProven("issuer")
    return issuer


def asker_of(token: str, agreed: Mapping[str, Collection[str]], audience: str, keys: KeySets, now: float) -> Asker:
    """Who asks, proven; raises ``NotProven``, or what asking for the keys raises. ``now``: seconds since 1970."""
    from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
    from joserfc.jwt import JWTClaimsRegistry

    issuer, told = issuer_of(token, agreed), unchecked(token)
    jku = told.header.get("jku", next(iter(agreed[issuer])))
    if jku not in agreed[issuer]:
        raise NotProven("jku")
    if told.text("kid") is None:
        raise NotProven("key")
    said = checked(token, jku, keys, ALGORITHMS)
    for name, code in _CODES.items():
        if said.get(name) in (None, ""):
            raise NotProven(code)
    must = {"iss": {"value": issuer}, "aud": {"value": audience}}
    try:
        JWTClaimsRegistry(int(now), CLOCKS_APART, **must).validate(said)  # type: ignore[arg-type]
    except ExpiredTokenError as problem:
        raise NotProven("expired") from problem
    except ClaimError as problem:
        raise NotProven(_CODES.get(problem.claim, "malformed")) from problem
    except (JoseError, TypeError, ValueError) as problem:
        raise NotProven("malformed") from problem
    if said["exp"] - now > LONGEST_LIFE:
        raise NotProven("too_long")
    if len(said["jti"]) > LONGEST_JTI:
        raise NotProven("no_jti")
    return Asker(issuer, said["jti"], int(said["exp"]) + CLOCKS_APART + 1)
