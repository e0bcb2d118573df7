"""A clinician's pages of signing beside the path through them (test_letter_path.py), and how few steps it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select, update

from loopclose.flows.sign_in import hash_password
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import User
from tests.browser.conftest import HEART, PASSWORD, Place, check, link_of, served
from tests.store.letters import ASKED, STENT, drafted, note, sheet
from tests.store.line import NOW, practice


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


def test_the_pages_of_signing_are_legible_to_everybody(chromium: Browser, place: Place) -> None:
    page = chromium.new_page()
    page.goto(link_of(place.work, place.base, HEART))
    page.click("main button")
    page.goto(f"{place.base}/letters")
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
