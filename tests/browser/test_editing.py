"""Own words are put beside a draft and taken back by keyboard alone; how a sentence is changed: test_letter_path.py."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from loopclose.flows.papers.working import DraftWorker
from loopclose.flows.work import Work
from loopclose.store import jobs
from loopclose.store.base import Scope
from loopclose.store.worklist import worklist
from tests.browser.conftest import check, tab_to
from tests.store.line import NOW

MAIN = Scope("main")


@pytest.fixture
def editor(work: Work, address: tuple[str, str]) -> str:
    """The address of the editor of a consult note."""
    with work.db.read() as session:
        owed = next(one for one in worklist(session, MAIN, NOW) if one.obligation.state == "owed").obligation
    with work.db.write() as session:
        jobs.ask(session, MAIN, jobs.DRAFT, owed.id, "cora@demo.example", NOW)
    while True:  # the threads of the server are at it as well
        DraftWorker(work).once()
        with work.db.read() as session:
            job = jobs.newest(session, MAIN, jobs.DRAFT, owed.id)
        if job is not None and not job.is_open:
            break
    assert job.state == "done", job.error
    return f"{address[0]}/obligation/{owed.id}/draft/consult-note"


@pytest.mark.parametrize(("width", "scripts"), [(1440, True), (390, False)], ids=["desk", "phone without JavaScript"])
def test_own_words_are_added_and_taken_back_by_keyboard(
    chromium: Browser, address: tuple[str, str], editor: str, width: int, scripts: bool
) -> None:
    page = chromium.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900}).new_page()
    page.goto(address[1])
    page.click("main button")
    expect(page).to_have_title(re.compile("late"))
    page.goto(editor)
    tab_to(page, ".add summary")
    page.keyboard.press("Enter")
    tab_to(page, ".add textarea")
    page.keyboard.type("And a new sentence.")
    tab_to(page, ".add button")
    page.keyboard.press("Enter")
    expect(page.locator(".said.mine")).to_have_text("And a new sentence.")
    expect(page.locator("main")).to_contain_text("added by cora")
    page.goto(editor)
    tab_to(page, ".edits button")
    page.keyboard.press("Enter")
    expect(page.locator(".edits")).to_contain_text("(taken back)")
    if scripts:
        check(page)
