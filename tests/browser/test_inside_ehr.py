"""A real browser comes by a provider's word, out of an EHR, and in a frame of the EHR's page; axe on each page."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlencode

import pytest
import waitress.server
from playwright.sync_api import Browser, Page, expect

from loopclose.config.loading import parse
from loopclose.flows.work import Work
from loopclose.web import create_app
from tests.browser.conftest import check
from tests.web.pages import owed
from tests.web.provider import CLIENT, SECRET, Provider, provider
from tests.web.serving import running


@pytest.fixture
def op() -> Iterator[Provider]:
    with provider() as found:
        found.claims = {"fhirUser": "Practitioner/heart"}
        yield found


@pytest.fixture
def frames() -> Iterator[list[str]]:
    """Two origins whose every page shows, in a frame, the address that stands in its query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<!doctype html><iframe src="{self.path.partition("?")[2]}" width=900 height=700></iframe>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    for one in servers:
        Thread(target=one.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{one.server_port}" for one in servers]
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture
def base(work: Work, op: Provider, frames: list[str]) -> Iterator[str]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    values = work.config.model_dump(mode="json", exclude_none=True)
    one = {"issuer": op.origin, "client_id": CLIENT, "client_secret": SECRET, "label": "Sign in with your work account"}
    values["sign_in"] = {"work": one}
    values["ehr"]["main"] |= {"base_url": op.base, "launch_client_id": CLIENT, "launch_secret": SECRET}
    values["ehr"]["main"] |= {"frame_origins": frames[:1]}
    values["web"] |= {"port": port, "address": f"http://127.0.0.1:{port}"}
    work.config = parse(values)
    with running(waitress.server.create_server(create_app(work), host="127.0.0.1", port=port)) as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context() as context:
        yield context.new_page()


def launch(base: str, op: Provider) -> str:
    return f"{base}/launch?{urlencode({'iss': op.base, 'launch': 'l'})}"


def test_by_a_providers_word(page: Page, base: str, op: Provider) -> None:
    page.goto(f"{base}/sign-in")
    check(page)
    page.click("text=Sign in with your work account")
    expect(page.locator("h1")).to_have_text("You are not known here yet")
    check(page)
    page.goto(f"{base}/launch?iss=https://evil.example&launch=1")
    expect(page.locator("[role=alert]")).to_contain_text("not connected to the EHR")
    check(page)


def test_out_of_the_ehr(page: Page, base: str, op: Provider, work: Work) -> None:
    one = next(one for one in owed(work) if one.kind == "report" and one.state == "owed")
    op.response = {"patient": one.patient.partition("/")[2], "encounter": "never-read"}
    page.goto(launch(base, op))
    expect(page.locator("main")).to_contain_text("Else open for this patient")
    check(page)
    page.click("ul.owed a >> nth=0")
    page.wait_for_url("**/obligation/*")
    op.response = {"patient": "nobody"}
    page.goto(launch(base, op))
    expect(page.locator("h1")).to_have_text("This patient has not been read")
    check(page)


def test_in_a_frame_of_the_ehrs_page_and_of_no_other(page: Page, base: str, op: Provider, frames: list[str]) -> None:
    op.response = {"patient": "nobody"}
    page.goto(f"{frames[0]}/?{launch(base, op)}")
    inside = page.frame_locator("iframe")
    expect(inside.locator("h1")).to_have_text("This patient has not been read")
    inside.locator("button:visible >> text=Sign out").first.click()  # a form of ours, with its token
    expect(inside.locator("h1")).to_have_text("Sign in")
    with page.expect_event("console", lambda told: "frame-ancestors" in told.text):
        page.goto(f"{frames[1]}/?{base}/sign-in")
    expect(page.frame_locator("iframe").locator("input[name=password]")).to_have_count(0)
