"""What servers, proxies and networks do to a client, each told apart as temporary or final."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import trustme

from fhir_adapters.auth import BearerAuth
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError, FinalError, NotFound, TemporaryError
from fhir_adapters.wire import Wire
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import SandboxServer, serve

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
BOX = generate("tidy", 30, 1, NOW)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with serve(BOX) as running:
        yield running


def client(server: SandboxServer, **more: object) -> FhirClient:
    pauses: list[float] = []
    made = FhirClient(server.base_url, page_size=7, pause=pauses.append, **more)  # type: ignore[arg-type]
    made.pauses = pauses  # type: ignore[attr-defined]
    return made


def fetched(server: SandboxServer, *faults: Fault, **more: object) -> set[str]:
    server.faults.faults[:] = faults
    with client(server, **more) as fhir:
        return {entry.id for page in fhir.search("Encounter", []) for entry in page.entries}


def test_every_page_arrives_with_the_bytes_that_were_sent(server: SandboxServer) -> None:
    with client(server) as fhir:
        entries = [entry for page in fhir.search("Encounter", []) for entry in page.entries]
    assert {entry.id for entry in entries} == {r["id"] for r in BOX.resources if r["resourceType"] == "Encounter"}
    assert all(entry.raw == server.store.read("Encounter", entry.id) for entry in entries)


def test_searches_side_by_side_come_back_in_the_order_asked(server: SandboxServer) -> None:
    from fhir_adapters.client import Search

    asked = [Search("Encounter", (("patient", f"Patient/pat{n}"),)) for n in range(20)]
    with client(server) as fhir:
        assert [found.search for found in fhir.search_many(asked)] == asked


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", "Encounter", times=2, code=503, retry_after="3"),
        Fault("status", "Encounter", times=2, code=429),
        Fault("status", "Encounter", times=3, code=500, body='{"error": "busy"}'),
        Fault("reset", "Encounter", times=2),
    ],
    ids=lambda fault: f"{fault.kind} {fault.code}",
)
def test_what_passes_is_tried_again(server: SandboxServer, fault: Fault) -> None:
    assert len(fetched(server, fault)) == sum(r["resourceType"] == "Encounter" for r in BOX.resources)


def test_the_server_says_how_long_to_wait(server: SandboxServer) -> None:
    server.faults.faults[:] = [Fault("status", "Encounter", times=1, code=503, retry_after="3")]
    with client(server) as fhir:
        list(fhir.search("Encounter", []))
        assert fhir.pauses == [3.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault("status", "Encounter", code=503), TemporaryError, "overloaded"),
        (Fault("reset", "Encounter"), TemporaryError, "try again"),
        (Fault("truncated", "Encounter"), TemporaryError, "cut short"),
        (Fault("html", "Encounter"), FinalError, "web page"),
        (Fault("endless", "Encounter"), FinalError, "never end"),
        (Fault("unfiltered", "_id=enc1"), FinalError, "ignored a filter"),
        (Fault("huge", "Encounter"), FinalError, "larger than 1 MB"),
        (Fault("status", "Encounter", code=401, body="expired", content_type="text/plain"), FinalError, "expired"),
        (
            Fault(
                "status",
                "Encounter",
                code=500,
                body='{"resourceType":"OperationOutcome","issue":[{"code":"not-supported",'
                '"diagnostics":"Encounter needs a patient"}]}',
            ),
            FinalError,
            "needs a patient",
        ),
        (Fault("status", "Encounter", code=403), FinalError, "credentials"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_what_stays_is_one_clear_sentence(
    server: SandboxServer, fault: Fault, kind: type[FhirError], words: str
) -> None:
    server.faults.faults[:] = [fault]
    params = [("_id", "enc1")] if fault.kind == "unfiltered" else []
    with client(server, max_bytes=2**20) as fhir, pytest.raises(kind, match=words) as told:
        list(fhir.search("Encounter", params))
    assert "Traceback" not in str(told.value) and "\n" not in str(told.value)


def test_a_refused_token_is_not_tried_again(server: SandboxServer) -> None:
    server.faults.faults[:] = [Fault("status", "Encounter", code=401, body="no", content_type="text/plain")]
    with client(server) as fhir, pytest.raises(FinalError):
        list(fhir.search("Encounter", []))
    assert sum("Encounter" in path for _, path in server.requests) == 1


def test_a_missing_resource_is_told_apart(server: SandboxServer) -> None:
    with client(server) as fhir, pytest.raises(NotFound):
        fhir.read("Encounter", "nobody")


def test_nobody_listening_is_temporary() -> None:
    with (
        FhirClient("http://127.0.0.1:9/fhir", pause=lambda _: None) as fhir,
        pytest.raises(TemporaryError, match="refused"),
    ):
        fhir.capabilities()


def test_a_token_never_leaves_tls_and_is_never_shown() -> None:
    with pytest.raises(FinalError, match="TLS"):
        Wire("http://ehr.example/fhir", BearerAuth("s3cret"))
    assert "s3cret" not in repr(BearerAuth("s3cret"))


def test_one_response_leaves_in_one_write(server: SandboxServer) -> None:
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(server.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as wire:
        wire.sendall(b"GET /fhir/Patient/pat0 HTTP/1.1\r\nHost: x\r\n\r\n")
        first = wire.recv(65536)
    head, body = first.split(b"\r\n\r\n", 1)
    assert int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) == len(body)


def test_an_untrusted_certificate_is_final() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    listener.handle_error = lambda request, address: None  # type: ignore[method-assign]
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        with (
            FhirClient(f"https://127.0.0.1:{listener.server_port}/fhir") as fhir,
            pytest.raises(FinalError, match="certificate"),
        ):
            fhir.capabilities()
    finally:
        listener.shutdown()
        listener.server_close()
