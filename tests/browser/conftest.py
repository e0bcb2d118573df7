"""A real browser, and the application over a made-up practice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import waitress.server
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from loopclose.flows.papers import working
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.signatures import SignatureRow
from loopclose.web import create_app
from tests.store.line import practice
from tests.web.serving import running

HEART, PASSWORD = "heart@demo.example", "a long enough password"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A made-up practice that was read once."""
    with practice(tmp_path, 80) as found:
        yield found


@contextmanager
def served(work: Work) -> Iterator[str]:
    """The application over a practice, with its drafting threads: the address."""
    stop = threading.Event()
    working.start(work, stop)
    with running(waitress.server.create_server(create_app(work), host="127.0.0.1", port=0)) as base:
        yield base
    stop.set()


def link_of(work: Work, base: str, email: str) -> str:
    """A link that signs somebody in once."""
    return f"{base}/sign-in/once/{make_link(work.db, work.clock, Scope('main'), email)}"


@pytest.fixture
def db(work: Work) -> Database:
    return work.db


@pytest.fixture
def address(work: Work) -> Iterator[tuple[str, str]]:
    """The application over it, and a link that signs the coordinator in once."""
    with served(work) as base:
        yield base, link_of(work, base, "cora@demo.example")


@pytest.fixture
def her_link(work: Work, address: tuple[str, str]) -> str:
    """A link that signs a clinician in once."""
    return link_of(work, address[0], "heart@demo.example")


@dataclass
class Place:
    """The application at an address, over a practice whose letters wait for a clinician."""

    base: str
    work: Work

    @property
    def signed(self) -> int:
        """How many signatures there are."""
        with self.work.db.read() as session:
            return len(session.scalars(select(SignatureRow)).all())

    def read_for(self, minutes: int) -> None:
        """She reads that long."""
        later = self.work.clock() + timedelta(minutes=minutes)
        self.work.clock = lambda: later


def tab_to(page: Page, selector: str) -> None:
    """With the Tab key alone."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not come to {selector}")


def look(page: Page) -> None:
    """No axe violation in light and in dark at the width it has; nothing scrolls sideways."""
    width = page.evaluate("innerWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page).response["violations"]
        assert not found, [(width, scheme, one["id"], one["nodes"][0]["target"]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def check(page: Page) -> None:
    """The same at desktop and at phone width."""
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        look(page)
