"""Mails in the mailbox of the letters that nobody understood, on the page Sent, until a person has read them."""

from __future__ import annotations

import hashlib

import pytest

from loopclose.domain.addresses import parse_address
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.delivery.heard import MAILBOX, Said, hear
from loopclose.flows.delivery.mailbox import CONTRADICTS, _take
from loopclose.flows.delivery.unclear import BEFORE, looked_at
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate
from loopclose.outbound.channels.secure_mail.notices import Reader
from loopclose.outbound.channels.secure_mail.opening import Opened
from loopclose.outbound.channels.secure_mail.reports import part_of
from loopclose.store import delivery_history
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit
from tests.store.desks import rows_of
from tests.store.scripted import Scripted
from tests.store.signed_letters import CORA, MAIN, PostOffice, signed
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.test_on_its_way import as_user, panel

SENDER = "letters@direct.practice.example"


class InTheClear:
    """Nothing is encrypted or signed."""

    def opened(self, content: bytes) -> Opened:
        return Opened(part_of(content), ())


@pytest.fixture
def office(work: Work, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice(work, monkeypatch, Scripted())


@pytest.fixture
def owed(work: Work, office: PostOffice) -> Obligation:
    (found,) = signed(work)
    office.address(found, "direct", "lee@direct.example.org")
    office.round()
    return found


def comes(work: Work, office: PostOffice, content: str) -> str:
    """A mail comes into the mailbox; gives its SHA-256."""
    known = {one.id: one.to for one in office.rows()}
    reader = Reader(parse_address(SENDER), known.get, InTheClear())
    _take(work, MAIN, {}, reader, content.encode())
    return hashlib.sha256(content.encode()).hexdigest()


def answered(office: PostOffice) -> str:
    """A mail that somebody wrote in answer to the letter."""
    (row,) = office.rows()
    head = f"From: Alma Reyes <front@office.example>\nIn-Reply-To: <{row.id}@direct.practice.example>\n"
    return f"{head}Subject: Alma Reyes\n\nWho is Alma Reyes?\n"


def test_a_mail_that_nobody_understood_is_listed_until_a_person_has_read_it(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    assert "Mails to read" not in browser.get("/sent")
    mail = comes(work, office, answered(office))
    comes(work, office, "From: nobody at all\n\nHello.\n")
    page = browser.get("/sent")
    text = visible(page)
    assert "Mails to read (2)" in text and "from front@office.example" in text
    assert "It is no report: perhaps somebody wrote an answer." in text and "Of which letter is not known." in text
    assert "Alma Reyes" not in text, "what the mail says, and the name beside the address, is not shown"
    (row,) = office.rows()
    assert f'href="/obligation/{owed.id}#on-its-way"' in page.partition("Mails to read")[2].partition("</section>")[0]
    assert f"the report to {row.name}" in text and "Tue 24 Nov at 10:00" in text
    after = visible(browser.post(f"/sent/mails/{mail}/looked-at", "/sent", words="They ask whose letter it is."))
    assert "Kept: it was looked at." in after and "Mails to read (1)" in after and "front@office" not in after
    said = panel(browser, owed)
    assert "a mail came that nobody understood" in said and "They ask whose letter it is." in said
    assert len(rows_of(work.db, Audit, action="look_at_mail")) == 1


def test_a_second_press_keeps_nothing_more_and_says_so(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    mail = comes(work, office, answered(office))
    browser.post(f"/sent/mails/{mail}/looked-at", "/sent")
    assert BEFORE in browser.post(f"/sent/mails/{mail}/looked-at", "/sent")
    assert len(rows_of(work.db, DeliveryEvent, what=delivery_history.LOOKED_AT)) == 1
    assert "There is no such page." in browser.post(f"/sent/mails/{'0' * 64}/looked-at", "/sent")


def test_the_same_mail_read_twice_is_closed_by_one_person(work: Work, office: PostOffice, owed: Obligation) -> None:
    mail = comes(work, office, answered(office))
    comes(work, office, answered(office))
    looked_at(work, MAIN, mail, CORA)
    with work.db.read() as session:
        assert delivery_history.unclear_mails(session, MAIN) == []


def test_an_auditor_sees_such_mails_and_closes_none(work: Work, office: PostOffice, owed: Obligation) -> None:
    mail = comes(work, office, answered(office))
    add_user(work.db, MAIN, Account("audra@demo.example", "auditor"))
    auditor = as_user(work, "audra@demo.example")
    page = auditor.get("/sent")
    assert "Mails to read" in page and "It was looked at" not in page
    auditor.post(f"/sent/mails/{mail}/looked-at", "/health")
    with work.db.read() as session:
        assert len(delivery_history.unclear_mails(session, MAIN)) == 1


def bounce(office: PostOffice, action: str, when: str = "Tue, 24 Nov 2026 10:05:00 -0500") -> str:
    """What a mail system reports of the letter."""
    (row,) = office.rows()
    said = f"Original-Envelope-Id: {row.id}\n\nFinal-Recipient: rfc822; {row.to}\nAction: {action}\nStatus: 4.4.7\n"
    head = f'From: postmaster@mx.example\nDate: {when}\nContent-Type: multipart/report; boundary="B"\n\n'
    return f"{head}--B\nContent-Type: message/delivery-status\n\n{said}\n--B--\n"


def test_word_of_a_delay_is_kept_once_and_changes_nothing_until_the_letter_failed(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    for _ in range(2):
        comes(work, office, bounce(office, "delayed"))
    assert [row.state for row in office.rows()] == ["sent"]
    assert panel(browser, owed).count("held up on its way, says an answer by mail") == 1
    comes(work, office, bounce(office, "failed"))
    assert [row.state for row in office.rows()] == ["failed"]
    comes(work, office, bounce(office, "delivered"))
    assert [row.state for row in office.rows()] == ["failed"], "nothing that comes late makes it sent"


def test_a_failure_of_a_letter_that_arrived_is_for_a_person(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    (row,) = office.rows()
    hear(work, MAIN, row.id, Said(Fate("received", words="It was shown."), MAILBOX, "loopclose"))
    comes(work, office, bounce(office, "failed"))
    assert [row.state for row in office.rows()] == ["received"]
    assert CONTRADICTS in visible(browser.get("/sent"))


@pytest.mark.parametrize("when", ["Thu, 1 Jan 1970 00:00:00 +0000", "Sun, 24 Nov 2030 10:00:00 +0000", "x"])
def test_a_clock_that_is_wrong_tells_no_time(work: Work, office: PostOffice, owed: Obligation, when: str) -> None:
    comes(work, office, bounce(office, "failed", when))
    (failed,) = rows_of(work.db, DeliveryEvent, what="failed")
    assert failed.at == failed.heard_at
