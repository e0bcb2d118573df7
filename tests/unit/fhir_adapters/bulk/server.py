"""Two servers of different origins that a test writes the answers of, and what was asked of each with which token."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from fhir_adapters.auth import BearerAuth
from fhir_adapters.wire import Wire

Answer = tuple[int, bytes, dict[str, str]]
Answers = Callable[["Request"], Answer]
TOKEN = "Bearer token-of-the-ehr"


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def token(self) -> str | None:
        return self.headers.get("Authorization")


@dataclass
class Server:
    """What it answers, and what it was asked."""

    answer: Answers
    asked: list[Request] = field(default_factory=list)
    origin: str = ""


def lines(*resources: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in resources)


@contextmanager
def served(answer: Answers) -> Iterator[Server]:
    """One server on loopback."""
    script = Server(answer)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers.items()), body)
            script.asked.append(request)
            status, said, headers = script.answer(request)
            self.send_response_only(status)
            told = {"Date": formatdate(usegmt=True), "Content-Length": str(len(said)), **headers}
            for name, value in told.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """What was asked stands in ``asked``."""

    http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.origin = f"http://127.0.0.1:{http_server.server_port}"
    thread = threading.Thread(target=http_server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        http_server.shutdown()
        http_server.server_close()
        thread.join()


@contextmanager
def two(ehr: Answers, store: Answers) -> Iterator[tuple[Server, Server, Wire]]:
    """The EHR, a file store of another origin, and our wire to the EHR, which has a token."""
    with ExitStack() as stack:
        first, second = stack.enter_context(served(ehr)), stack.enter_context(served(store))
        wire = Wire(f"{first.origin}/fhir", BearerAuth(TOKEN.removeprefix("Bearer ")), pause=lambda _: None)
        stack.callback(wire.session.close)
        yield first, second, wire
