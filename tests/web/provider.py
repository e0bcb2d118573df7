"""A provider of identities in this process: it publishes keys, checks PKCE and who we are, and signs what a test says.

``consent`` plays the person at its page: it reads the question that a browser was sent with and gives the query of the
answer. Everything else goes over HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.store.line import NOW

AT = int(NOW.timestamp())
SECRET = "a secret with a space"
CLIENT = "loopclose here"


@dataclass
class Provider:
    """What it says, and what it will sign; a test changes what is to be wrong."""

    origin: str
    key: RSAKey | ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True))
    algorithm: str = "ES256"
    told: dict[str, Any] = field(default_factory=dict)
    """Over what it says of itself; None takes a member away."""
    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """Over what a good proof claims; None takes a claim away."""
    response: dict[str, Any] = field(default_factory=dict)
    """Over a good token response."""
    status: tuple[int, dict[str, Any]] | None = None
    """An answer of the token endpoint that is none."""
    signer: RSAKey | ECKey | None = None
    """Signs instead of ``key``, which is the one that is published."""
    token: str | None = None
    """Stands where the proof should."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The paths of every request."""

    @property
    def base(self) -> str:
        """The FHIR address of the EHR whose provider it is."""
        return f"{self.origin}/fhir"

    def description(self) -> dict[str, Any]:
        """What it says of itself."""
        found = {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/jwks",
            "capabilities": ["launch-ehr", "launch-standalone", "sso-openid-connect"],
        }
        return without_none({**found, **self.told})

    def consent(self, location: str, **more: str) -> dict[str, str]:
        """The person agrees: the query of the answer; ``more`` stands over it."""
        asked = dict(parse_qsl(urlsplit(location).query))
        assert location.startswith(f"{self.origin}/authorize?") and asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], **more}

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What the token endpoint answers."""
        asked = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if not self.knows(authorization):
            return 401, {"error": "invalid_client"}
        if self.status is not None:
            return self.status
        good = {"access_token": "never kept", "token_type": "Bearer", "expires_in": 60, "id_token": self.proof(asked)}
        return 200, without_none({**good, **self.response})

    def knows(self, authorization: str) -> bool:
        """Whether client and secret fit (RFC 6749, 2.3.1)."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return (unquote_plus(pair[0]), unquote_plus(pair[2])) == (CLIENT, SECRET)

    def proof(self, asked: dict[str, str]) -> str:
        """The ID token."""
        if self.token is not None:
            return self.token
        claims = {
            "iss": self.origin,
            "sub": "s-1",
            "aud": CLIENT,
            "exp": AT + 300,
            "iat": AT,
            "auth_time": AT,
            "nonce": asked["nonce"],
            "name": "Cora <b>Sample</b>",
            "email": "cora@demo.example",
        }
        signer = self.signer or self.key
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        said = without_none({**claims, **self.claims})
        return jwt.encode(without_none(header), said, signer, algorithms=[header["alg"]])

    def answer(self, path: str, form: dict[str, str] | None, authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a request."""
        self.asked.append(path)
        if path in ("/.well-known/openid-configuration", "/fhir/.well-known/smart-configuration"):
            return 200, self.description()
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/token" and form is not None:
            return self.redeem(form, authorization)
        return 404, {}


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    """Those that are there."""
    return {name: value for name, value in members.items() if value is not None}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on this machine, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, form: dict[str, str] | None) -> None:
            status, body = found.answer(self.path, form, self.headers.get("Authorization", ""))
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            if self.path.startswith("/authorize?"):  # a browser comes by itself
                asked = dict(parse_qsl(urlsplit(self.path).query))
                self.send_response(303)
                answer = urlencode(found.consent(found.origin + self.path))
                self.send_header("Location", f"{asked['redirect_uri']}?{answer}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._answer(None)

        def do_POST(self) -> None:
            read = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(read).items()})

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
