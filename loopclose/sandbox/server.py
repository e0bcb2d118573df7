"""The demo EHR over HTTP. Each response leaves in one write: two would cost 40 ms of Nagle's waiting."""

from __future__ import annotations

import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from loopclose.sandbox.answers import Answer, answer, instead, refused
from loopclose.sandbox.asked import OFFSET, Asked
from loopclose.sandbox.capabilities import READ_ONLY
from loopclose.sandbox.exports import OPERATION, Exports
from loopclose.sandbox.faults import Fault, Faults
from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.model import BASE, Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.vendors import VENDORS
from loopclose.sandbox.vendors.rules import Export, Vendor
from loopclose.sandbox.written import written

SEARCHED = (
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "Communication",
    "Condition",
    "DeviceRequest",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "Immunization",
    "Location",
    "MedicationAdministration",
    "MedicationRequest",
    "MedicationStatement",
    "NutritionOrder",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "ServiceRequest",
    "Task",
)
TYPES = (*SEARCHED, *READ_ONLY)


class SandboxServer:
    """A running demo EHR; ``store`` may be changed while it runs.

    It has the manners of its ``vendor``, or else of the one after whom its ``style`` is called; a ``strict`` one has
    only the types that the vendor has, refuses the searches that the vendor refuses, and answers no more requests a
    minute. ``limit`` stands in place of the vendor's own.
    """

    def __init__(
        self,
        store: Store,
        port: int = 0,
        faults: Faults | None = None,
        types: tuple[str, ...] = TYPES,
        style: str = "tidy",
        strict: bool = False,
        vendor: str | None = None,
        limit: MinuteLimit | None = None,
    ) -> None:
        self.store, self.faults, self.strict = store, faults or Faults(), strict
        self.vendor: Vendor | None = VENDORS.get(vendor or style)
        if self.rules is not None:
            types = tuple(one for one in types if one in (*self.rules.searches, *self.rules.read_only))
        self.types = types
        self.limit = limit or MinuteLimit(None if self.rules is None else self.rules.limit)
        self.exports = Exports(store, types, Export() if self.rules is None else self.rules.export)
        self.requests: list[tuple[str, str]] = []
        self.clock: Callable[[], float] = time.time
        """Seconds since 1970, as its ``Date`` says them."""
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.ehr = self
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}/fhir"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def rules(self) -> Vendor | None:
        """The vendor whose refusals and words it keeps to, if anybody's."""
        return self.vendor if self.strict else None

    @property
    def sources(self) -> tuple[str, ...]:
        """The worklist sources that it answers; none: only a roster is left."""
        return ("orders", "encounters") if self.rules is None else self.rules.worklist

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> SandboxServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def serve(
    sandbox: Sandbox,
    port: int = 0,
    faults: Faults | None = None,
    strict: bool = False,
    vendor: str | None = None,
    limit: MinuteLimit | None = None,
) -> SandboxServer:
    """Serve a sandbox on loopback; port 0 takes a free one. Raises ``OSError`` when the port is taken."""
    store = Store(sandbox.resources)
    return SandboxServer(store, port, faults, style=sandbox.style, strict=strict, vendor=vendor, limit=limit)


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
        if path.endswith(f"/{OPERATION}"):
            self._answer("POST", path, parse_qsl(urlsplit(self.path).query), body)
            return
        if path.endswith("/_search"):
            self._answer("POST", path.removesuffix("/_search"), parse_qsl(body.decode()))
            return
        self._write("POST", path, body)

    def do_PUT(self) -> None:
        """A change."""
        self._write("PUT", urlsplit(self.path).path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def do_DELETE(self) -> None:
        """An export that is wanted no more."""
        self._answer("DELETE", urlsplit(self.path).path, [])

    def _answer(self, method: str, path: str, params: list[tuple[str, str]], body: bytes = b"") -> None:
        ehr = self.server.ehr
        ehr.requests.append((method, self.path))
        if self._is_too_much():
            return
        asked = self._asked(path, tuple(params))
        exported = ehr.exports.answer(method, path, asked.params, dict(self.headers.items()), body)
        if exported is not None or method == "DELETE":
            self._send(exported or refused(405, "not-supported", "Nothing is deleted here."))
            return
        fault, most = ehr.faults.take(asked)
        if fault is not None and fault.kind == "slow":
            select.select([self.connection], [], [], fault.seconds)  # a client that hangs up is noticed at once
        if fault is not None and fault.kind in ("huge", "announced"):
            self._stream(announced=fault.kind == "announced")
        elif fault is not None and fault.kind == "reset" and not fault.how:
            self._reset()
        else:
            self._send((instead(fault, asked) if fault else None) or answer(ehr, asked, fault, most), fault)

    def _write(self, method: str, path: str, body: bytes) -> None:
        ehr = self.server.ehr
        if self._is_too_much():
            return
        ehr.requests.append((method, self.path))
        self._send(written(ehr, method, self._asked(path, ()), body, dict(self.headers.items()), len(ehr.requests)))

    def _is_too_much(self) -> bool:
        """Whether the minute's requests are used up, which is then all that is answered: not even for how long."""
        if self.server.ehr.limit.passes():
            return False
        self._send(refused(429, "throttled", "Too many requests in this minute."))
        return True

    def _asked(self, path: str, params: tuple[tuple[str, str], ...]) -> Asked:
        ehr, accept = self.server.ehr, self.headers.get("Accept", "")
        place = OFFSET if ehr.rules is None else ehr.rules.paging.word
        names = [name for name in path.removeprefix("/fhir").split("/") if name]
        if len(names) not in (1, 2) or names[0] not in ehr.types:
            return Asked(path, params, accept=accept, place=place)
        fhir_id = names[1] if len(names) == 2 else None
        about = ehr.store.patients_of(names[0], fhir_id) if fhir_id else frozenset()
        return Asked(path, params, names[0], fhir_id, accept, about, place)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.connection.close()

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

    def _send(self, made: Answer, fault: Fault | None = None) -> None:
        ehr, kind = self.server.ehr, fault.kind if fault else ""
        body = made.body.replace(BASE.encode(), ehr.base_url.encode())
        lines = [
            f"HTTP/1.1 {made.status} {self.responses[made.status][0]}",
            f"Content-Type: {made.content_type}",
            f"Content-Length: {len(body)}",
        ]
        lines += [] if kind == "dateless" else [f"Date: {formatdate(ehr.clock(), usegmt=True)}"]
        lines += [f"{name}: {value.replace(BASE, ehr.base_url)}" for name, value in made.headers]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self.wfile.write(whole[: -len(body) // 2] if kind == "reset" else whole)
        if kind == "reset":
            self._reset()
