"""What token endpoints and descriptions of sign-in really answer: each ends in a token or in one clear sentence."""

from __future__ import annotations

from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from fhir_adapters.errors import FhirError, FinalError, TemporaryError
from tests.unit.fhir_adapters.smart.ehr import BASE, NOON, TOKEN_URL, Answer, Clock, SignIn, client, refusing

AHEAD = {"Date": formatdate(NOON - 420, usegmt=True)}
REFUSALS: list[tuple[Answer, type[FhirError], str]] = [
    ((500, "Internal Server Error"), TemporaryError, "failed (500); try again later"),
    ((503, "<html>down</html>"), TemporaryError, "failed (503)"),
    ((429, "", {"Retry-After": "7"}), TemporaryError, "failed (429)"),
    (refusing("temporarily_unavailable"), TemporaryError, "temporarily_unavailable"),
    ((200, "<html>sign in here</html>"), FinalError, "web page that holds no token: check token_url"),
    ((200, "token-1"), FinalError, "holds no token"),
    ((200, {"token_type": "bearer"}), FinalError, "without a token"),
    ((200, {"access_token": 7}), FinalError, "without a token"),
    ((200, {"access_token": "a\r\nX: y"}), FinalError, "without a token"),
    ((200, {"access_token": "a", "token_type": "DPoP"}), FinalError, "not bearer"),
    ((200, "[" * 100_000), FinalError, "holds no token"),
    ((200, "x" * (2**20 + 1)), FinalError, "without end"),
    ((302, "", {"Location": "https://other.example/"}), FinalError, "put the final one in token_url"),
    ((404, "nothing here"), FinalError, "no token endpoint at that address (404): check token_url"),
    ((400, "Bad Request"), FinalError, "refused us (400): check client_id"),
    (
        refusing("invalid_client", 401),
        FinalError,
        "refused us (401 invalid_client): check client_id, that our public key",
    ),
    (refusing("invalid_client", error_description="Multiple audiences"), FinalError, "It says: Multiple audiences"),
    (refusing("unauthorized_client"), FinalError, "allow Backend Services"),
    (refusing("unsupported_grant_type"), FinalError, "check token_url"),
    ((401, {"error": "invalid_client"}, AHEAD), FinalError, "clock is 7 minutes ahead of the EHR's"),
    ((400, {"error": 7}), FinalError, "refused us (400)"),
    (refusing("invalid_scope"), FinalError, "grants none of the scopes"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), REFUSALS, ids=lambda one: str(one)[:30])
def test_a_refusal_is_one_sentence(
    answer: Answer, kind: type[FhirError], words: str, sign_in: SignIn, clock: Clock, tmp_path: Path
) -> None:
    sign_in.answer = lambda scope: answer
    with pytest.raises(kind) as told:
        client(tmp_path, clock).headers()
    said = str(told.value)
    assert words in said and "\n" not in said
    assert len(sign_in.asked) <= 2 + 2 * 3 and not [one for one in sign_in.asked if one["client_assertion"] in said]


@pytest.mark.parametrize(
    ("members", "seconds"),
    [
        ({}, 300),
        ({"expires_in": 900}, 900),
        ({"expires_in": "900"}, 900),
        ({"expires_in": 0}, 300),
        ({"expires_in": -5}, 300),
        ({"expires_in": True}, 300),
        ({"expires_in": "soon"}, 300),
        ({"expires_in": "NaN"}, 300),
        ({"expires_in": [9]}, 300),
        ({"expires_in": 10**12}, 86_400),
        ({"token_type": None}, 300),
        ({"token_type": "BEARER"}, 300),
    ],
)
def test_a_token_is_held_for_as_long_as_it_says(
    members: dict[str, Any], seconds: int, sign_in: SignIn, clock: Clock, tmp_path: Path
) -> None:
    sign_in.answer = lambda scope: (200, {**sign_in.token(scope, expires_in=None), **members})
    auth = client(tmp_path, clock)
    assert auth.headers() == {"Authorization": "Bearer token-1"}
    clock.at += seconds - 61
    assert auth.headers() == {"Authorization": "Bearer token-1"}
    clock.at += 2
    assert auth.headers() == {"Authorization": "Bearer token-2"}, "a minute before its end"


def test_nobody_there_is_temporary(mock: responses.RequestsMock, clock: Clock, tmp_path: Path) -> None:
    mock.add("GET", f"{BASE}/.well-known/smart-configuration", json={"token_endpoint": TOKEN_URL})
    mock.add("POST", TOKEN_URL, body=requests.exceptions.ConnectionError("refused"))
    with pytest.raises(TemporaryError, match=r"token endpoint \(sign-in.example\) cannot be reached; try again"):
        client(tmp_path, clock).headers()


def test_a_certificate_that_is_not_trusted_is_final(mock: responses.RequestsMock, clock: Clock, tmp_path: Path) -> None:
    mock.add("GET", f"{BASE}/.well-known/smart-configuration", json={"token_endpoint": TOKEN_URL})
    mock.add("POST", TOKEN_URL, body=requests.exceptions.SSLError("self-signed"))
    with pytest.raises(FinalError, match="certificate"):
        client(tmp_path, clock).headers()


@pytest.mark.parametrize("told", [404, {}, {"token_endpoint": None}, [], "text"])
def test_an_ehr_that_does_not_tell_needs_token_url(
    told: Any, mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    sign_in = SignIn(mock, told)
    with pytest.raises(FinalError, match=r"does not say where it gives tokens: set token_url\.$"):
        client(tmp_path, clock).headers()
    assert not sign_in.asked
    assert client(tmp_path, clock, token_url=TOKEN_URL).headers() == {"Authorization": "Bearer token-1"}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_ehr_that_cannot_tell_now_is_asked_again(
    status: int, mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    mock.add("GET", f"{BASE}/.well-known/smart-configuration", status=status)
    with pytest.raises(TemporaryError, match="does not say now"):
        client(tmp_path, clock).headers()


def test_what_is_configured_wins_over_what_is_told(mock: responses.RequestsMock, clock: Clock, tmp_path: Path) -> None:
    sign_in = SignIn(mock, {"token_endpoint": "https://wrong.example/token", "capabilities": ["permission-v1"]})
    client(tmp_path, clock, token_url=TOKEN_URL).headers()
    assert sign_in.scopes == ["system/Encounter.read system/Patient.read system/Task.read"], "the form is still told"


@pytest.mark.parametrize("endpoint", ["http://sign-in.example/token", "/token", "ftp://x/", "https://", "http://[::"])
def test_an_assertion_leaves_over_tls_only(
    endpoint: str, mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    sign_in = SignIn(mock, {"token_endpoint": endpoint}, token_url="http://sign-in.example/token")
    with pytest.raises(FinalError, match="no https address, so nothing is sent"):
        client(tmp_path, clock).headers()
    assert not sign_in.asked


def test_a_token_endpoint_on_this_machine_needs_no_tls(
    mock: responses.RequestsMock, clock: Clock, tmp_path: Path
) -> None:
    SignIn(mock, {"token_endpoint": "http://127.0.0.1:9/token"}, token_url="http://127.0.0.1:9/token")
    assert client(tmp_path, clock).headers() == {"Authorization": "Bearer token-1"}


def test_nothing_of_this_accounts_own_passwords_is_sent_along(
    mock: responses.RequestsMock, sign_in: SignIn, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine sign-in.example login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert client(tmp_path, clock).headers()
    assert not [call for call in mock.calls if "Authorization" in call.request.headers]
