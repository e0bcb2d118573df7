"""The scopes that an EHR grants: asked for as a whole, and only where that is refused one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fhir_adapters.errors import FinalError
from fhir_adapters.smart.scopes import READING, covered, in_part, types_of
from fhir_adapters.smart.tokens import ScopesRefused, Token

Ask = Callable[[tuple[str, ...]], Token]


def obtain(ask: Ask, offers: Sequence[tuple[str, ...]]) -> Token:
    """A token for the first offer that the EHR takes, else for those scopes of one that it takes alone.

    Servers differ: Keycloak refuses the whole request for one unknown scope, oidc-provider grants fewer, or none, and
    says 200. Each offer, and each of its scopes, is asked for once. Raises ``FinalError`` when nothing is granted.
    """
    untold: Token | None = None
    refused: list[tuple[str, ...]] = []
    problem: FinalError | None = None
    for scopes in offers:
        try:
            token = ask(scopes)
        except ScopesRefused as found:
            refused, problem = [*refused, scopes], found
            continue
        if token.granted is None:  # perhaps in the other form it tells
            untold = untold or token
        elif types_granted(token):
            return token
    if untold is not None:
        return untold
    for scopes in refused:
        allowed = tuple(one for one in scopes if len(scopes) > 1 and _is_granted(ask, one))
        if allowed:
            return ask(allowed)
    raise FinalError(
        "The EHR grants none of the scopes that we ask for: ask its administrator to allow our client_id to read "
        f"{', '.join(types_of(offers[0]))}."
    ) from problem


def types_granted(token: Token) -> tuple[str, ...]:
    """Types of which the token lets us read something, as far as the EHR tells."""
    granted = token.asked if token.granted is None else token.granted
    return tuple(
        types_of((one,))[0]
        for one in token.asked
        if READING.fullmatch(one) and (covered(one, granted) or in_part(one, granted))
    )


def shortfall(token: Token, types: Sequence[str]) -> tuple[str, ...]:
    """Sentences on what of those types cannot be read with the token, or only in part, or is not told."""
    granted = token.asked if token.granted is None else token.granted
    read = [one for one in token.asked if READING.fullmatch(one)]
    partly = {kind for one in read if in_part(one, granted) for kind in types_of((one,))}
    unwritten = types_of(one for one in token.asked if one not in read and not covered(one, granted))
    without = [kind for kind in types if kind not in types_granted(token)]
    found = []
    if without:
        found.append(no_reading_of(without))
    if partly:
        found.append(f"It grants reading of {', '.join(sorted(partly))} in part only, so that some of it is not seen.")
    if unwritten:
        found.append(f"It does not let us write {', '.join(unwritten)}: what is to be filed there will be refused.")
    if token.granted is None:
        found.append("It does not say which scopes it granted; what it refuses (403) it did not grant.")
    return tuple(found)


def no_reading_of(types: Sequence[str]) -> str:
    """The sentence on types that are not granted."""
    return f"The EHR grants no reading of {', '.join(types)}: ask its administrator to allow it to our client_id."


def _is_granted(ask: Ask, scope: str) -> bool:
    try:
        return bool(types_granted(ask((scope,))))
    except ScopesRefused:
        return False
