"""From signing in to the next letter with the keyboard alone: read, mended, answered, signed; axe sees each page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from loopclose.flows.papers.working import write_now
from loopclose.flows.sign_in import hash_password
from loopclose.flows.site import sites
from loopclose.store.obligations import Obligation
from loopclose.store.people import User
from tests.browser.conftest import HEART, PASSWORD, Place, look, served, tab_to
from tests.store.line import practice

VISITS = ("Encounter/enc22", "Encounter/fol62")
"""Of one clinician: with a question, a note that is final, and a medicine that stands in the chart twice."""
MENDED = "We stopped the second aspirin today."


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Both letters as they are drafted from the chart, the clinician with a password."""
    with practice(tmp_path, 80) as work:
        (site,) = sites(work.config)
        with work.db.write() as session:
            owed = {each.visit: each for each in session.scalars(select(Obligation).filter_by(kind="report"))}
            hers = update(User).where(User.email == HEART)
            session.execute(hers.values(password_hash=hash_password(PASSWORD), reference=owed[VISITS[0]].author))
            session.execute(update(Obligation).where(Obligation.visit.in_(VISITS)).values(owner=HEART))
        for visit in VISITS:
            write_now(work.db, work.clock, site, owed[visit].id, HEART)
        with served(work) as base:
            yield Place(base, work)


def enter(page: Page) -> None:
    """Press Enter, and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def go(page: Page, selector: str) -> None:
    """To a link or a button by Tab, and through it."""
    tab_to(page, selector)
    enter(page)


def put(page: Page, selector: str, words: str) -> None:
    """Into a field by Tab, in place of what stands there."""
    tab_to(page, selector)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


@pytest.mark.parametrize(
    ("width", "scripts"), [(1440, True), (390, True), (390, False)], ids=["desk", "phone", "phone without JavaScript"]
)
def test_a_letter_is_mended_answered_and_signed_and_the_next_is_there(
    chromium: Browser, place: Place, width: int, scripts: bool
) -> None:
    page = chromium.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900}).new_page()
    seen = look if scripts else lambda _: None  # axe itself needs scripts
    page.goto(f"{place.base}/sign-in")
    seen(page)
    put(page, "input[name=email]", HEART)
    put(page, "input[name=password]", PASSWORD)
    enter(page)
    seen(page)
    if width < 700:
        tab_to(page, ".menu summary")
        page.keyboard.press("Enter")
    go(page, "nav a[href$='/letters']")
    first = page.inner_text("h1")
    assert "2 to settle, then sign" in page.inner_text("main")
    seen(page)

    go(page, ".to-edit a")
    go(page, "section[aria-labelledby=section-0] ~ section a.said")
    assert "It rests on" in (page.text_content(".picked") or "")
    seen(page)
    put(page, ".picked textarea", MENDED)
    go(page, ".picked button.primary")
    assert "edited by" in page.inner_text("main")
    seen(page)
    go(page, ".crumb a[href*='/letters/']")
    assert page.inner_text("h1") == first and MENDED in page.inner_text(".paper >> nth=0")

    place.read_for(5)
    tab_to(page, "a[href='#sign-form']")
    page.keyboard.press("Enter")
    go(page, "button.primary")  # too early: what is open is said, and what is missing can be answered there
    assert "Not signed." in page.inner_text("#why")
    seen(page)
    tab_to(page, "input[type=radio][value=intended]")
    page.keyboard.press("Space")
    put(page, "textarea[name=words-question]", "Yes: stable angina.")
    put(page, "input[name=password]", PASSWORD)
    enter(page)
    assert page.inner_text("main .flash").startswith("Signed") and place.signed == 1
    assert page.inner_text("h1") != first and "letter to" in page.inner_text("h1")
    seen(page)

    place.read_for(2)
    tab_to(page, "input[type=radio][value=intended]")
    page.keyboard.press("Space")
    put(page, "textarea[name=words-question]", "Yes: as before.")
    go(page, "button.primary")  # five minutes are not over: no password is asked for
    assert "No letter waits for your signature." in page.inner_text("main") and place.signed == 2
