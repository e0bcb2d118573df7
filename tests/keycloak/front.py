"""What a Keycloak lacks to be an EHR: the SMART description, and FHIR resources that only its tokens open."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from fhir_adapters.smart.discovery import PATH
from tests.keycloak.server import Keycloak


class Front(ThreadingHTTPServer):
    """Before a FHIR server that asks for nothing itself; ``statuses`` of its answers to what needs a token."""

    daemon_threads = True

    def __init__(self, keycloak: Keycloak, fhir: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keycloak, self.fhir = keycloak, fhir
        self.base = f"http://127.0.0.1:{self.server_address[1]}/fhir"
        self.keys = KeySet.import_key_set(keycloak.certs())  # type: ignore[arg-type]
        self.statuses: list[int] = []

    def refuses(self, shown: str, kind: str) -> int | None:
        """The status by which a token is refused for a type of resources, or None where it opens them."""
        try:
            claims = jwt.decode(shown, self.keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return 401
        if claims.get("iss") != self.keycloak.realm or claims.get("exp", 0) <= time.time():
            return 401
        scopes = claims.get("scope", "").split()
        return None if kind == "metadata" or {f"system/{kind}.rs", f"system/{kind}.read"} & set(scopes) else 403


class _Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one write

    def log_message(self, *words: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.removeprefix("/fhir")
        if path == PATH:
            told = {"token_endpoint": self.server.keycloak.token_endpoint}
            self._send(200, json.dumps(told).encode(), "application/json")
            return
        kind = path.split("?")[0].split("/")[1]
        refused = self.server.refuses((self.headers["Authorization"] or "").removeprefix("Bearer "), kind)
        if refused is not None:
            self._send(refused, b"", "text/plain")
        else:
            accept = {"Accept": self.headers["Accept"] or "*/*"}
            found = requests.get(self.server.fhir + path, headers=accept, timeout=60)
            self._send(found.status_code, found.content, found.headers["Content-Type"])
        self.server.statuses.append(refused or 200)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def front(keycloak: Keycloak, fhir: str) -> Iterator[Front]:
    """Let it serve in a thread of its own."""
    with Front(keycloak, fhir) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
