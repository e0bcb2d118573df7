"""One form of dates on every page."""

from __future__ import annotations

import re

from sqlalchemy import update

from loopclose.flows.jobs import run_night
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.pages import owed, paths, visible

ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{4}-\d{2}\b(?!-)")
WITHOUT_TIME = re.compile(r"\b[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}, \d")


def test_no_page_prints_a_raw_date(work: Work, browser: Browser) -> None:
    run_night(work, Scope("main"))
    first = next(one for one in owed(work) if one.kind == "report" and one.state == "owed")
    browser.post(f"/obligation/{first.id}/draft", f"/obligation/{first.id}")
    browser.post(f"/obligation/{first.id}/returns_on", f"/obligation/{first.id}", day="2026-12-30")
    found = {path: ISO.findall(visible(browser.get(path))) for path in paths(work)}
    assert not {path: dates for path, dates in found.items() if dates}
    assert not [path for path in paths(work, 1) if WITHOUT_TIME.search(visible(browser.get(path)))]


def test_another_year_is_written_and_this_one_is_not(work: Work, browser: Browser) -> None:
    first = next(one for one in owed(work) if one.kind == "report" and one.state == "owed")
    page = f"/obligation/{first.id}"
    assert f"Due {first.due_at:%a} {first.due_at.day} {first.due_at:%b} at" in visible(browser.get(page))
    with work.db.write() as session:
        session.execute(update(Obligation).values(due_at=NOW.replace(year=2025, day=20)))
    assert "Due Thu 20 Nov 2025 at 10:00" in visible(browser.get(page))
    assert "Thu 20 Nov 2025 at 10:00" in visible(browser.get("/"))


def test_what_an_ehr_wrote_less_exactly_is_shown_as_that(work: Work, browser: Browser) -> None:
    first = next(one for one in owed(work) if one.kind == "report" and one.state == "owed")
    with work.db.write() as session:
        session.execute(update(PatientRow).where(PatientRow.id == first.patient).values(birth_date="1950"))
    work.judge(Scope("main"), first.ehr, [first.person])
    with work.db.write() as session:
        session.execute(update(ReferralRow).values(authored_on="2026-11"))
    page = visible(browser.get(f"/obligation/{first.id}"))
    assert "Referred Nov 2026" in page and "Born 1950 (about 76 y)" in page
    assert "Nov 2026" in visible(browser.get(f"/unmatched/{first.id}"))
