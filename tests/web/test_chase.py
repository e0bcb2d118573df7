"""The chase desk on the screen and by machine; and a letter that is called back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from loopclose.domain.dates import moment_words
from loopclose.domain.recalling import FACTORS
from loopclose.errors import UsageError
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.chasing.machines import MOST, make_token, revoke_token
from loopclose.flows.delivery.said import opt_out
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope
from loopclose.store.chase_tokens import ChaseToken
from loopclose.store.chases import ChaseRow
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.scripted import Post, Scripted
from tests.store.test_corrections import BOX, CORA, MAIN, Line
from tests.web.conftest import Browser
from tests.web.pages import visible


def a_report(work: Work) -> Obligation:
    """One that is late, to a referrer who is known."""
    with work.db.read() as session:
        known = (Obligation.referrer_key.is_not(None), Obligation.guessed.is_(False), Obligation.visit.is_not(None))
        asked = select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed", *known)
        found = session.scalars(asked.order_by(Obligation.due_at.desc())).first()
    assert found is not None and found.patient_name and found.patient_birth_date
    return found


def rows(work: Work, model: Any) -> list[Any]:
    with work.db.read() as session:
        return list(session.scalars(select(model)))


def test_the_answer_is_one_search_away_from_any_page_and_no_name_stands_in_an_address(
    work: Work, browser: Browser
) -> None:
    owed = a_report(work)
    year, month, day = str(owed.patient_birth_date).split("-")
    last = str(owed.patient_name).split()[-1][:4].lower()
    page = browser.get("/health")
    assert 'action="/chase"' in page and 'name="words"' in page, "the box is on every page"
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    typed = {"csrf_token": found[1], "words": f"{int(month)}/{int(day)}/{year} {last}"}
    answer = browser.client.post("/chase", data=typed)
    assert answer.status_code == 303 and last not in answer.location and year not in answer.location
    told = unescape(browser.get(answer.location))
    assert str(owed.patient_name) in told and "Not written yet: open since" in told
    zone = ZoneInfo(work.config.practice["main"].timezone)
    assert moment_words(owed.due_at, zone, work.clock()) in told.partition("Promised by")[2].partition("</b>")[0]
    assert [one for one in rows(work, Audit) if one.action == "answer_chase"], "that somebody looked is kept"
    assert "has it now" in told and f"/obligation/{owed.id}" in told
    assert "No report fits" in browser.post("/chase", "/health", words=f"{last} 1/2/1803")
    assert browser.client.post("/chase", data={"words": "x"}).status_code == 400, "without its token nothing is taken"


def test_a_call_is_noted_counted_and_shown(work: Work, browser: Browser) -> None:
    owed = a_report(work)
    for who in ("Ms. Doe Sample", "Mr. Roe Sample"):
        given = {"how": "phone", "who": who, "office": "Harbor Primary Care", "number": "617 555 0100"}
        page = browser.post(f"/chase/{owed.id}", f"/chase/{owed.id}", **given, answered="Tomorrow.")
        assert "Noted" in page and who in page
    (first, second) = rows(work, ChaseRow)
    assert {first.who, second.who} == {"Ms. Doe Sample", "Mr. Roe Sample"} and first.by == "cora@demo.example"
    assert "asked for twice" in browser.get("/") and "2 times in 90 days, for\n1 report" in browser.get("/")
    assert "Asked for twice." in browser.get(f"/obligation/{owed.id}")
    ehr, _, who = str(owed.referrer_key).partition(":")
    assert "is 2 times in 90 days" in browser.get(f"/referrers/{ehr}/{who}")
    assert "Say who asked" in browser.post(f"/chase/{owed.id}", f"/chase/{owed.id}", how="phone", who="")
    assert len(rows(work, ChaseRow)) == 2


def form_of(page: str) -> str:
    """Which form it is, as the page says it in a field that nobody sees."""
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_call_counts_once_however_often_its_form_is_sent(work: Work, browser: Browser) -> None:
    owed = a_report(work)
    page = f"/chase/{owed.id}"
    given = {"how": "phone", "who": "Ms. Doe Sample", "form": form_of(browser.get(page))}
    assert "Noted: the report moves up" in browser.post(page, page, **given)
    assert "It is noted already, and counted once." in browser.post(page, page, **given)
    assert [one.who for one in rows(work, ChaseRow)] == ["Ms. Doe Sample"]
    assert "Asked for once." in browser.get(f"/obligation/{owed.id}")
    browser.post(page, page, **given | {"who": "Mr. Roe Sample"})
    assert len(rows(work, ChaseRow)) == 2, "somebody else, noted in the form that the browser still had"
    again = form_of(browser.get(page))
    assert again != given["form"]
    browser.post(page, page, **given | {"form": again})
    assert len(rows(work, ChaseRow)) == 3, "she called again"


def test_an_auditor_sees_the_answer_and_notes_nothing(work: Work) -> None:
    add_user(work.db, MAIN, Account("audra@demo.example", "auditor"))
    auditor, owed = Browser(create_app(work).test_client()), a_report(work)
    path = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, 'audra@demo.example')}"
    auditor.post(path, path)
    page = auditor.get(f"/chase/{owed.id}")
    assert "Not written yet" in page and "Note the call" not in page and "Send it" not in page
    auditor.post(f"/chase/{owed.id}", "/health", how="phone", who="Ms. Doe Sample")
    assert rows(work, ChaseRow) == []


class Machine:
    """An office that asks."""

    def __init__(self, work: Work, referrer: str) -> None:
        self.app, self.token = create_app(work).test_client(), make_token(work, MAIN, referrer, CORA)

    def ask(self, token: str | None = None, **body: object) -> TestResponse:
        return self.app.post("/api/chase", json=body, headers={"Authorization": f"Bearer {token or self.token}"})


def question(work: Work, owed: Obligation) -> dict[str, object]:
    with work.db.read() as session:
        visit = session.get_one(VisitRow, ("main", owed.ehr, str(owed.visit)))
    local = visit.start.astimezone(ZoneInfo(work.config.practice["main"].timezone)).date().isoformat()
    family = str(owed.patient_name).split()[-1]
    return {"family_name": family, "birth_date": owed.patient_birth_date, "visit_date": local}


def test_a_machine_is_told_where_the_report_stands_and_nothing_else(work: Work) -> None:
    owed = a_report(work)
    machine, asked = Machine(work, str(owed.referrer_key)), question(work, owed)
    answer = machine.ask(**asked)
    assert answer.status_code == 200
    due = owed.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"status": "not_ready", "promised_at": due, "sent_at": None, "channel": None, "code": None}
    assert answer.get_json() == told
    machine.ask(**asked)
    (row,) = rows(work, ChaseRow)
    assert (row.how, row.obligation) == ("machine", owed.id), "once a day a report"
    audited = [one for one in rows(work, Audit) if one.action == "asked_by_machine"]
    assert len(audited) == 2 and str(asked["family_name"]) not in str([one.detail for one in audited])


def test_whatever_does_not_fit_is_answered_alike(work: Work) -> None:
    owed = a_report(work)
    others = [one for one in rows(work, Obligation) if one.kind == "report" and one.patient_birth_date]
    other = next(one for one in others if one.referrer_key != owed.referrer_key and one.visit and not one.guessed)
    machine, asked = Machine(work, str(owed.referrer_key)), question(work, owed)
    wrong: list[dict[str, object]] = [
        {**asked, "family_name": "Nobody-Sample"},
        {**asked, "birth_date": "1803-01-02"},
        {**asked, "visit_date": "1999-01-02"},
        {**asked, "visit_date": "", "code": "7FK2-83XC"},
        {**asked, "code": "no code"},
        question(work, other),
    ]
    answers = [machine.ask(**one) for one in wrong]
    assert {one.status_code for one in answers} == {200}
    (told,) = {one.get_data() for one in answers}
    assert answers[0].get_json()["status"] == "unknown" and b"null" in told
    assert len({tuple(sorted(one.headers.items())) for one in answers}) == 1
    with work.db.write() as session:
        session.get_one(Obligation, ("main", owed.id)).state = "waived"
    assert machine.ask(**asked).get_data() == told
    with work.db.write() as session:
        row = session.get_one(Obligation, ("main", owed.id))
        row.state, row.guessed = "owed", True
    assert machine.ask(**asked).get_data() == told
    assert rows(work, ChaseRow) == []
    assert len([one for one in rows(work, Audit) if one.action == "asked_by_machine"]) == len(wrong) + 2


def test_a_token_is_kept_as_a_digest_works_until_it_is_revoked_and_asks_so_often(work: Work) -> None:
    owed = a_report(work)
    machine, asked = Machine(work, str(owed.referrer_key)), question(work, owed)
    (kept,) = rows(work, ChaseToken)
    assert machine.token not in str([getattr(kept, one.name) for one in ChaseToken.__table__.columns])
    assert machine.ask("no-such", **asked).status_code == 401
    assert machine.app.post("/api/chase", json=asked).status_code == 401
    for odd in ({}, {**asked, "birth_date": "3/14/1961"}, {**asked, "family_name": 7}, {**asked, "visit_date": ""}):
        assert machine.ask(**odd).status_code == 400
    bad = machine.app.post("/api/chase", data=b"[" * 5000, headers={"Authorization": f"Bearer {machine.token}"})
    assert bad.status_code == 400
    last = [machine.ask(**asked).status_code for _ in range(MOST)]
    assert last[:-5] == [200] * (MOST - 5) and last[-5:] == [429] * 5, "what cannot be read is counted, too"
    with work.db.write() as session:
        session.get_one(ChaseToken, ("main", kept.id)).asked = 0
    assert machine.ask(**asked).status_code == 200
    revoke_token(work, MAIN, kept.id, CORA)
    assert machine.ask(**asked).status_code == 401
    with pytest.raises(UsageError, match="no such token in force"):
        revoke_token(work, MAIN, kept.id, CORA)
    with pytest.raises(UsageError, match="Nothing was ever owed"):
        make_token(work, MAIN, "npi:1093817465", CORA)
    with pytest.raises(UsageError, match="There is no user"):
        make_token(work, Scope("other"), str(owed.referrer_key), CORA)


@pytest.fixture
def line(tmp_path: Any) -> Iterator[Line]:
    db: Database = open_database(f"sqlite:///{tmp_path / 'line.db'}")
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)
    db.close()


@pytest.fixture
def post(line: Line, monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post(line)
    monkeypatch.setattr("loopclose.web.chase.ways_of", lambda work, scope: post.ways)
    return post


def at_the_desk(line: Line) -> Browser:
    found = Browser(create_app(line.at_work()).test_client())
    path = f"/sign-in/once/{make_link(line.db, line.at_work().clock, MAIN, CORA)}"
    found.post(path, path)
    return found


def test_a_letter_is_resent_in_two_clicks_and_found_by_its_code(line: Line, post: Post) -> None:
    key = post.address()
    post.run()
    desk, page = at_the_desk(line), f"/chase/{line.owed.id}"
    told = unescape(desk.get(page))
    (row,) = post.rows()
    whom = str(line.report().referrer_name)
    assert f"Sent by Direct message to {whom} at lee@direct.example.org on" in told and "not confirmed yet" in told
    assert "Dr. Lee" not in told, "the book spells the same clinician in another way: one name, that of the letter"
    assert row.code in told and "Send it by Direct message to lee@direct.example.org" in told
    assert f"/obligation/{line.owed.id}" in desk.post("/chase", "/health", words=f" {row.code.lower()} ")
    assert "It leaves within" in desk.post(f"{page}/send", page, address=key)
    assert len(post.rows()) == 2 and desk.client.post(f"{page}/send", data={"address": key}).status_code == 400
    machine = Machine(line.at_work(), str(line.report().referrer_key))
    asked = {**question(line.at_work(), line.report()), "visit_date": "", "code": row.code}
    answer = machine.ask(**asked).get_json()
    assert (answer["status"], answer["channel"], answer["code"]) == ("sent", "direct", row.code)


def test_an_address_that_the_caller_names_is_not_used(line: Line, post: Post) -> None:
    desk, page = at_the_desk(line), f"/chase/{line.owed.id}"
    told = desk.post(f"{page}/address", page, channel="direct", to="caller@direct.example.org")
    assert "nothing goes there yet" in told and "Call the office at a number that you had before" in told
    (row,) = [one for one in rows(line.work, AddressRow) if one.to == "caller@direct.example.org"]
    assert row.checked_at is None and "Send it by" not in told
    assert "Nobody has checked this address" in desk.post(f"{page}/send", page, address=row.id)
    assert post.rows() == []
    assert "flash refused" in desk.post(f"{page}/address", page, channel="fax", to="12")
    assert not [one for one in rows(line.work, AddressRow) if one.channel == "fax"]


def test_what_their_office_does_not_want_and_what_is_on_its_way_are_not_offered_again(line: Line) -> None:
    post = Post(line, Scripted("fax", ("fax",)), Scripted())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("loopclose.web.chase.ways_of", lambda work, scope: post.ways)
        fax, direct = post.address("(617) 555-0142", channel="fax"), post.address(rank=2)
        post.run()
        desk, page = at_the_desk(line), f"/chase/{line.owed.id}"
        told = visible(desk.get(page))
        assert "On its way by fax" in told and "at (617) 555-0142 since" in told
        assert "It is on its way there already." in told and "Send it by fax" not in told
        assert "Send it by Direct message to lee@direct.example.org" in told
        opt_out(line.at_work(), MAIN, str(line.report().referrer_key), "direct", CORA, "Mara, by phone.")
        told = visible(desk.get(page))
        assert "wants no letters this way: Mara, by phone." in told and "Send it by" not in told
        assert "Mara, by phone." in desk.post(f"{page}/send", page, address=direct)
        with line.db.write() as session:
            for row in post.rows():
                session.get_one(DeliveryRow, ("main", row.id)).state = "unsure"
        assert "Nobody knows whether it left for there" in visible(desk.get(page))
        refused = visible(desk.post(f"{page}/send", page, address=fax))
        assert "It leaves within" not in refused and "Nobody knows whether it left for there" in refused
        assert len(post.rows()) == 1


def test_a_letter_is_called_back_and_the_sheet_says_who_got_it(line: Line, post: Post) -> None:
    post.address()
    post.run()
    desk, page = at_the_desk(line), f"/obligation/{line.owed.id}"
    assert "Call it back" in desk.get(page)
    assert "Why is it called back?" in desk.post(f"{page}/recall", page, code="because")
    sheet = unescape(desk.post(f"{page}/recall", page, code="wrong_recipient", words="Another Dr. Lee."))
    (row,) = post.rows()
    for words in (
        "1 had left",
        str(line.report().referrer_name),
        "lee@direct.example.org",
        row.sha256,
        row.letter,
        "Another Dr. Lee.",
    ):
        assert words in sheet, words
    assert "23 Jan 2027" in sheet, "sixty days after it was found"
    assert [one for one in rows(line.work, Audit) if one.action == "view_recall"]
    assert all(factor in sheet for factor in FACTORS) and 'class="line"' in sheet
    assert "1 letter was called back" in desk.get(page)
    told = unescape(desk.get(f"/chase/{line.owed.id}"))
    answer = told.partition('class="answer"')[2].partition("</p>")[0]
    assert "A letter of it was called back" in answer and "lee@direct" not in answer and row.code not in told
    assert "Nothing of it left" in desk.post(f"{page}/recall", page, code="wrong_words")
