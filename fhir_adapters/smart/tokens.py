"""A token for an assertion: the request, the answer as servers really give it, and each refusal as a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from fhir_adapters.errors import FinalError, NoToken
from fhir_adapters.outcome import plain
from fhir_adapters.smart.asking import Reach, Reply, ask
from fhir_adapters.smart.assertion import KIND

UNTOLD_LIFE = 300.0
"""Seconds of a token whose answer tells no life: the most that SMART recommends."""
LONGEST_LIFE = 86_400.0
EARLY = 60.0
"""Seconds before its end at which a token is renewed; of a short-lived one the last quarter."""
CLOCKS_APART = 60.0
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_WORDS = {
    "invalid_client": "check client_id, that our public key is registered there and is not brand-new, "
    "this machine's clock, and token_url where it is set",
    "unauthorized_client": "ask its administrator to allow Backend Services (client_credentials) to our client_id",
    "unsupported_grant_type": "it knows no Backend Services (client_credentials): check token_url",
}
"""By error code (RFC 6749, 5.2): what to do."""


@dataclass(frozen=True)
class Token:
    """A token; times in seconds since 1970, by our clock."""

    text: str = field(repr=False)
    renew_from: float
    until: float
    asked: tuple[str, ...]
    granted: tuple[str, ...] | None
    """None where the answer does not tell: as asked (RFC 6749, 5.1), or nothing at all (oidc-provider)."""


class ScopesRefused(FinalError):
    """The request asked for a scope that the client may not have (``invalid_scope``)."""


def request_token(endpoint: str, assertion: str, scopes: Sequence[str], reach: Reach, now: float) -> Token:
    """Ask for a token. Raises ``ScopesRefused``, another ``FinalError``, or ``TemporaryError``."""
    form = {
        "grant_type": "client_credentials",
        "scope": " ".join(scopes),
        "client_assertion_type": KIND,
        "client_assertion": assertion,
    }
    reply = ask(reach, "token endpoint", endpoint, form)
    if reply.status == 200:
        return _token(reply, tuple(scopes), now)
    raise _failure(reply, now)


def _token(reply: Reply, asked: tuple[str, ...], now: float) -> Token:
    members = reply.members()
    if members is None:
        page = reply.body.lstrip()[:1] == b"<"
        raise FinalError(
            f"The EHR's token endpoint answered with {'a web page' if page else 'something'} that holds no token: "
            "check token_url."
        )
    text, kind = members.get("access_token"), members.get("token_type") or "bearer"
    if not isinstance(text, str) or not _BEARER.fullmatch(text):
        raise FinalError("The EHR's token endpoint answered without a token that can be sent: check token_url.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise FinalError("The EHR's token endpoint gives a kind of token that is not bearer; no other can be used.")
    life = _life(members.get("expires_in"))
    granted = members.get("scope")
    return Token(
        text,
        now + life - min(EARLY, life / 4),
        now + life,
        asked,
        tuple(granted.split()) if isinstance(granted, str) else None,
    )


def _life(value: object) -> float:
    """Seconds from ``expires_in``, which some servers write as text."""
    try:
        life = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        life = 0.0
    return min(life, LONGEST_LIFE) if life > 0 else UNTOLD_LIFE


def _failure(reply: Reply, now: float) -> Exception:
    members = reply.members() or {}
    code = members.get("error")
    code = plain(code) if isinstance(code, str) else ""
    described = members.get("error_description")
    said = f" It says: {plain(described)}" if isinstance(described, str) and described.strip() else ""
    named = f"{reply.status} {code}".strip()
    if reply.status in (301, 302, 303, 307, 308):
        return FinalError("The EHR's token endpoint sends us on to another address: put the final one in token_url.")
    if code == "invalid_scope":
        return ScopesRefused(f"The EHR's token endpoint refused the scopes ({named}).{said}")
    if reply.status == 429 or reply.status >= 500 or code == "temporarily_unavailable":
        return NoToken(f"The EHR's token endpoint failed ({named}); try again later.{said}", _wait(reply))
    if reply.status == 404 or (reply.status == 405 and not code):
        return FinalError(f"The EHR has no token endpoint at that address ({named}): check token_url.")
    apart = _clock_words(reply, now) if code in ("invalid_client", "invalid_grant", "invalid_request", "") else ""
    todo = _WORDS.get(code, _WORDS["invalid_client"])
    return FinalError(f"The EHR's token endpoint refused us ({named}): {todo}.{apart}{said}")


def _wait(reply: Reply) -> float | None:
    text = reply.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _clock_words(reply: Reply, now: float) -> str:
    """How far our clock is from the server's, where that alone can be why an assertion is refused."""
    try:
        apart = now - parsedate_to_datetime(reply.headers["Date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return ""
    if abs(apart) < CLOCKS_APART:
        return ""
    return f" This machine's clock is {abs(apart) / 60:.0f} minutes {'ahead of' if apart > 0 else 'behind'} the EHR's."
