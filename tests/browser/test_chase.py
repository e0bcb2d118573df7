"""From any page to the answer on the telephone: type and press enter; and the letter again in two clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import waitress.server
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from loopclose.flows.sign_in import make_link
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.scripted import Post
from tests.store.test_corrections import BOX, CORA, MAIN, Line
from tests.web.serving import running


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    db = open_database(f"sqlite:///{tmp_path / 'line.db'}")
    with SandboxServer(Store(BOX.resources)) as server:
        post = Post(Line(db, server))
        post.address()
        post.run()
        monkeypatch.setattr("loopclose.web.chase.ways_of", lambda work, scope: post.ways)
        yield post
    db.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_answer_is_two_actions_from_any_page_and_the_letter_two_clicks_more(
    post: Post, chromium: Browser, width: int, tmp_path: Path
) -> None:
    line = post.line
    report = line.report()
    server = waitress.server.create_server(create_app(line.at_work()), host="127.0.0.1", port=0)
    with running(server) as base:
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.goto(f"{base}/sign-in/once/{make_link(line.db, line.at_work().clock, MAIN, CORA)}")
        page.get_by_role("button").first.click()
        page.goto(f"{base}/health")
        page.get_by_label("Where is a report").fill(f"{report.patient_birth_date} {str(report.patient_name)[:3]}")
        page.keyboard.press("Enter")
        page.get_by_text("Sent by Direct message to").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert Axe().run(page).violations_count == 0
        page.screenshot(path=tmp_path / f"chase-{width}.png", full_page=True)
        page.get_by_text("Send it again").first.click()
        page.get_by_role("button", name="Send it by Direct message").first.click()
        page.get_by_text("It leaves within").wait_for()
        page.close()
    assert len(post.rows()) == 2
