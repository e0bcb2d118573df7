"""The demo EHR over HTTP. Each response leaves in one write: two would cost 40 ms of Nagle's waiting."""

from __future__ import annotations

import json
import socket
import sys
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from loopclose.sandbox.faults import Fault, Faults
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import COMMON, Store, UnknownParameter

TYPES = (
    "AllergyIntolerance",
    "Appointment",
    "Communication",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "Location",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "ServiceRequest",
    "Task",
)
DEFAULT_PAGE = 50


class SandboxServer:
    """A running demo EHR; ``store`` may be changed while it runs."""

    def __init__(
        self, store: Store, port: int = 0, faults: Faults | None = None, types: tuple[str, ...] = TYPES
    ) -> None:
        self.store, self.faults, self.types = store, faults or Faults(), types
        self.requests: list[tuple[str, str]] = []
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.ehr = self
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}/fhir"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> SandboxServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def serve(sandbox: Sandbox, port: int = 0, faults: Faults | None = None) -> SandboxServer:
    """Serve a sandbox on loopback; port 0 takes a free one. Raises ``OSError`` when the port is taken."""
    return SandboxServer(Store(sandbox.resources), port, faults)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    ehr: SandboxServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of ours; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:
        """The log of requests is ``SandboxServer.requests``."""

    def do_GET(self) -> None:
        """Read, search, or the CapabilityStatement."""
        parts = urlsplit(self.path)
        self._answer("GET", parts.path, parse_qsl(parts.query))

    def do_POST(self) -> None:
        """A search by form, or a create."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.endswith("/_search"):
            self._answer("POST", path.removesuffix("/_search"), parse_qsl(body.decode()))
            return
        resource = json.loads(body)
        resource.setdefault("id", f"new{len(self.server.ehr.requests)}")
        made = self.server.ehr.store.put(resource)
        self.server.ehr.requests.append(("POST", self.path))
        self._send(
            201, json.dumps(made).encode(), {"Location": f"{path}/{made['id']}/_history/{made['meta']['versionId']}"}
        )

    def _answer(self, method: str, path: str, params: list[tuple[str, str]]) -> None:
        ehr = self.server.ehr
        ehr.requests.append((method, self.path))
        fault = ehr.faults.take(self.path)
        if fault is not None and self._misbehave(fault):
            return
        names = [name for name in path.removeprefix("/fhir").split("/") if name]
        if names == ["metadata"]:
            self._send(200, _capabilities(ehr.types))
        elif len(names) == 2 and names[0] in ehr.types:
            self._read(names[0], names[1])
        elif len(names) == 1 and names[0] in ehr.types:
            self._search(names[0], params, fault)
        else:
            self._outcome(404, "not-found", "There is nothing at that address.")

    def _read(self, kind: str, fhir_id: str) -> None:
        raw = self.server.ehr.store.read(kind, fhir_id)
        if raw is not None:
            self._send(200, raw)
        elif self.server.ehr.store.is_gone(kind, fhir_id):
            self._outcome(410, "deleted", "It was deleted.")
        else:
            self._outcome(404, "not-found", "There is no such resource.")

    def _search(self, kind: str, params: list[tuple[str, str]], fault: Fault | None) -> None:
        trouble = fault.kind if fault else None
        if trouble == "unfiltered":
            params = [(name, value) for name, value in params if name in ("_count", "_offset")]
        try:
            found = self.server.ehr.store.search(kind, params)
        except UnknownParameter as problem:
            self._outcome(400, "invalid", f"Unknown search parameter {problem}")
            return
        asked = dict(params)
        count, offset = int(asked.get("_count", DEFAULT_PAGE)), int(asked.get("_offset", 0))
        page = found[offset : offset + count]
        total = len(found) + (5 if trouble == "short" else 0)
        following = offset + count if offset + count < len(found) else None
        if trouble == "endless":
            page, following, total = found[:count], offset + count, 10**9
        base = "http://other.example/fhir" if trouble == "elsewhere" else self.server.ehr.base_url
        rest = [(name, value) for name, value in params if name != "_offset"]
        self._send(
            200,
            _bundle(
                page,
                total,
                f"{base}/{kind}?{urlencode([*rest, ('_offset', str(following))])}"
                if following is not None or trouble == "elsewhere"
                else None,
            ),
        )

    def _misbehave(self, fault: Fault) -> bool:
        """Answer wrongly; False where the fault only changes a search."""
        if fault.kind == "status":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            self._send(fault.code, fault.body.encode(), headers, fault.content_type)
        elif fault.kind == "html":
            self._send(200, b"<!doctype html><title>Sign in</title>", content_type="text/html")
        elif fault.kind == "reset":
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self.connection.close()
        elif fault.kind == "truncated":
            self._send(200, b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":')
        elif fault.kind in ("huge", "announced"):
            self._stream(announced=fault.kind == "announced")
        else:
            return False
        return True

    def _stream(self, announced: bool) -> None:
        """Two gigabytes, with or without a Content-Length."""
        length = f"Content-Length: {2**31 + 1}\r\n" if announced else ""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n{length}Connection: close\r\n\r\n{{"
        self.close_connection = True
        try:
            self.wfile.write(head.encode())
            for _ in range(2048):
                self.wfile.write(b" " * 2**20)
        except OSError:
            return  # the client had enough

    def _outcome(self, status: int, code: str, text: str) -> None:
        issue = {"severity": "error", "code": code, "diagnostics": text}
        self._send(status, json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode())

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        content_type: str = "application/fhir+json",
    ) -> None:
        lines = [
            f"HTTP/1.1 {status} {self.responses[status][0]}",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            f"Date: {formatdate(usegmt=True)}",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def _bundle(page: list[bytes], total: int, following: str | None) -> bytes:
    link = json.dumps([{"relation": "next", "url": following}]).encode() if following else b"[]"
    entries = b",".join(b'{"resource":' + raw + b',"search":{"mode":"match"}}' for raw in page)
    head = b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%b,"entry":[' % (total, link)
    return head + entries + b"]}"


def _capabilities(types: tuple[str, ...]) -> bytes:
    params = [{"name": name, "type": "string"} for name in COMMON]
    return json.dumps(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "kind": "instance",
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "software": {"name": "Loopclose sandbox"},
            "rest": [{"mode": "server", "resource": [{"type": kind, "searchParam": params} for kind in types]}],
        }
    ).encode()
