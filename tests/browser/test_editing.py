"""A draft is edited by keyboard alone, at both widths, with and without JavaScript; axe finds nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from loopclose.flows.papers.working import DraftWorker
from loopclose.flows.work import Work
from loopclose.store import jobs
from loopclose.store.base import Scope
from loopclose.store.worklist import worklist
from tests.browser.conftest import check
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


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until that has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize("width", [390, 1440])
def test_a_draft_is_edited_by_keyboard(
    chromium: Browser, address: tuple[str, str], editor: str, width: int, scripts: bool
) -> None:
    page = chromium.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900}).new_page()
    page.goto(address[1])
    page.click("main button")
    expect(page).to_have_title(re.compile("late"))
    page.goto(editor)
    tab_to(page, "a.said")
    page.keyboard.press("Enter")
    expect(page.locator(".picked")).to_contain_text("It rests on")
    if scripts:
        check(page)
        page.set_viewport_size({"width": width, "height": 900})
    tab_to(page, ".picked textarea")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Own words of hers.")
    tab_to(page, ".picked button.primary")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("edited by cora")
    expect(page.locator(".said.mine")).to_have_text("Own words of hers.")
    tab_to(page, ".add summary")
    page.keyboard.press("Enter")
    tab_to(page, ".add textarea")
    page.keyboard.type("And a new sentence.")
    tab_to(page, ".add button")
    page.keyboard.press("Enter")
    expect(page.locator(".said.mine")).to_have_count(2)
    page.goto(editor)
    tab_to(page, ".edits button")
    page.keyboard.press("Enter")
    expect(page.locator(".edits")).to_contain_text("(taken back)")
    if scripts:
        check(page)
