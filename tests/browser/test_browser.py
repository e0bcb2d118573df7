"""A real browser: sign in, a late report, its draft, a referral picked; with and without JavaScript; axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import check


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
    page.click("table tr:has-text('Not drafted') a.button >> nth=0")
    page.click("button:has-text('Draft both papers')")
    for _ in range(200):  # it is drafted beside the request; a script asks by itself, without one a person does
        if scripts or page.locator(".paper").count():
            break
        page.reload()
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
