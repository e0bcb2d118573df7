"""The demo's three links: who comes in by each, and how few clicks it is to the draft that is most pressing."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.request import urlopen

import pypdfium2
import pytest

from loopclose.cli import demo
from loopclose.domain.roles import CLINICIAN, COORDINATOR, MANAGER
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.delivery.round import deliver
from loopclose.flows.jobs import sync_site
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.sandbox.office import Office
from loopclose.store.base import Scope
from loopclose.store.worklist import worklist
from loopclose.web import create_app
from tests.web.conftest import draft_all
from tests.web.test_letters import Clinician

MAIN = Scope("main")


@pytest.fixture
def shown(work: Work) -> Work:
    """The practice with the demo's people in it, read again so that reports are theirs."""
    for account in demo.PEOPLE:
        add_user(work.db, MAIN, account)
    sync_site(work, work.site_of("main", "main"))
    return work


class Visitor:
    """Somebody who only opens a link and presses what a page offers, and how often they did."""

    def __init__(self, work: Work) -> None:
        self.client, self.actions, self.page = create_app(work).test_client(), 0, ""

    def open(self, path: str) -> None:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200
        self.page = unescape(answer.get_data(as_text=True))
        self.path = answer.request.path

    def press(self, button: str) -> None:
        """The form of the page whose button says that."""
        self.actions += 1
        forms = re.findall(r'<form method="post"([^>]*)>(.*?)</form>', self.page, re.DOTALL)
        (attributes, form) = next(one for one in forms if re.search(rf">\s*{button}", one[1]))
        action = re.search(r'action="([^"]+)"', attributes)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        answer = self.client.post(action[1] if action else self.path, data=fields, follow_redirects=True)
        assert answer.status_code == 200
        self.page, self.path = unescape(answer.get_data(as_text=True)), answer.request.path


def test_each_link_lets_somebody_of_its_role_in_once(shown: Work) -> None:
    links = demo.links(shown, MAIN)
    assert list(links) == [CLINICIAN, COORDINATOR, MANAGER]
    for role, path in links.items():
        visitor = Visitor(shown)
        visitor.open(path)
        visitor.press("Sign in")
        assert any(f"Sign out {one.name}" in visitor.page for one in demo.PEOPLE if one.role == role)
        again = Visitor(shown)
        again.open(path)
        assert "was used" in again.page


def has_draft(page: str) -> bool:
    """Whether the letter stands there, be it the first under its referral or a later one."""
    return 'class="paper"' in page and ("You asked" in page or "Your referral" in page)


def test_a_clinician_is_two_actions_from_her_link_to_her_most_pressing_draft(shown: Work) -> None:
    demo.draft_ahead(shown, MAIN)
    hers = [one for one in demo.PEOPLE if one.role == CLINICIAN]
    path = demo.links(shown, MAIN)[CLINICIAN]
    visitor = Visitor(shown)
    visitor.open(path)
    visitor.actions += 1  # opening the link counts, too
    visitor.press("Sign in")
    assert visitor.actions <= 2
    (who,) = [one for one in hers if f"Sign out {one.name}" in visitor.page]
    with shown.db.read() as session:
        open_ones = worklist(session, MAIN, shown.clock(), kind="report")
        first = next(
            one
            for one in open_ones
            if one.obligation.owner == who.email and one.obligation.state in ("owed", "drafted")
        )
    assert visitor.path == f"/obligation/{first.obligation.id}"
    assert has_draft(visitor.page) and "Draft ready" in visitor.page


def test_where_nothing_was_drafted_ahead_it_is_one_press_more(shown: Work) -> None:
    visitor = Visitor(shown)
    visitor.open(demo.links(shown, MAIN)[CLINICIAN])
    visitor.press("Sign in")
    visitor.press("Draft both papers")
    assert visitor.actions == 2 and "Being drafted" in visitor.page
    draft_all(shown)
    visitor.open(visitor.path)
    assert has_draft(visitor.page)


def test_a_clinician_without_a_report_begins_with_her_list(shown: Work) -> None:
    add_user(shown.db, MAIN, Account("new@demo.example", CLINICIAN, "Nia New Sample"))
    visitor = Visitor(shown)
    visitor.open(f"/sign-in/once/{make_link(shown.db, shown.clock, MAIN, 'new@demo.example')}")
    visitor.press("Sign in")
    assert "No report waits for you to write." in visitor.page and visitor.path == "/"


def test_the_three_links_are_printed_with_whose_they_are(shown: Work) -> None:
    said = demo.words("http://127.0.0.1:8020", demo.links(shown, MAIN), "http://127.0.0.1:8021")
    assert f"password: {demo.PASSWORD})" in said and "mailbox of the\nreferrer's office, http://127.0.0.1:8021," in said
    lines = [line.split() for line in said.splitlines() if "/sign-in/" in line]
    assert [role for role, _ in lines] == [CLINICIAN, COORDINATOR, MANAGER]
    assert all(address.startswith("http://127.0.0.1:8020/sign-in/once/main.") for _, address in lines)


PAGE = "http://127.0.0.1:8022"


def test_what_is_signed_is_in_the_mailbox_of_the_office_and_says_where_it_is_confirmed(
    shown: Work, tmp_path: Path
) -> None:
    config = shown.config
    web = config.web.model_copy(update={"mail_folder": tmp_path / "mails"})
    delivery = config.delivery.model_copy(update={"page_address": PAGE})
    work = replace(shown, config=config.model_copy(update={"web": web, "delivery": delivery}))
    demo.fill_book(work, MAIN)
    heart = Clinician(work).drafted(minutes=2)
    with Office(tmp_path / "mails") as office:
        assert "Nothing has arrived yet" in urlopen(office.address).read().decode()
        assert "Signed: the letter to" in heart.sign()
        assert deliver(work, MAIN) == 1
        (pdf,) = re.findall(r'href="(/letter-[^"]+)">consult-note[^<]*\.pdf<', urlopen(office.address).read().decode())
        page = pypdfium2.PdfDocument(urlopen(office.address + pdf).read())[0].get_textpage().get_text_range()
    assert PAGE in page.replace("\r\n", "")
