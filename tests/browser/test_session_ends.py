"""A real browser whose session ends: the warning, staying, and coming back to what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from loopclose.clock import fixed
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from tests.browser.conftest import check, served
from tests.store.line import NOW, practice

PASSWORD = "a long enough password"
NOTE = "Seen for a study, says the sister."


@dataclass
class Place:
    """The application at an address, and its clock."""

    base: str
    work: Work

    def wait(self, page: Page, minutes: int) -> None:
        """Let time pass for the server and then for the page."""
        self.work.clock = fixed(self.work.clock() + timedelta(minutes=minutes))
        page.clock.fast_forward(minutes * 60 * 1000)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with practice(tmp_path, 30) as work, served(work) as base:
        add_user(work.db, Scope("main"), Account("cora@demo.example", "coordinator", "Cora Sample"), PASSWORD)
        yield Place(base, work)


def sign_in(page: Page) -> None:
    page.fill("input[name=email]", "cora@demo.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button:has-text('Sign in')")


def test_a_warning_comes_in_time_and_staying_makes_it_go(chromium: Browser, place: Place) -> None:
    page = chromium.new_page()
    page.clock.install()
    page.goto(f"{place.base}/sign-in")
    sign_in(page)
    warning = page.locator("#session-ending")
    expect(warning).to_be_hidden()
    place.wait(page, 28)
    expect(warning).to_contain_text("You are signed out in 2 minutes")
    check(page)
    page.click("button:has-text('Stay signed in')")
    expect(warning).to_be_hidden()
    place.wait(page, 28)
    expect(warning).to_contain_text("2 minutes")
    place.wait(page, 3)
    expect(warning).to_contain_text("You are signed out.")
    expect(page.locator("#session-ending button")).to_be_hidden()


def test_another_tab_in_use_puts_the_warning_off(chromium: Browser, place: Place) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install()
    page.goto(f"{place.base}/sign-in")
    sign_in(page)
    expect(page.locator("h1")).to_contain_text("Reports")
    place.work.clock = fixed(NOW + timedelta(minutes=20))
    context.request.get(f"{place.base}/health")
    place.work.clock = fixed(NOW + timedelta(minutes=28))
    with page.expect_response("**/session"):
        page.clock.fast_forward(28 * 60 * 1000)
    expect(page.locator("#session-ending")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_what_was_typed_is_there_again(chromium: Browser, place: Place, scripts: bool) -> None:
    page = chromium.new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{place.base}/sign-in?next=/%3Ftab%3Dlate")
    sign_in(page)
    page.locator("table tbody a").first.click()
    page.locator("summary:has-text('Nothing is owed')").click()
    form = page.locator("form[action$='/waive']")
    form.locator("select").select_option("other")
    form.locator("[name=note]").fill(NOTE)
    place.work.clock = fixed(NOW + timedelta(minutes=45))
    form.locator("button").click()
    expect(page.locator("main")).to_contain_text("You were signed out after 30 minutes")
    expect(page.locator("main")).to_contain_text("What you entered was not sent")
    assert "study" not in page.content()
    sign_in(page)
    expect(page.locator("h1")).to_have_text("What you entered is still here")
    expect(page.locator("[name=note]")).to_have_value(NOTE)
    expect(page.locator("select[name=code]")).to_have_value("other")
    if scripts:
        check(page)
    page.click("button:has-text('Send it now')")
    expect(page.locator("main")).to_contain_text("Waived")


def test_a_tab_of_a_session_that_is_over_leads_to_the_whole_sign_in_page_and_back(
    chromium: Browser, place: Place
) -> None:
    page = chromium.new_page()
    page.goto(f"{place.base}/sign-in")
    sign_in(page)
    page.goto(f"{place.base}/?priority=routine")
    place.work.clock = fixed(NOW + timedelta(minutes=45))
    page.click("nav.tabs a:has-text('Late')")
    expect(page.locator("h1")).to_have_text("Sign in")
    assert page.locator("nav.tabs").count() == 0 and page.locator("header").count() == 1
    sign_in(page)
    expect(page.locator("nav.tabs a[aria-current]")).to_contain_text("Late")
    assert "priority=routine" in page.url and "tab=late" in page.url
