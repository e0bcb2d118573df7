"""The pages of a report and of what waits, with names that deceive or never end: axe, no sideways scrolling."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import waitress.server
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from loopclose.clock import fixed
from loopclose.domain.outside_text import alike
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.line import NOW, add_people, config, read, sandbox, site

WIDTHS = (1440, 768, 390, 320)
NAMES = ("Wolfeschlegelsteinhausenbergerdorff" * 8, "\u202e\u2067Alma דוד " + "ש" * 200)


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[tuple[str, str, Work]]:
    """The application over a practice of hostile names: its address, a link that signs in once, its database."""
    box = sandbox("messy", 80)
    with serve(box) as ehr:
        settings = config(box, ehr, f"sqlite:///{tmp_path / 'browser.db'}")
        work = Work(settings, open_database(settings.database.url), fixed(NOW))
        add_people(work.db)
        read(work.db, site(box, ehr))
        with work.db.write() as session:
            for no, patient in enumerate(session.scalars(select(PatientRow)).all()):
                patient.name = NAMES[no % 2]
                patient.alike = alike(patient.name)
                patient.mrn = "9" * 80
            session.execute(update(ReferralRow).values(label="x" * 300, question="y" * 300))
            for row in session.scalars(select(Obligation)).all():
                if row.referrer:
                    row.referrer = {**row.referrer, "name": NAMES[0], "organization_name": NAMES[1]}
        server = waitress.server.create_server(create_app(work), host="127.0.0.1", port=0)
        threading.Thread(target=server.run, daemon=True).start()
        base = f"http://127.0.0.1:{server.effective_port}"
        token = make_link(work.db, work.clock, Scope("main"), "cora@demo.example")
        yield base, f"{base}/sign-in/once/{token}", work
        server.close()
        work.db.close()


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


def test_no_page_scrolls_sideways_whatever_the_names(chromium: Browser, practice: tuple[str, str, Work]) -> None:
    base, link, work = practice
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
    chromium: Browser, practice: tuple[str, str, Work], scripts: bool
) -> None:
    base, link, _ = practice
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
