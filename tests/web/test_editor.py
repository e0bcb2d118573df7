"""The editor of a draft: forms that work without JavaScript, words that are never lost, and nothing done by looking."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import update

from loopclose.flows.papers.editing import desk_of
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store import drafts
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import UserSession
from loopclose.web import create_app
from tests.spec.cast import BOSTON
from tests.web.conftest import Browser, draft_all
from tests.web.test_screens import one

MAIN = Scope("main")


@pytest.fixture
def page(work: Work, browser: Browser) -> str:
    """The editor of the consult note of a report that was drafted."""
    owed = one(work, kind="report", state="owed")
    browser.post(f"/obligation/{owed.id}/draft", f"/obligation/{owed.id}")
    draft_all(work)
    return f"/obligation/{owed.id}/draft/consult-note"


def first_key(work: Work, page: str, code: str = "question") -> tuple[str, str]:
    """Key and words of the first sentence of a section."""
    with work.db.read() as session:
        owed = drafts.report(session, MAIN, page.split("/")[2])
        assert owed is not None
        desk = desk_of(session, MAIN, BOSTON, owed, "consult-note")
    assert desk is not None
    said = next(
        one for part in desk.edited.parts if part.section.code == code for block in part.blocks for one in block.said
    )
    return said.key, said.sentence.text


def words(found: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())


def signed_in(work: Work, email: str) -> Browser:
    found = Browser(create_app(work).test_client())
    link = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, email)}"
    found.post(link, link)
    return found


def test_a_picked_sentence_shows_what_it_rests_on(work: Work, browser: Browser, page: str) -> None:
    key, text = first_key(work, page)
    plain, picked = browser.get(page), browser.get(f"{page}?at={key}")
    assert "It rests on" not in plain and text in words(plain)
    assert "It rests on An order" in words(picked) and "ServiceRequest/" in picked and 'aria-current="true"' in picked
    assert browser.get(f"{page}?at=nothing").count("It rests on") == 0


def test_each_form_is_kept_at_once_and_shows_in_every_form_of_the_letter(
    work: Work, browser: Browser, page: str
) -> None:
    key, text = first_key(work, page)
    shown = words(browser.post(page, page, does="change", target=key, text="Own question.", seen="0"))
    assert "Kept." in shown and "edited by cora, Tue 24 Nov 2026 at 10:00" in shown and text in shown
    shown = words(browser.post(page, page, does="add", section="plan", text="Call <b>us</b>.", seen="1"))
    assert "Call <b>us</b>." in shown and "added by cora" in shown
    shown = words(browser.post(page, page, does="cut_whole", target=key, seen="2"))
    assert "cut “Own question." in shown
    report = browser.get(page.partition("/draft/")[0])
    assert "Call &lt;b&gt;us&lt;/b&gt;." in report and "Own question." not in report and "added by cora" in report
    shown = words(browser.post(page, page, does="take_back", target="3", seen="3"))
    assert "(taken back)" in shown and "Own question." in shown


def test_words_of_whoever_came_second_are_kept_below_who_was_first(work: Work, browser: Browser, page: str) -> None:
    key, _ = first_key(work, page)
    browser.post(page, page, does="change", target=key, text="First words.", seen="0")
    other = signed_in(work, "heart@demo.example")
    answer = other.post(page, page, does="change", target=key, text="Second words.", seen="0")
    assert "cora changed this Tue 24 Nov at 10:00. Your words are kept below" in words(answer)
    assert re.search(r"<textarea[^>]*>\s*Second words.</textarea>", answer) and "First words." in words(answer)
    browser.post(page, page, does="cut", target=key, seen="1")
    answer = other.post(page, page, does="change", target=key, text="Third words.", seen="0")
    assert "Your words" in answer and "Third words." in words(answer)
    answer = other.post(page, page, does="add", section="plan", text="Fourth words.", seen="0")
    assert re.search(r"<details class=\"add\" open>.*?Fourth words.</textarea>", answer, re.S)


def test_looking_changes_nothing_and_a_form_needs_its_token(work: Work, browser: Browser, page: str) -> None:
    def body() -> bytes:
        with work.db.read() as session:
            return drafts.papers(session, MAIN, page.split("/")[2])["consult-note"].body

    key, _ = first_key(work, page)
    before = body()
    browser.get(f"{page}?at={key}&does=cut&target={key}&seen=0")
    assert browser.client.post(page, data={"does": "cut", "target": key, "seen": "0"}).status_code == 400
    assert body() == before


def test_who_may_not_edit_sees_no_form_and_is_refused(work: Work, browser: Browser, page: str) -> None:
    key, _ = first_key(work, page)
    manager = signed_in(work, "mona@demo.example")
    shown = manager.get(f"{page}?at={key}")
    assert "It rests on" in shown and "Keep these words" not in shown and "Add own words" not in shown
    refused = manager.post(page, page, does="cut", target=key, seen="0")
    assert "Only a clinician, a coordinator or a lead may change the words of a draft" in words(refused)


def test_what_is_signed_is_refused_with_a_sentence(work: Work, browser: Browser, page: str) -> None:
    key, text = first_key(work, page)
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == page.split("/")[2]).values(state="signed"))
    shown = browser.get(f"{page}?at={key}")
    assert "The report is signed, so the words of its papers stay as they are." in words(shown)
    assert "Keep these words" not in shown
    refused = browser.post(page, page, does="cut", target=key, seen="0")
    assert "The report is signed" in words(refused) and text in words(refused)


@pytest.mark.parametrize("odd", ["nothing", "obligation", "numbers"])
def test_what_is_not_there_is_not_there(work: Work, browser: Browser, page: str, odd: str) -> None:
    address = {
        "nothing": page.replace("consult-note", "nothing"),
        "obligation": "/obligation/x/draft/consult-note",
        "numbers": page.replace("consult-note", "prescription-sheet/newer/x"),
    }[odd]
    assert browser.client.get(address).status_code == 404
    for seen in ("", "-1", "²", "9" * 30, "one"):
        assert "not made from this draft" in browser.post(page, page, does="cut", target="x", seen=seen)


def test_words_that_were_sent_after_the_session_ended_come_back(work: Work, browser: Browser, page: str) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page))
    assert token is not None
    key, _ = first_key(work, page)
    with work.db.write() as session:
        session.execute(update(UserSession).values(ended_at=work.clock()))
    form = {"csrf_token": token[1], "does": "change", "target": key, "text": "Late words.", "seen": "0"}
    browser.client.post(page, data=form)
    again = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'cora@demo.example')}"
    browser.post(again, again)
    assert "Late words." in browser.get("/kept")
