"""A clinician signs her letters with the keyboard alone: what is to settle is answered, and the next is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from loopclose.flows.sign_in import hash_password
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import User
from loopclose.store.signatures import SignatureRow
from tests.browser.conftest import check, link_of, served
from tests.store.letters import ASKED, STENT, drafted, note, sheet
from tests.store.line import NOW, practice

HEART, PASSWORD = "heart@demo.example", "a long enough password"


@dataclass
class Place:
    """The application at an address, with two letters: one as it should be, and before it one with a conflict."""

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


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with practice(tmp_path, 80) as work:
        with work.db.write() as session:
            session.execute(update(User).where(User.email == HEART).values(password_hash=hash_password(PASSWORD)))
            asked = select(Obligation).filter_by(kind="report", state="owed", owner=HEART)
            owed = session.scalars(asked.order_by(Obligation.due_at)).all()[:2]
        for one in owed:
            drafted(work.db, Scope("main"), one, NOW, ASKED, sheet(STENT))
        with served(work) as base:
            yield Place(base, work)


def tab_to(page: Page, selector: str) -> None:
    """With the Tab key alone."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not come to {selector}")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_letters_are_signed_with_the_keyboard_one_after_another(
    chromium: Browser, place: Place, width: int, scripts: bool
) -> None:
    page = chromium.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900}).new_page()
    page.goto(link_of(place.work, place.base, HEART))
    page.click("main button")
    page.goto(f"{place.base}/letters")
    first = page.inner_text("h1")
    place.read_for(2)
    tab_to(page, "a[href='#sign-form']")
    page.keyboard.press("Enter")
    tab_to(page, "input[type=radio][value=intended]")
    page.keyboard.press("Space")
    tab_to(page, "input[type=radio][name=question]")
    page.keyboard.press("Space")
    tab_to(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.inner_text("main .flash").startswith("Signed") and page.inner_text("h1") != first
    place.read_for(1)
    tab_to(page, "a[href='#sign-form']")
    page.keyboard.press("Enter")
    tab_to(page, "input[type=radio][value=intended]")
    page.keyboard.press("Space")
    tab_to(page, "textarea")
    page.keyboard.type("Yes, stable angina.")
    tab_to(page, "button.primary")  # five minutes are not over: no password is asked for
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "No letter waits for your signature." in page.inner_text("main") and place.signed == 2


def test_the_pages_of_signing_are_legible_to_everybody(chromium: Browser, place: Place) -> None:
    page = chromium.new_page()
    page.goto(link_of(place.work, place.base, HEART))
    page.click("main button")
    page.goto(f"{place.base}/letters")
    check(page)
    page.fill("input[name=password]", "wrong")
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    assert "Not signed." in page.inner_text("main")
    check(page)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    page.goto(f"{place.base}/second-factor")
    check(page)
    with page.expect_navigation():
        page.click("main button.primary")
    assert page.locator("img.qr").count() == 1
    check(page)


def test_a_draft_that_is_right_is_signed_in_three_steps_from_signing_in(chromium: Browser, place: Place) -> None:
    with place.work.db.write() as session:
        owed = session.scalars(select(Obligation).filter_by(state="drafted").order_by(Obligation.due_at)).all()
    for one in owed:
        drafted(place.work.db, Scope("main"), one, NOW, note(), sheet())
    page = chromium.new_page()
    page.goto(f"{place.base}/sign-in")
    page.fill("input[name=email]", HEART)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")  # one
    page.click("nav[aria-label=Main] a:has-text('To sign')")  # two
    page.wait_for_url("**/letters")
    place.read_for(1)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")  # three
    assert page.inner_text("main .flash").startswith("Signed") and place.signed == 1
