"""The moves on the pages: what a form offers, carries and refuses; nothing here needs JavaScript."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from loopclose.domain.roles import refused
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.decisions import DecisionRow
from loopclose.store.loop import LinkDecisionRow
from loopclose.store.obligations import Obligation
from loopclose.store.requester_answers import RequesterAnswerRow
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser


def one(work: Work, late: bool | None = None, **wanted: str) -> Obligation:
    """The first due that is so."""
    with work.db.read() as session:
        query = select(Obligation).filter_by(**wanted).order_by(Obligation.due_at)
        found = session.scalars(query).all()
    return next(row for row in found if late is None or (row.due_at < NOW) == late)


def seen(page: str, action: str) -> str:
    """The hidden field of the form with that action: what its maker saw."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    found = re.search(r'name="seen" value="([^"]+)"', form[0])
    assert found is not None, action
    return found[1]


def as_user(work: Work, email: str) -> Browser:
    """Another user's browser."""
    browser = Browser(create_app(work).test_client())
    token = make_link(work.db, work.clock, Scope("main"), email)
    browser.post(f"/sign-in/once/{token}", f"/sign-in/once/{token}")
    return browser


def said(page: str) -> str:
    """What is said at the top of a page."""
    return " ".join(unescape(words) for words in re.findall(r'class="flash[^>]*>(.*?)</p>', page, re.DOTALL))


def test_a_page_offers_only_what_is_possible_and_every_form_says_what_was_seen(work: Work, browser: Browser) -> None:
    for state, offered in (
        ("owed", {"attest", "waive", "assign", "returns_on", "due_by"}),
        ("sent", {"confirm", "waive", "assign"}),
        ("confirmed", {"reopen"}),
    ):
        owed = one(work, kind="report", state=state)
        page = browser.get(f"/obligation/{owed.id}")
        moves = set(re.findall(rf'action="/obligation/{owed.id}/(\w+)"', page)) - {"draft"}
        assert moves == offered
        assert all(seen(page, f"/obligation/{owed.id}/{move}") for move in moves)


def test_no_code_is_chosen_beforehand(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = browser.get(f"/obligation/{owed.id}")
    for name in ("code", "channel", "to"):
        (options,) = re.findall(rf'<select name="{name}" required>(.*?)</select>', page, re.DOTALL)
        assert re.findall(r'<option value="([^"]*)"', options)[0] == "" and "selected" not in options
    assert "One of not_a_referral_visit" in said(browser.post(f"/obligation/{owed.id}/waive", f"/obligation/{owed.id}"))
    assert one(work, id=owed.id).state == "owed"


@pytest.mark.parametrize(
    ("sent_at", "says"),
    [
        ("24.11.2026", "is no time"),
        ("9999-12-31T23:59", "is no time"),
        ("2026-11-24T10:01", "future"),
        ("2026-01-02T10:00", "before the visit was over"),
    ],
)
def test_a_time_that_cannot_be_is_refused(work: Work, browser: Browser, sent_at: str, says: str) -> None:
    owed = one(work, kind="report", state="owed")
    page = f"/obligation/{owed.id}"
    form = {"channel": "fax", "recipient": "Elm Street", "sent_at": sent_at}
    assert says in said(browser.post(f"{page}/attest", page, **form))
    assert one(work, id=owed.id).state == "owed"


def test_a_time_is_the_practices_local_time(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed", late=False)
    page = f"/obligation/{owed.id}"
    form = {"channel": "fax", "recipient": "Elm Street", "sent_at": "2026-11-24T10:00"}
    assert "Done" in said(browser.post(f"{page}/attest", page, **form))
    assert one(work, id=owed.id).sent_at == NOW


def test_a_back_dated_report_waits_on_its_page_for_a_second_person(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed", late=True)
    page = f"/obligation/{owed.id}"
    sent_at = owed.due_at.strftime("%Y-%m-%dT%H:%M+00:00")
    kept = browser.post(f"{page}/attest", page, channel="fax", recipient="Elm Street", sent_at=sent_at)
    assert "stays late" in said(kept) and "Waits for a second person" in kept and "late." in kept
    assert f"{page}/countersign" not in kept and f"{page}/decline" in kept
    other = as_user(work, "leo@demo.example")
    sent = other.post(f"{page}/countersign", page, seen=seen(other.get(page), f"{page}/countersign"))
    assert "Sent, unconfirmed" in sent and one(work, id=owed.id).on_time is True


def test_the_author_of_a_late_report_is_not_offered_to_waive_it_and_cannot(work: Work) -> None:
    owed = one(work, kind="report", state="owed", author="Practitioner/heart", late=True)
    author, page = as_user(work, "heart@demo.example"), f"/obligation/{owed.id}"
    shown = author.get(page)
    assert f"{page}/waive" not in shown and "not waived by its author alone" in shown
    assert "author alone" in said(author.post(f"{page}/waive", page, code="duplicate"))
    assert one(work, id=owed.id).state == "owed"


def test_a_form_from_before_another_decision_is_refused(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = f"/obligation/{owed.id}"
    old = seen(browser.get(page), f"{page}/waive")
    other = as_user(work, "leo@demo.example")
    assert "Done" in said(other.post(f"{page}/assign", page, to="mona@demo.example", seen=old))
    words = said(browser.post(f"{page}/waive", page, code="duplicate", seen=old))
    assert "leo gave it to somebody on Tue 24 Nov 2026 at 10:00" in words
    assert one(work, id=owed.id).state == "owed"
    assert "leo gave it to somebody" in browser.get(page)


def test_a_return_is_entered_shown_and_taken_away(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        latest = select(Obligation).filter_by(kind="report", state="owed").order_by(Obligation.due_at.desc())
        owed = session.scalars(latest).first()
    assert owed is not None
    page = f"/obligation/{owed.id}"
    assert "Done" in said(browser.post(f"{page}/returns_on", page, day="2026-11-25"))
    shown = browser.get(page)
    assert 'type="date" value="2026-11-25"' in shown and "as a person entered it" in shown
    assert one(work, id=owed.id).winner == "patient_returns"
    browser.post(f"{page}/returns_on", page, day="")
    assert one(work, id=owed.id).due_at == owed.due_at


def test_another_move_is_no_page(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/"))
    assert token is not None
    for move in ("delete", "link", "take_back", "requester", "promote"):
        answer = browser.client.post(f"/obligation/{owed.id}/{move}", data={"csrf_token": token[1]})
        assert answer.status_code == 404, move


def test_none_in_spite_of_a_certain_link_is_asked_on_a_second_page(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed", late=False)
    pick = f"/unmatched/{owed.id}"
    what = seen(browser.get(pick), pick)
    asked = browser.post(pick, pick, none="1", seen=what)
    assert "are you sure?" in asked and owed.referral in unescape(asked)
    with work.db.read() as session:
        assert not session.scalars(select(LinkDecisionRow)).all()
    assert 'name="sure" value="1"' in asked and 'name="none" value="1"' in asked and seen(asked, pick) == what
    assert "Kept." in said(browser.post(pick, pick, none="1", sure="1", seen=what))
    assert one(work, id=owed.id).state == "waived"
    assert "cora said that the visit answers no referral" in said(
        browser.post(pick, pick, referral=owed.referral, seen=what)
    )


def test_a_request_in_quarantine_is_shown_with_the_reason_and_what_can_be_read(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        waiting = session.scalars(select(Obligation).filter_by(kind="resolve", state="owed")).all()
    pages = [browser.get(f"/unmatched/{owed.id}") for owed in waiting]
    held = [page for page in pages if "cannot be read" in page]
    assert held and all("written" in page and ">wait</a>" in page for page in held)
    assert any("modifier" in page for page in held) and len(held) < len(pages)


def who_asked(work: Work) -> Obligation:
    """A visit under a request of which nobody knows who really asked."""
    with work.db.read() as session:
        found = session.scalars(
            select(Obligation).where(
                Obligation.kind == "resolve", Obligation.referral.is_not(None), Obligation.visit.is_not(None)
            )
        )
        return found.first()  # type: ignore[return-value]


def test_an_answer_is_listed_and_taken_back(work: Work, browser: Browser) -> None:
    owed = who_asked(work)
    pick = f"/unmatched/{owed.id}"
    page = browser.get(pick)
    assert "holds for this one request" in page
    form = {"name": "Dr. Outside Sample", "npi": "1234567890", "seen": seen(page, f"{pick}/requester")}
    kept = said(browser.post(f"{pick}/requester", pick, **form))
    assert "Kept." in kept and "check digit" in kept
    listed = browser.get("/answers")
    assert "Dr. Outside Sample" in listed and ">cora<" in listed and "that one request" in listed
    with work.db.read() as session:
        (row,) = session.scalars(select(RequesterAnswerRow)).all()
    action = f"/answers/{row.id}/take-back"
    assert "Take it back" not in as_user(work, "mona@demo.example").get("/answers")
    assert "Taken back" in said(browser.post(action, "/answers", seen=seen(listed, action)))
    assert one(work, id=owed.id).state == "owed" and action not in browser.get("/answers")


def test_an_answer_for_a_requester_shows_everybody_first(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed", late=False)
    path = f"/unmatched/{owed.id}"
    assert f"{path}/everybody" in browser.get(path)
    page = browser.get(f"{path}/everybody")
    assert owed.referral in unescape(page) and 'name="listed"' in page
    shown = re.search(r'name="listed" value="([^"]+)"', page)
    assert shown is not None
    form = {"name": "Dr. Outside Sample", "for_requester": "1", "seen": seen(page, f"{path}/requester")}
    refused = browser.post(f"{path}/requester", f"{path}/everybody", listed="0" * 20, **form)
    assert "look at the list again" in said(refused)
    assert "Kept." in said(browser.post(f"{path}/requester", f"{path}/everybody", listed=shown[1], **form))
    with work.db.read() as session:
        (row,) = session.scalars(select(RequesterAnswerRow)).all()
    made = one(work, id=owed.id).referrer
    assert row.about == "requester" and made is not None and made["name"] == "Dr. Outside Sample"


def test_from_within_in_spite_of_a_name_is_asked_on_a_second_page(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed", late=False)
    path = f"/unmatched/{owed.id}"
    asked = browser.post(f"{path}/requester", path, internal="1")
    assert "none of ours" in asked and 'name="internal" value="1"' in asked and "are you sure?" in asked
    assert one(work, id=owed.id).state == "owed"
    assert "owes no report" in said(browser.post(f"{path}/requester", path, internal="1", sure="1"))
    assert one(work, id=owed.id).state == "waived"


def test_whoever_may_not_say_what_a_visit_answers_is_not_asked(work: Work) -> None:
    manager, owed = as_user(work, "mona@demo.example"), who_asked(work)
    page = manager.get(f"/unmatched/{owed.id}")
    assert refused("manager", "link") in page and "This clinician asked" not in page and 'name="referral"' not in page
    form = {"name": "Dr. Outside Sample"}
    told = manager.post(f"/unmatched/{owed.id}/requester", f"/unmatched/{owed.id}", **form)
    assert refused("manager", "requester") in told
    with work.db.read() as session:
        assert not session.scalars(select(DecisionRow)).all()
