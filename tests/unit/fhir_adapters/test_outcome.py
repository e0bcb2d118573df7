"""What a server says is shown, and nothing in it that looks like a secret."""

from __future__ import annotations

import pytest

from fhir_adapters.outcome import plain

JWT = "eyJhbGciOiJSUzM4NCJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "words",
    [
        "Invalid token audience",
        "Token is not active",
        "Token expiration is too far in the future and iat claim not present",
        "Unable to load public key",
    ],
)
def test_the_reason_of_a_refusal_is_shown_whole(words: str) -> None:
    """Keycloak 26.5.6 says these, and they are all that tells what to mend."""
    assert plain(words) == words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("The token abc123 is bad", "The … is bad"),
        ("access_token=abc123", "access_…"),
        ("token: abcdef", "…"),
        ("Token: abcdef", "…"),
        (f"The token is {JWT}", "The token is …"),
        (f"Bearer token {JWT} expired", "… expired"),
        (f"Not known: {JWT}", "Not known: …"),
        ("Authorization: Bearer abc.def", "Authorization: …"),
        ("Basic dXNlcjpwYXNz", "…"),
        ("password hunter", "…"),
        ("client_secret = abc", "client_…"),
    ],
)
def test_what_looks_like_a_secret_is_not(words: str, shown: str) -> None:
    assert plain(words) == shown
