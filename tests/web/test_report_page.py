"""The page of a report: what is next and whose step it is, the note that was signed, and nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from loopclose.flows.jobs import run_night
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import User
from tests.web.conftest import Browser
from tests.web.pages import owed, paths, visible
from tests.web.test_moves import as_user, said

NAMES = {"heart": "Hana Sample", "cora": "Cora Sample", "leo": "Leo Sample", "mona": "Mona S."}
OPENS = {"owed": "Open to draft", "drafted": "Open the draft", "signed": "Open the signed report"}


def first(work: Work, state: str) -> Obligation:
    return next(one for one in owed(work) if one.kind == "report" and one.state == state)


def set_owner(work: Work, report: Obligation, **columns: object) -> None:
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == report.id).values(**columns))


@pytest.fixture
def named(work: Work) -> Work:
    """Everybody has a name that is not in the e-mail."""
    with work.db.write() as session:
        for email, name in (
            ("heart", "Hana Sample"),
            ("cora", "Cora Sample"),
            ("leo", "Leo Sample"),
            ("mona", "Mona S."),
        ):
            session.execute(update(User).where(User.email == f"{email}@demo.example").values(name=name))
    return work


def test_no_page_names_anybody_by_an_address(named: Work, browser: Browser) -> None:
    run_night(named, Scope("main"))
    report = first(named, "owed")
    page = f"/obligation/{report.id}"
    browser.post(f"{page}/draft", page)
    browser.post(f"{page}/assign", page, to="mona@demo.example")
    browser.post(f"{page}/attest", page, channel="fax", recipient="Elm Street", sent_at=report.due_at.isoformat())
    assert "Cora Sample gave it to somebody" in visible(browser.get(page)) and "to Mona S." in visible(
        browser.get(page)
    )
    assert "the step of Mona S." in visible(browser.get(page))
    for path in paths(named):
        if path not in ("/mails", "/health"):
            assert "@demo.example" not in visible(browser.get(path)), path


@pytest.mark.parametrize(
    ("owner", "says"),
    [
        ("cora@demo.example", "It is your step."),
        ("coordinator", "It is your step, as the coordinator."),
        ("HEART@demo.example", "It is the step of Hana Sample."),
        ("gone@demo.example", "It is your step, as the coordinator."),
        ("lead", "It is the lead's step."),
    ],
)
def test_whose_step_it_is_is_said_by_name(named: Work, browser: Browser, owner: str, says: str) -> None:
    report = first(named, "owed")
    set_owner(named, report, owner=owner)
    page = visible(browser.get(f"/obligation/{report.id}"))
    assert f"Next: Draft the report. {says}" in page and page.count("Next:") == 1


def test_a_button_says_what_it_does(work: Work, browser: Browser) -> None:
    for state, words in (
        ("owed", "Open to draft"),
        ("drafted", "Open the draft"),
        ("signed", "Open the signed report"),
    ):
        set_owner(work, first(work, "owed"), state=state)
        rows = re.findall(r'(?s)<a class="button[^>]*>(.*?)</a>', browser.get("/"))
        assert any(visible(row).startswith(words) for row in rows), words
    assert not [row for row in rows if visible(row).split(" of ")[0] in ("Draft", "Send", "Review", "Open")]


def test_a_signed_report_shows_the_note_it_rests_on(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        step = session.scalars(select(TransitionRow).filter_by(to_state="signed", actor="ehr")).first()
    assert step is not None and step.evidence_sha256
    page = visible(browser.get(f"/obligation/{step.obligation}"))
    assert "Signed note" in page and "Assessment:" in page and "Not drafted yet" not in page
    assert re.search(r"Consult note by \w+ \w+ Sample, MD ?, \w{3} \d+ \w{3} at \d\d:\d\d · signed in the EHR", page)
    with work.db.write() as session:
        session.execute(update(TransitionRow).values(evidence_sha256=None, evidence="DocumentReference/gone"))
    page = visible(browser.get(f"/obligation/{step.obligation}"))
    assert "is no longer kept here: look at it in the EHR" in page and "Not drafted yet" not in page


@pytest.mark.parametrize(
    ("move", "typed", "why"),
    [
        ("waive", {"code": "other", "note": " "}, "in words"),
        ("attest", {"channel": "fax", "recipient": "Elm <b>Street", "sent_at": "yesterday noon"}, "is no time"),
        ("waive", {"code": "duplicate", "note": "a long reason & more", "seen": "9.9.9.9"}, "Meanwhile"),
        ("due_by", {"at": "2020-01-01T10:00"}, "has passed"),
        ("assign", {"to": "mona@demo.example", "seen": "9.9.9.9"}, "Meanwhile"),
    ],
)
def test_a_refused_form_comes_back_open_with_what_was_typed(
    work: Work, browser: Browser, move: str, typed: dict[str, str], why: str
) -> None:
    report = first(work, "owed")
    path = f"/obligation/{report.id}"
    came = browser.post(f"{path}/{move}", path, **typed)
    assert why in said(came) and "<h1>" in came
    form = re.search(rf'(?s)<details open>(?:(?!</details>).)*action="{path}/{move}".*?</details>', came)
    assert form is not None and came.count("<details open>") == 1 and "autofocus" in form[0]
    for name, text in typed.items():
        if name != "seen":
            field = re.search(rf'(?s)<(input|textarea|select) name="{name}".*?(?=<label|<button)', form[0])
            assert field is not None and unescape(text) in unescape(field[0]), name
    chosen = [value for name, value in typed.items() if name in ("code", "channel", "to")]
    assert re.findall(r'value="([^"]+)" selected', form[0]) == chosen


def test_what_was_typed_for_a_move_that_is_gone_is_shown(work: Work, browser: Browser) -> None:
    report = first(work, "owed")
    path = f"/obligation/{report.id}"
    browser.post(f"{path}/waive", path, code="duplicate")
    came = browser.post(f"{path}/attest", path, channel="fax", recipient="Elm Street 7")
    assert "can be attested" in said(came) and "You had typed" in came and "Elm Street 7" in came


def test_the_other_roles_see_the_same_page(work: Work) -> None:
    report = first(work, "signed")
    for email in ("heart", "leo", "mona"):
        page = visible(as_user(work, f"{email}@demo.example").get(f"/obligation/{report.id}"))
        assert "Next: Send the report." in page and "Signed note" in page
