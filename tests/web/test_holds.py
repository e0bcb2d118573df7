"""The page of a report on hold: what holds it, who released it, and no way round for whoever may not."""

from __future__ import annotations

import pytest

from loopclose.domain.holds import GROUNDS, RELEASES, Ground
from loopclose.flows.papers.holding import hold_drafted
from loopclose.flows.work import Work
from loopclose.store import drafts
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.test_letters import Clinician
from tests.web.test_screens import one

MAIN = Scope("main")
LABEL = Ground("sensitive", "DocumentReference/n1", "http://terminology.hl7.org/CodeSystem/v3-ActCode|HIV")


def put_on_hold(work: Work, owed: Obligation) -> None:
    with work.db.write() as session:
        report = drafts.report(session, MAIN, owed.id)
        assert report is not None
        hold_drafted(session, MAIN, report, [LABEL], NOW)


@pytest.fixture
def heart(work: Work) -> Clinician:
    return Clinician(work).drafted()


def test_a_clinician_sees_what_holds_it_releases_it_and_signs(heart: Clinician) -> None:
    put_on_hold(heart.work, heart.owed)
    path = f"/obligation/{heart.owed.id}"
    assert "It is on hold" in heart.sign() and not heart.signed
    page = heart.page.get(path)
    words = visible(page)
    assert GROUNDS["sensitive"] in words and "Release the report" in words and f"<code>{LABEL.source}</code>" in page
    refused = visible(heart.page.post(f"{path}/release", path, code="treatment", note=" "))
    assert "Say in words what the release rests on" in refused
    after = visible(heart.page.post(f"{path}/release", path, code="treatment", note="She is treated there."))
    assert RELEASES["treatment"] in after and "She is treated there." in after and "Was on hold" in after
    assert "Signed: the letter to" in heart.sign() and len(heart.signed) == 1


def test_a_coordinator_sees_why_and_can_neither_release_it_nor_say_it_was_sent(
    work: Work, browser: Browser, heart: Clinician
) -> None:
    put_on_hold(work, heart.owed)
    path = f"/obligation/{heart.owed.id}"
    page = browser.get(path)
    assert GROUNDS["sensitive"] in visible(page) and f"{path}/release" not in page and f"{path}/attest" not in page
    answer = browser.post(f"{path}/release", path, code="treatment", note="So.")
    assert "Only a clinician or a lead may release" in visible(answer)
    assert "on hold" in visible(browser.post(f"{path}/attest", path, channel="fax", recipient="Elm Street"))
    assert one(work, id=heart.owed.id).state == "held"
