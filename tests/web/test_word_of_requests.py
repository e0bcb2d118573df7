"""Whether a request is accepted, on the screens: its own page, the page of the report under it, and Sent."""

from __future__ import annotations

import pytest

from loopclose.config.channels.direct import DirectConfig
from loopclose.flows.delivery.plan import plan_to
from loopclose.flows.delivery.send import send_due
from loopclose.flows.work import Work
from loopclose.store.obligations import Obligation
from tests.store.desks import rows_of
from tests.store.line import judge_everybody
from tests.store.scripted import Scripted
from tests.store.signed_letters import CORA, MAIN, PostOffice
from tests.web.conftest import Browser
from tests.web.pages import visible


def test_what_a_referrers_system_was_told_stands_on_the_page_of_the_answer_of_the_report_and_on_sent(
    work: Work, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    direct = {"main": DirectConfig.model_construct(oid="1.2.36.1", answers_requests=True)}
    work.config = work.config.model_copy(update={"direct": direct})
    office = PostOffice(work, monkeypatch, Scripted("direct"))
    judge_everybody(work)
    reports = {one.referral: one for one in rows_of(work.db, Obligation, kind="report") if one.state == "owed"}
    answer = next(one for one in rows_of(work.db, Obligation, kind="answer") if one.referral in reports)
    report = f"/obligation/{reports[answer.referral].id}"
    assert "The request was accepted" not in browser.get(report), "nothing was said of it yet"
    page = visible(browser.get(f"/obligation/{answer.id}"))
    assert "Where can it go?" in page and "told by Direct message whether the request is accepted" in page
    key = office.address(answer, "direct", "nine@direct.example.org")
    page = browser.get(f"/obligation/{answer.id}")
    assert "Send to" in page
    plan_to(work, MAIN, office.ways, answer.id, key, CORA)
    send_due(work, MAIN, office.ways)
    page = visible(browser.get(f"/obligation/{answer.id}"))
    assert "Sent, arrival not known" in page and "Its arrival is awaited" not in page and "Send it again" not in page
    page = visible(browser.get(report))
    assert "The request was accepted" in page and "nine@direct.example.org" in page
    assert "word of the request" in visible(browser.get("/sent"))
