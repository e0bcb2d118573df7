"""One request: trust, size and time, whatever is asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from loopclose.outbound.channels import asking
from loopclose.outbound.channels.asking import Asking
from loopclose.outbound.mail import SendError
from tests.store.mail_server import certified


@contextmanager
def serving(status: int, *parts: bytes, tls: ssl.SSLContext | None = None, **headers: str) -> Iterator[str]:
    """A server that gives every request the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for part in parts:
                self.wfile.write(part)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Quiet(HTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kind(problem: SendError) -> tuple[bool, bool, bool]:
    return problem.final, problem.at_server, problem.unknown


def test_a_certificate_that_is_not_trusted_ends_it_before_anything_was_told(tmp_path: Path) -> None:
    context, trusted = certified(tmp_path)
    with serving(200, b"{}", tls=context) as url:
        assert (
            Asking("The gateway", "[x]", verify=str(trusted)).ask("POST", url, data=b"x", hands_over=True).body == b"{}"
        )
        with pytest.raises(SendError, match="certificate that is not trusted: see \\[x\\]") as told:
            Asking("The gateway", "[x]").ask("POST", url, data=b"x", hands_over=True)
    assert kind(told.value) == (False, True, False)


@pytest.mark.parametrize("url", ["http://no.such.host.invalid/", "http://127.0.0.1:9/", "http://[::1]:9/"])
def test_nobody_there_has_taken_nothing(url: str) -> None:
    with pytest.raises(SendError, match="cannot be reached") as told:
        Asking("The gateway", "[x]").ask("POST", url, data=b"x", hands_over=True)
    assert kind(told.value) == (False, True, False)


@pytest.mark.parametrize(("hands_over", "expected"), [(True, (False, False, True)), (False, (False, True, False))])
def test_an_answer_without_an_end_is_not_read_for_ever(
    hands_over: bool, expected: tuple[bool, bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 1000)
    with serving(200, *[b"x" * 4096] * 50) as url, pytest.raises(SendError) as told:
        Asking("The gateway", "[x]").ask("POST", url, hands_over=hands_over)
    assert kind(told.value) == expected


def test_an_answer_that_trickles_is_given_up() -> None:
    ticks = iter(range(0, 10_000, 40))
    with serving(200, b"x", b"y") as url, pytest.raises(SendError) as told:
        Asking("The gateway", "[x]", monotonic=lambda: next(ticks) * 2.0).ask("POST", url, hands_over=True)
    assert told.value.unknown


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, (False, True, False)),
        (400, (True, False, False)),
        (401, (False, True, False)),
        (403, (False, True, False)),
        (404, (False, True, False)),
        (408, (False, False, True)),
        (413, (True, False, False)),
        (422, (True, False, False)),
        (429, (False, True, False)),
        (500, (False, False, True)),
        (502, (False, False, True)),
        (503, (False, False, True)),
        (504, (False, False, True)),
    ],
)
def test_what_each_status_says_of_a_letter_that_was_handed_over(status: int, expected: tuple[bool, bool, bool]) -> None:
    with serving(status, b"{}", Location="http://elsewhere.example/") as url:
        one = Asking("The gateway", "[x]")
        with pytest.raises(SendError) as told:
            one.refuse(one.ask("POST", url, hands_over=True), hands_over=True)
        assert kind(told.value) == expected and f"({status})" in str(told.value), "a redirect is not followed"
        with pytest.raises(SendError) as told:
            one.refuse(one.ask("POST", url))
        assert kind(told.value) == (False, True, False), "a question takes nothing"
