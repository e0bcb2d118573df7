"""A server whose every answer a test writes."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

from fhir_adapters.client import FhirClient

Answer = tuple[int, bytes, dict[str, str]]
TYPES = ("Patient", "Encounter", "Practitioner", "DocumentReference")


def ok(document: Any, **headers: str) -> Answer:
    """200 with a JSON document, or with bytes as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return 200, body, {name.replace("_", "-"): value for name, value in headers.items()}


def refused(status: int, code: str = "forbidden", words: str = "not for you") -> Answer:
    """An OperationOutcome with that status."""
    return status, json.dumps(outcome(code, "error", words)).encode(), {}


def outcome(code: str, severity: str = "error", words: str = "words") -> dict[str, Any]:
    """An OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": words}],
    }


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    """A searchset; ``next`` is the address of its next link."""
    following = more.pop("next", None)
    link = [{"relation": "next", "url": following}] if following is not None else []
    return {"resourceType": "Bundle", "link": link, "entry": [{"resource": one} for one in resources], **more}


def encounter(fhir_id: Any, **more: Any) -> dict[str, Any]:
    """A small Encounter."""
    return {"resourceType": "Encounter", "id": fhir_id, "subject": {"reference": "Patient/p1"}, **more}


def capabilities(*types: str, **more: dict[str, Any]) -> dict[str, Any]:
    """A CapabilityStatement with those types; ``Type={...}`` adds to one."""
    listed = [{"type": kind, **more.get(kind, {})} for kind in types or TYPES]
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"resource": listed}]}


class Scripted:
    """Its base address, and what was asked of it."""

    def __init__(self, answer: Callable[[str], Answer], base: str) -> None:
        self.asked: list[str] = []
        self.answer, self.base = answer, base
        self.statement: Any = capabilities()


@contextmanager
def scripted(answer: Callable[[str], Answer], base: str = "/fhir") -> Iterator[tuple[Scripted, FhirClient]]:
    """Run a server that answers ``answer(path below the base, with its query)``, and a client for it."""
    script = Scripted(answer, base)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix(f"{base}/")
            if path == "metadata":
                status, body, headers = ok(script.statement)
            else:
                script.asked.append(self.path)
                status, body, headers = script.answer(path)
            self.send_response_only(status)
            for name, value in {"Date": formatdate(usegmt=True), "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """What was asked stands in ``asked``."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    client = FhirClient(f"http://127.0.0.1:{server.server_port}{base}", page_size=20, pause=lambda _: None)
    try:
        with client:
            yield script, client
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
