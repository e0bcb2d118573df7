"""An EHR's sign-in whose every answer a test writes, and a client of it with a clock that a test turns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import requests
import responses

from fhir_adapters.smart.backend import BackendAuth, Registration
from fhir_adapters.smart.keys import make_key

BASE = "https://ehr.example/fhir"
TOKEN_URL = "https://sign-in.example/token"
NOON = 1_795_000_000.0
TYPES = ("Encounter", "Patient", "Task")
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


class Clock:
    """Seconds since 1970 that only a test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        return self.at


class SignIn:
    """What is asked of the sign-in, and its answers: to each request by ``answer``, told the scopes asked for."""

    def __init__(self, mock: responses.RequestsMock, told: Any = None, token_url: str = TOKEN_URL) -> None:
        self.asked: list[dict[str, str]] = []
        self.discoveries = 0
        self.answer: Callable[[str], Answer] = lambda scope: (200, self.token(scope))
        self._told = {"token_endpoint": token_url} if told is None else told
        mock.add_callback("GET", f"{BASE}/.well-known/smart-configuration", self._discovery)
        mock.add_callback("POST", token_url, self._token)

    @property
    def scopes(self) -> list[str]:
        """The scopes of every token request, in order."""
        return [one["scope"] for one in self.asked]

    def token(self, scope: str | None, **more: Any) -> dict[str, Any]:
        """A good answer; the first token is ``token-1``."""
        found = {"access_token": f"token-{len(self.asked)}", "token_type": "Bearer", "expires_in": 300, "scope": scope}
        return {name: value for name, value in {**found, **more}.items() if value is not None}

    def _discovery(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        self.discoveries += 1
        return (404, {}, "") if self._told == 404 else (200, {}, json.dumps(self._told))

    def _token(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        assert isinstance(request.body, str)
        self.asked.append({name: values[0] for name, values in parse_qs(request.body).items()})
        status, body, *headers = self.answer(self.asked[-1]["scope"])
        return status, headers[0] if headers else {}, body if isinstance(body, str) else json.dumps(body)


def client(folder: Path, clock: Clock, types: Iterable[str] = TYPES, **more: Any) -> BackendAuth:
    """A client whose key stands in ``folder``; waiting takes no time."""
    path = folder / "key.pem"
    if not path.exists():
        make_key(path, "ES384")
    registration = Registration(BASE, "our-client", path, tuple(types), **more)
    return BackendAuth(registration, now=clock, pause=lambda _: None)


def refusing(code: str, status: int = 400, **more: str) -> Answer:
    """An OAuth error (RFC 6749, 5.2)."""
    return status, {"error": code, **more}
