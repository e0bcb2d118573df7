"""The pages of a report and of what waits, with names that deceive or never end: axe, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from loopclose.domain.outside_text import alike
from loopclose.flows.work import Work
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from tests.browser.conftest import link_of, served
from tests.store.line import judge_everybody, practice

WIDTHS = (1440, 768, 390, 320)
NAMES = ("Wolfeschlegelsteinhausenbergerdorff" * 8, "\u202e\u2067Alma דוד " + "ש" * 200)


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[tuple[str, str, Work]]:
    """The application over a practice of hostile names: its address, a link that signs in once, its database."""
    with practice(tmp_path, 80) as work:
        with work.db.write() as session:
            for no, patient in enumerate(session.scalars(select(PatientRow)).all()):
                patient.name = NAMES[no % 2]
                patient.alike = alike(patient.name)
                patient.mrn = "9" * 80
            session.execute(update(ReferralRow).values(label="x" * 300, question="y" * 300))
        judge_everybody(work)
        with work.db.write() as session:
            for row in session.scalars(select(Obligation)).all():
                if row.referrer:
                    row.referrer = {**row.referrer, "name": NAMES[0], "organization_name": NAMES[1]}
                    row.referrer_name = NAMES[0]
        with served(work) as base:
            yield base, link_of(work, base, "cora@demo.example"), work


def addresses(work: Work) -> list[str]:
    """A page of each kind."""
    with work.db.read() as session:
        rows = session.scalars(select(Obligation).order_by(Obligation.due_at, Obligation.id)).all()
    found = ["/", "/unmatched", "/answers"]
    for kind, state in {(row.kind, row.state): None for row in rows}:
        one = next(row for row in rows if (row.kind, row.state) == (kind, state))
        found.append(f"/obligation/{one.id}")
    waits = [row for row in rows if row.kind == "resolve" and row.state == "owed"]
    for asked in (True, False):
        one = next(row for row in waits if (row.referral is not None) == asked)
        found.append(f"/unmatched/{one.id}")
    report = next(row for row in rows if row.kind == "report" and row.state == "owed")
    return [*found, f"/unmatched/{report.id}", f"/unmatched/{report.id}/everybody"]


def check(page: Page, path: str) -> None:
    """No axe violation, and nothing wider than the window, in any width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        if width in (1440, 390):
            found = Axe().run(page).response["violations"]
            assert not found, (path, width, [(one["id"], one["nodes"][0]["target"]) for one in found])


def test_no_page_scrolls_sideways_whatever_the_names(chromium: Browser, hostile: tuple[str, str, Work]) -> None:
    base, link, work = hostile
    page = chromium.new_page()
    page.goto(link)
    page.click("main button")
    page.wait_for_url(f"{base}/")
    for path in addresses(work):
        answer = page.goto(base + path)
        assert answer is not None and answer.ok, path
        check(page, path)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_visits_are_answered_with_the_keyboard_one_after_another(
    chromium: Browser, hostile: tuple[str, str, Work], scripts: bool
) -> None:
    base, link, _ = hostile
    page = chromium.new_context(java_script_enabled=scripts).new_page()
    page.goto(link)
    page.click("main button")
    page.wait_for_url(f"{base}/")
    page.goto(f"{base}/unmatched")
    page.locator("main a.button.primary").press("Enter")
    page.wait_for_url(f"{base}/unmatched/*-*")
    for _ in range(2):
        here = page.url
        for _ in range(40):  # the form is reached by Tab alone, from the main part on
            page.keyboard.press("Tab")
            if page.locator("button:focus", has_text="It answers no referral").count():
                break
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if page.locator("button[name=sure]").count():
            with page.expect_navigation():
                page.locator("button[name=sure]").press("Enter")
        assert "left to decide" in page.inner_text("main .flash") and page.url != here
