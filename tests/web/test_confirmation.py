"""The confirmation page: what an office says of a letter counts once; without a code nothing is learnt or changed."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import update

from loopclose.cli.serving import page_server_of
from loopclose.domain.recipient_answers import LONGEST
from loopclose.flows.delivery import confirmed, opened
from loopclose.flows.delivery.opened import open_copy
from loopclose.flows.delivery.said import say
from loopclose.flows.delivery.seals import confirm_digest
from loopclose.flows.sign_in import make_link
from loopclose.flows.web_key import web_key
from loopclose.logs import INFO, configure
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import Audit
from loopclose.store.recipient_words import RecipientWordRow
from loopclose.web import create_app
from loopclose.web.confirmation import create_page
from loopclose.web.confirmation.gate import OF_ONE
from tests.store.desks import rows_of
from tests.store.test_corrections import CORA
from tests.web.conftest import Browser
from tests.web.office import Office, copied, first_office, token_in, values
from tests.web.serving import running

WRONG_CODES = ("AAAA", "7FK283XCGH42", "7FK283XCGH43", "x" * 300, "%00", "7FK2-83XC-GH43")
"""Malformed, with a false check character, well-formed and never given."""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with first_office(tmp_path_factory.mktemp("first")) as found:
        yield found


@pytest.fixture
def office(first: Office, tmp_path: Path) -> Office:
    return copied(first, tmp_path)


def test_a_link_that_is_followed_changes_nothing(office: Office) -> None:
    before = office.everything()
    for method in ("get", "head", "options"):
        for path in (f"/{office.code}", f"/{office.code}?lang=es", f"/{office.code}?noted=", "/", "/robots.txt"):
            answer = getattr(office.client, method)(path)
            assert answer.status_code == 200, (method, path)
            assert "Set-Cookie" not in answer.headers
    for method in ("put", "patch", "delete"):
        assert getattr(office.client, method)(f"/{office.code}").status_code == 405
    assert office.everything() == before


def test_nothing_of_the_patient_the_letter_or_the_referrer_is_on_any_page(office: Office) -> None:
    report = office.line.report()
    office.say(received="yes", needs="The second page is missing.")
    pages = [office.get(), office.get(f"{office.code}?lang=es"), office.get("nothing")]
    pages.append(office.say(about="wrong", sure="yes").get_data(as_text=True))
    assert report.patient_name and report.referrer_name
    words = [*report.patient_name.split(), report.referrer_name, report.patient, "lisinopril", "TSH", "second page"]
    words += [str(report.patient_mrn), "Dr. Lee", "lee@direct.example.org"]
    assert [(word, no) for word in words for no, page in enumerate(pages) if word.lower() in page.lower()] == []
    assert office.work().config.practice["main"].name in pages[0]


def test_received_confirms_the_report_and_the_same_again_changes_nothing(office: Office) -> None:
    answer = office.say(received="yes")
    assert answer.status_code == 303 and answer.headers["Location"] == f"/{office.code}?noted="
    assert office.delivery().state == "received" and office.line.report().state == "confirmed"
    assert office.events() == [("received", "Said on the confirmation page.")]
    assert {one.state for one in office.owed("receipt") if one.visit == office.line.owed.visit} == {"confirmed"}
    assert [one.detail for one in rows_of(office.db, Audit, action="confirm_page")] == [
        {"delivery": office.delivery().id, "said": ["received"]}
    ]
    before = office.everything()
    assert office.say(received="yes").status_code == 303
    assert office.everything() == before
    assert "you told us on" in office.get()


def test_what_the_chart_proved_before_is_said_again_as_an_event_alone(office: Office) -> None:
    with office.db.write() as session:
        session.execute(update(DeliveryRow).values(state="received"))
    office.say(received="yes")
    assert [what for what, _ in office.events()] == ["received"]


@pytest.mark.parametrize("before", [False, True], ids=["at once", "after it was confirmed"])
def test_the_wrong_office_closes_the_address_and_the_report_is_ours_to_send_again(office: Office, before: bool) -> None:
    if before:
        office.say(received="yes")
    assert office.say(about="wrong").status_code == 400, "not without looking at whom it is for"
    answer = office.say(about="wrong", sure="yes")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "destroy the letter" in page
    report = office.line.report()
    assert (office.delivery().state, report.state, report.sent_at) == ("failed", "signed", None)
    assert report.owner == "coordinator" and report.alert_after is not None
    assert rows_of(office.db, AddressRow, id=office.address)[0].closed_at is not None
    (told,) = office.letters_answers()
    assert (told.state, told.owner) == ("owed", "coordinator")
    assert {one.state for one in office.owed("receipt") if one.visit == report.visit} == {"owed"}
    assert office.client.get(f"/{office.code}").status_code == 404, "the code is used up"
    settled = office.everything()
    assert office.say(received="yes").status_code == 404 and office.everything() == settled
    office.line.look()
    assert office.line.report().state == "signed", "a sync does not take it for sent"
    office.post.address("right@direct.example.org")
    office.post.later()
    assert office.line.report().state == "sent"
    receipts = [one for one in office.owed("receipt") if one.visit == report.visit]
    assert [one.state for one in receipts] == ["owed"] and receipts[0].alert_after is not None


def test_of_a_letter_that_we_know_at_the_wrong_office_its_code_says_nothing_more(office: Office) -> None:
    page = office.get()
    say(office.work(), Scope("main"), office.post.ways, office.delivery().id, "wrong_office", CORA)
    settled = office.everything()
    form = {"token": token_in(page), "received": "yes", "handover-1": "accepted"}
    assert office.client.post(f"/{office.code}", data=form).status_code == 404
    assert office.everything() == settled and office.line.report().state == "signed"


def test_what_they_need_is_ours_to_answer_in_a_business_day_and_stays_so(office: Office) -> None:
    office.say(received="yes", needs="The second page is missing.")
    (owed,) = office.letters_answers()
    assert (owed.state, owed.owner, owed.visit) == ("owed", "coordinator", office.line.owed.visit)
    assert timedelta(0) < owed.due_at - office.line.now < timedelta(days=4) and owed.alert_after is not None
    before = office.everything()
    office.say(needs="The second page is missing.")
    assert office.everything() == before
    office.line.look()
    assert [(one.id, one.state, one.due_at) for one in office.letters_answers()] == [(owed.id, "owed", owed.due_at)]
    (word,) = rows_of(office.db, RecipientWordRow)
    assert "The second page is missing." in word.words
    assert office.say(needs="x" * (LONGEST + 1)).status_code == 400
    assert office.say(needs="x" * 20_000).status_code == 413


def test_one_letter_can_ask_only_so_often(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmed, "MOST_NEEDS", 2)
    for no in range(4):
        office.say(received="yes", needs=f"Page {no} is missing.")
    assert len(office.letters_answers()) == 2


def test_what_they_take_over_or_did_is_answered_and_may_change(office: Office) -> None:
    page = office.get()
    assert "Medicine 1" in page and "Request 1" in page and "Medicine 2" not in page
    office.say(**{"received": "yes", "handover-1": "refused", "ask-1": "declined"})
    (handover,), (ask,) = office.owed("handover"), office.owed("ask")
    assert (handover.state, ask.state) == ("confirmed", "confirmed")
    assert _codes(office, handover) == ["refused"] and _codes(office, ask) == ["declined"]
    assert len([one for one in office.letters_answers() if one.state == "owed"]) == 2, "somebody of ours sees to both"
    before = office.everything()
    office.say(**{"received": "yes", "handover-1": "refused", "ask-1": "declined"})
    assert office.everything() == before
    office.say(**{"handover-1": "accepted", "ask-1": "done"})
    assert _codes(office, handover) == ["refused", "accepted"] and _codes(office, ask) == ["declined", "done"]
    assert {one.state for one in office.letters_answers()} == {"waived"}, "nothing is ours any more"
    office.line.look()
    assert [one.state for one in (*office.owed("handover"), *office.owed("ask"))] == ["confirmed", "confirmed"]
    assert [what for what, _ in office.events()] == ["received", "refused", "declined", "accepted", "done"]


def _codes(office: Office, owed: Obligation) -> list[str]:
    steps = [one for one in rows_of(office.db, TransitionRow, obligation=owed.id) if one.code]
    return [one.code for one in sorted(steps, key=lambda one: one.no) if one.code]


def test_answers_of_another_kind_or_to_what_is_not_asked_change_nothing(office: Office) -> None:
    office.say(received="yes")
    before = office.everything()
    assert office.say(**{"handover-1": "done"}).status_code == 400
    assert office.say(**{"ask-9": "done"}).status_code == 400
    assert office.client.post(f"/{office.code}", data={"received": "yes", "token": "0" * 64}).status_code == 400
    assert office.client.post(f"/{office.code}").status_code == 400
    assert office.everything() == before


def test_what_is_said_of_the_letter_must_come_first(office: Office) -> None:
    answer = office.say(**{"ask-1": "done"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400 and 'href="#received"' in page and 'id="received-error"' in page
    assert office.say().status_code == 400 and office.events() == []


def test_codes_that_open_nothing_are_not_told_apart(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    real = opened.confirm_digest
    monkeypatch.setattr(opened, "confirm_digest", lambda key, code: looks.append(code) or real(key, code))
    office.later(days=61)
    answers = [office.client.get(f"/{code}") for code in (office.code, *WRONG_CODES)]
    answers += [office.client.post(f"/{code}", data={"received": "yes"}) for code in (office.code, *WRONG_CODES[:2])]
    assert {one.status_code for one in answers} == {404}
    assert len({one.data for one in answers}) == 1 and len({str(one.headers) for one in answers}) == 1
    typed = [office.client.post("/", data={"code": code}) for code in (office.code, *WRONG_CODES)]
    plain = {re.sub(rb' value="[^"]*"', b"", one.data) for one in typed}
    assert {one.status_code for one in typed} == {404} and plain == {answers[0].data}
    assert len(looks) == len(answers) + len(typed), "one digest each"
    assert office.events() == [], "after it expired nothing is taken"


def test_it_counts_until_its_last_day(office: Office) -> None:
    office.later(days=59)
    assert office.client.get(f"/{office.code}").status_code == 200


def test_whoever_guesses_is_told_to_wait_and_an_office_with_a_code_is_served(office: Office) -> None:
    before = office.everything()
    answers = [office.client.get(f"/{'7FK283XCGH4'}{no}") for no in range(60)]
    assert {one.status_code for one in answers[:OF_ONE]} == {404}
    assert {one.status_code for one in answers[OF_ONE:]} == {429}
    assert len({one.data for one in answers[OF_ONE:]}) == 1
    assert office.everything() == before
    assert office.client.get(f"/{office.code}").status_code == 200
    assert office.say(received="yes").status_code == 303
    office.later(minutes=2)
    assert office.client.get("/AAAA").status_code == 404


def test_a_code_is_typed_as_it_is_read_from_a_fax(office: Office) -> None:
    typed = f" {office.code[:4].lower()}-{office.code[4:8]} {office.code[8:]} "
    answer = office.client.post("/?lang=es", data={"code": typed})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{office.code}?lang=es")


def test_a_code_that_was_mistyped_stands_in_the_field_again(office: Office) -> None:
    page = office.client.post("/", data={"code": '7fk2-83xc-gh42"><b>' + "x" * 99}).get_data(as_text=True)
    assert 'value="7fk2-83xc-gh42&#34;&gt;&lt;b&gt;' in page and "x" * 41 not in page


def test_a_form_that_is_sent_twice_is_taken_once_and_both_times_thanked(office: Office) -> None:
    form = {"token": token_in(office.get()), "received": "yes", "needs": "Page 2 is missing.", "ask-1": "done"}
    assert [office.client.post(f"/{office.code}", data=form).status_code for _ in range(2)] == [303, 303]
    assert [what for what, _ in office.events()] == ["received", "done", "needs"]
    wrong = {"token": token_in(office.get()), "about": "wrong", "sure": "yes"}
    first = office.client.post(f"/{office.code}", data=wrong)
    before = office.everything()
    again = office.client.post(f"/{office.code}", data=wrong)
    assert (again.status_code, again.data) == (200, first.data) and "destroy the letter" in again.get_data(as_text=True)
    assert office.everything() == before
    assert office.client.post(f"/{office.code}", data={**wrong, "token": "0" * 64}).status_code == 404
    assert office.client.post(f"/{office.code}", data={**form, "token": wrong["token"]}).status_code == 404


def test_of_a_letter_that_expired_before_the_form_came_nobody_is_thanked(office: Office) -> None:
    wrong = {"token": token_in(office.get()), "about": "wrong", "sure": "yes"}
    office.later(days=61)
    assert office.client.post(f"/{office.code}", data=wrong).status_code == 404
    assert office.delivery().state == "sent"


def test_an_old_form_does_not_undo_what_was_said_since(office: Office) -> None:
    old = {"token": token_in(office.get()), "received": "yes", "handover-1": "accepted"}
    office.say(**{"received": "yes", "handover-1": "accepted"})
    office.say(**{"handover-1": "refused"})
    before = office.everything()
    for form in (old, {"token": old["token"], "about": "wrong", "sure": "yes"}):
        answer = office.client.post(f"/{office.code}", data=form)
        assert answer.status_code == 400 and "Something else was said" in answer.get_data(as_text=True)
    assert office.everything() == before
    page = office.client.post(f"/{office.code}", data=old).get_data(as_text=True)
    again = {**old, "token": token_in(page)}
    assert office.client.post(f"/{office.code}", data=again).status_code == 303, "whoever looked may change it"
    assert [what for what, _ in office.events()] == ["received", "accepted", "refused", "accepted"]


def test_a_letter_that_expires_while_it_is_answered_takes_nothing(office: Office) -> None:
    copy = open_copy(office.work(), office.code)
    assert copy is not None
    before = office.everything()
    late = replace(office.work(), clock=lambda: copy.until.astimezone(UTC))
    confirmed.tell(late, copy, confirmed.Told(True, "Page 2 is missing.", {"ask-1": "done"}))
    confirmed.tell_wrong_office(late, copy)
    assert office.everything() == before


def test_whoever_opened_the_page_before_the_wrong_office_was_said_says_nothing_more(office: Office) -> None:
    copy = open_copy(office.work(), office.code)
    assert copy is not None
    office.say(about="wrong", sure="yes")
    before = office.everything()
    confirmed.tell(office.work(), copy, confirmed.Told(True, "Page 2 is missing.", {"ask-1": "done"}))
    confirmed.tell_wrong_office(office.work(), copy)
    assert office.everything() == before and office.line.report().state == "signed"


def test_of_one_letter_only_so_much_is_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmed, "MOST_SAID", 4)
    for no in range(6):
        office.say(**{"received": "yes", "handover-1": ("accepted", "refused")[no % 2]})
    assert len(office.events()) == 4


def test_codes_stand_in_no_log_and_no_referrer(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    configure(INFO, "text")
    monkeypatch.setattr("loopclose.web.confirmation.pages.tell", lambda *_: 1 / 0)
    answer = office.say(received="yes", needs="Call Mr. Sample.")
    logging.getLogger("waitress").error(f"Exception while serving /{office.code}")
    said = capsys.readouterr().err
    assert answer.status_code == 500 and "ZeroDivisionError" in said and "Exception" in said
    assert office.code not in said and "Sample" not in said
    for path in (f"/{office.code}", "/AAAA", "/style.css"):
        headers = office.client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer" and "noindex" in headers["X-Robots-Tag"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; form-action 'self'")
        assert headers["Strict-Transport-Security"]
    assert office.client.get(f"/{office.code}").headers["Cache-Control"] == "no-store"


def test_the_page_and_the_screens_know_nothing_of_each_other(office: Office) -> None:
    staff = create_app(office.work()).test_client()
    assert staff.get(f"/{office.code}").status_code == 404
    for path in ("/sign-in", "/letters", "/metrics", "/static/style.css", "/healthz", "/events/main"):
        assert office.client.get(path).status_code in (404, 429), path
    assert page_server_of(office.work()) is None, "no port, no page"


def test_serve_offers_it_on_its_own_port_with_nothing_else(office: Office) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    work = office.work()
    delivery = work.config.delivery.model_copy(update={"page_port": port})
    server = page_server_of(replace(work, config=work.config.model_copy(update={"delivery": delivery})))
    with running(server) as base:
        assert base == f"http://127.0.0.1:{port}"
        assert requests.get(f"{base}/{office.code}", timeout=10).status_code == 200
        assert requests.get(f"{base}/letters", timeout=10).status_code == 404
        too_much = requests.post(f"{base}/{office.code}", data={"needs": "x" * 50_000}, timeout=10)
        assert too_much.status_code == 413


def test_a_page_below_a_path_leads_to_itself(office: Office) -> None:
    work = office.work()
    delivery = work.config.delivery.model_copy(update={"page_address": "https://example.org/letters/"})
    below = create_page(replace(work, config=work.config.model_copy(update={"delivery": delivery}))).test_client()
    for path in ("/", "/letters/"):
        assert 'action="/letters/"' in below.get(path).get_data(as_text=True)
        assert below.post(path, data={"code": office.code}).headers["Location"] == f"/letters/{office.code}"
    assert below.get(f"/letters/{office.code}").status_code == 200


def test_a_code_opens_the_letter_of_its_own_practice_alone(office: Office) -> None:
    work = office.work()
    other = work.config.practice["main"].model_copy(update={"name": "Bay Neurology", "phone": "617-555-0199"})
    office.app.extensions["work"] = replace(
        work, config=work.config.model_copy(update={"practice": {**work.config.practice, "other": other}})
    )
    ours = office.delivery()
    code = "7FK283XCGH43"
    with office.db.write() as session:
        digest = confirm_digest(web_key(work.config).value, code)
        given = {**values(ours), "practice_id": "other", "content": b"", "confirm": digest}
        session.add(DeliveryRow(**given))
    theirs = office.get(code)
    assert "Bay Neurology" in theirs and "617-555-0199" in theirs and "Medicine 1" not in theirs
    assert work.config.practice["main"].name in office.get() and "Bay Neurology" not in office.get()


def test_people_of_ours_see_what_was_said(office: Office) -> None:
    office.say(**{"received": "yes", "handover-1": "refused", "needs": "The second page is missing."})
    browser = Browser(create_app(office.work()).test_client())
    link = make_link(office.db, office.work().clock, Scope("main"), CORA)
    browser.post(f"/sign-in/once/{link}", f"/sign-in/once/{link}")
    report = browser.get(f"/obligation/{office.line.owed.id}")
    assert "the renewal stays ours" in report and "The second page is missing." in report
    for one in office.letters_answers():
        assert "confirmation page" in browser.get(f"/obligation/{one.id}")
    (handover,) = office.owed("handover")
    (word,) = rows_of(office.db, RecipientWordRow, kind="refused")
    for page in (report, browser.get(f"/obligation/{handover.id}")):
        assert f'href="/obligation/{word.obligation}">What we do about it' in page
    said = report.partition('id="said"')[2].partition("</section>")[0]
    assert "The second page" in said and "renewal" not in said, "of what the letter asks it is said there"
    assert "The second page is missing." in browser.get("/?kind=answer")
    assert "the renewal stays ours" in browser.get("/?kind=handover&tab=closed")
