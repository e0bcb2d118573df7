"""The page of a referrer: reached from a report, true to what is stored, and deaf to junk."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

import pytest
from sqlalchemy import select

from loopclose.flows.work import Work
from loopclose.store.obligations import Obligation
from tests.store.line import NOW
from tests.web.conftest import Browser


def pages(browser: Browser) -> list[str]:
    """The page of each referrer of a report, as the list of reports links to it."""
    found = re.findall(r'href="(/referrers/[^"]+)"', unescape(browser.get("/")))
    assert found
    return sorted(set(found))


def test_every_referrer_of_a_report_has_a_page_with_true_figures(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        owed = session.scalars(select(Obligation).where(Obligation.kind == "report", Obligation.due_at <= NOW)).all()
    due = [one for one in owed if one.state != "waived"]
    seen = 0
    for address in pages(browser):
        page = browser.get(f"{address}?days=365")
        counted = re.search(r"<b>(\d+) of (\d+)</b> sent in time", page)
        if counted is None:
            assert "No report to this referrer fell due" in page
            continue
        seen += int(counted[2])
        assert int(counted[2]) - int(counted[1]) == page.count('<th scope="row">')
        assert "Whose step" in page or counted[1] == counted[2]
    assert seen > 0 and seen <= len(due)


def test_a_longer_period_holds_a_shorter_one(browser: Browser) -> None:
    for address in pages(browser)[:5]:
        found = [browser.get(f"{address}?days={days}").count('<th scope="row">') for days in (30, 90, 365)]
        assert all(one <= two for one, two in pairwise(found))


@pytest.mark.parametrize("days", ["²", "-1", "31", "9" * 30, "\x00", ""])
def test_another_period_is_the_usual_one(browser: Browser, days: str) -> None:
    address = pages(browser)[0]
    answer = browser.client.get(address, query_string={"days": days})
    assert answer.status_code == 200 and 'aria-current="page">Due in the last 90 days' in answer.get_data(as_text=True)


def test_nobody_has_no_page(browser: Browser) -> None:
    for address in (
        "/referrers/main/Practitioner/nobody",
        "/referrers/npi/1093817465",
        "/referrers/x/%00",
        "/referrers",
    ):
        assert browser.client.get(address).status_code == 404


def test_a_list_narrowed_to_a_referrer_leads_to_the_page(browser: Browser) -> None:
    _, _, ehr, who = pages(browser)[0].split("/", 3)
    page = browser.get(f"/?referrer={ehr}:{who}")
    assert f'href="/referrers/{ehr}/{who}"' in unescape(page) and "Why reports to this referrer were late" in page
