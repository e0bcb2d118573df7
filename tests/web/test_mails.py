"""The page Sent, of mails to staff: what became of each in words, and what a person does about it."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select

from loopclose.domain.roles import refused as refused_to
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.jobs import run_night
from loopclose.flows.night.sending import NO_MAIL
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store import mails
from loopclose.store.base import Scope
from loopclose.store.outbox import STATES, Alert, Message
from loopclose.web import create_app
from loopclose.web.mails import SIGNS
from tests.store.line import NOW
from tests.web.conftest import Browser

MAIN = Scope("main")


def failed(work: Work) -> Message:
    """One mail that was refused for good, of a night without a mail server."""
    run_night(work, MAIN)
    with work.db.write() as session:
        found = mails.newest(session, MAIN)[0]
        found.state, found.error = "failed", "The mail server refused the recipient (550)."
        return found


def test_what_did_not_leave_says_why_and_is_found_by_its_state(work: Work, browser: Browser) -> None:
    refused = failed(work)
    page = html.unescape(browser.get("/mails?state=failed"))
    assert "refused the recipient (550)" in page and page.count("<article") == 1 and "Send it again" in page
    assert f'id="mail-{refused.id}"' in page and 'aria-current="page" class="late">Not delivered <b>1</b>' in page
    waiting = html.unescape(browser.get("/mails?state=waiting"))
    assert NO_MAIL in waiting and "(550)" not in waiting
    assert "No mail is in this state" in browser.get("/mails?state=held")
    assert "<h1>Sent" in browser.get("/mails?state=%F0%9F%92%A9") and "<article" in browser.get("/mails")


def test_a_button_sends_it_again_and_another_drops_it(work: Work, browser: Browser) -> None:
    refused = failed(work)
    answer = browser.post(f"/mails/{refused.id}/send", "/mails", state="failed")
    assert "It leaves within a few minutes" in answer and "No mail is in this state" in answer
    with work.db.read() as session:
        found = mails.message(session, MAIN, refused.id)
    assert found is not None and (found.state, found.decided_by) == ("planned", "cora@demo.example")
    assert "Dropped. Nobody gets it." in browser.post(f"/mails/{refused.id}/drop", "/mails")
    assert "is cancelled by now: nothing was changed" in browser.post(f"/mails/{refused.id}/send", "/mails")


def test_a_clinician_neither_sees_mails_nor_decides_about_them(work: Work) -> None:
    refused = failed(work)
    clinician = Browser(create_app(work).test_client())
    path = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'heart@demo.example')}"
    clinician.post(path, path)
    assert refused_to("clinician", "see_mails") in clinician.get("/mails")
    assert refused_to("clinician", "decide_mail") in clinician.post(f"/mails/{refused.id}/send", "/health")


def test_an_auditor_sees_mails_and_has_no_buttons(work: Work) -> None:
    refused = failed(work)
    add_user(work.db, MAIN, Account("audra@demo.example", "auditor"))
    auditor = Browser(create_app(work).test_client())
    path = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'audra@demo.example')}"
    auditor.post(path, path)
    page = auditor.get("/mails")
    assert refused.id in page and "Send it again" not in page and "Drop it" not in page


def test_a_mail_that_is_none_of_the_practice_is_no_page(browser: Browser) -> None:
    assert "There is no such page." in browser.post("/mails/x/send", "/mails")


@pytest.mark.parametrize("state", STATES)
def test_a_report_says_what_became_of_the_mail_about_it(work: Work, browser: Browser, state: str) -> None:
    run_night(work, MAIN)
    with work.db.write() as session:
        alert = session.scalars(select(Alert).where(Alert.message.is_not(None))).first()
        assert alert is not None and alert.message is not None
        mail = session.get_one(Message, ("main", alert.message))
        mail.state, mail.sent_at = state, NOW if state == "sent" else None
    page = html.unescape(browser.get(f"/obligation/{alert.obligation}"))
    told = page.partition("Who was told")[2].partition("</section>")[0]
    sign, words = SIGNS[state]
    assert ("Tue 24 Nov at 10:00" in told) == (state == "sent")
    assert (f"<strong>{sign} {words}</strong>" in told) == (state != "sent")
