"""A real browser: sign in, a late report, its draft, a referral picked; with and without JavaScript; axe."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import waitress.server
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from loopclose.clock import fixed
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.line import NOW, add_people, config, read, sandbox, site

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
def address(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The application over a made-up practice, and a link that signs in once."""
    box = sandbox("messy", 80)
    with serve(box) as ehr:
        settings = config(box, ehr, f"sqlite:///{tmp_path / 'browser.db'}")
        work = Work(settings, open_database(settings.database.url), fixed(NOW))
        add_people(work.db)
        read(work.db, site(box, ehr))
        server = waitress.server.create_server(create_app(work), host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{server.effective_port}"
        token = make_link(work.db, work.clock, Scope("main"), "cora@demo.example")
        yield base, f"{base}/sign-in/once/{token}"
        server.close()
        work.db.close()


def check(page: Page) -> None:
    """No axe violation at desktop and at phone width."""
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["target"]) for one in found]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_sign_in_to_a_decision(chromium: Browser, address: tuple[str, str], scripts: bool) -> None:
    base, link = address
    page = chromium.new_context(java_script_enabled=scripts).new_page()
    look = check if scripts else lambda _: None  # axe itself needs scripts
    page.goto(link)
    page.click("main button")
    expect(page).to_have_title(re.compile("late"))  # waits: a click returns before the page it leads to is there
    look(page)
    page.click("nav.tabs a:has-text('Late')")
    page.wait_for_url("**tab=late**")
    page.click("table a.button:has-text('Draft') >> nth=0")
    page.click("button:has-text('Draft both papers')")
    page.wait_for_selector(".paper")
    assert "Draft ready" in page.inner_text("main") and "source" in page.inner_text(".paper >> nth=0")
    look(page)
    page.goto(f"{base}/unmatched")
    look(page)
    for visit in [a.get_attribute("href") for a in page.locator("table a.button").all()]:
        page.goto(f"{base}{visit}")
        if page.locator("input[name=referral]").count():
            break
    look(page)
    page.locator("input[name=referral]").first.check()
    page.click("button:has-text('The visit answers what I picked')")
    expect(page.locator("main")).to_contain_text("Kept.")
    for name in ("mails", "health"):
        answer = page.goto(f"{base}/{name}")
        assert answer is not None and answer.ok
        look(page)
