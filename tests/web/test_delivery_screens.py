"""The screens of delivery, for people with ten seconds: where a letter is, what is next, and of how many."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from loopclose.clock import fixed
from loopclose.config.channels.direct import DirectConfig
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.delivery.plan import plan_to
from loopclose.flows.delivery.recall import recall
from loopclose.flows.delivery.said import opt_out, say
from loopclose.flows.delivery.send import send_due
from loopclose.flows.papers.notice import draft_notice, release_notice
from loopclose.flows.work import Work
from loopclose.outbound.mail import SendError
from loopclose.store import drafts
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import add_event
from loopclose.store.obligations import Obligation
from loopclose.store.signatures import SignatureRow
from tests.store.desks import rows_of
from tests.store.letters import drafted
from tests.store.line import NOW, judge_everybody
from tests.store.scripted import Scripted, raises
from tests.store.signed_letters import CORA, HEART, MAIN, PostOffice, signed
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.test_on_its_way import as_user, first_words, panel

NO_WAY = "No way of sending is set up"


@pytest.fixture
def office(work: Work, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice(work, monkeypatch, Scripted(), Scripted("fax", ("fax",)))


def part(page: str, begin: str, end: str) -> str:
    """What a reader sees of a page from ``begin`` up to ``end``, both as they stand in it."""
    assert begin in page and end in page.partition(begin)[2], (begin, end)
    return visible(begin + page.partition(begin)[2].partition(end)[0])


def test_where_nothing_can_leave_no_list_asks_for_an_address(work: Work, office: PostOffice, browser: Browser) -> None:
    without, usable, wrong = signed(work, 3)
    office.address(usable, "fax", "(617) 555-0142")
    office.address(wrong, "direct", "lee@direct.example.org", check=False)
    steps = ("Add an address", "Check the address", "Send it")
    rows = part(browser.get("/?q=&tab=late"), "<tbody>", "</tbody>") + part(browser.get("/"), "<tbody>", "</tbody>")
    assert all(step in rows for step in steps), "where letters can leave"
    waits = part(browser.get("/sent"), 'id="waits"', "</section>")
    assert NO_WAY not in waits and "Add an address" in waits and str(usable.patient_name) not in waits
    office.ways.clear()
    rows = part(browser.get("/?q=&tab=late"), "<tbody>", "</tbody>") + part(browser.get("/"), "<tbody>", "</tbody>")
    assert not any(step in rows for step in steps) and f"{NO_WAY}: send it by hand" in rows
    waits = part(browser.get("/sent"), 'id="waits"', "</section>")
    assert not any(step in waits for step in steps) and f"{NO_WAY} (docs/delivery.md)" in waits
    for owed in (without, usable, wrong):
        assert str(owed.patient_name) in waits, "what would leave by itself elsewhere waits here"
    office.ways["chart"] = Scripted("chart")
    assert NO_WAY in part(browser.get("/sent"), 'id="waits"', "</section>"), "filing is no way of sending"


def test_messages_without_a_letter_are_counted_apart(work: Work, office: PostOffice, browser: Browser) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    assert 'id="answers"' not in browser.get("/sent"), "nothing is said of what there is not"
    direct = {"main": DirectConfig.model_construct(oid="1.2.36.1", answers_requests=True)}
    work.config = work.config.model_copy(update={"direct": direct})
    judge_everybody(work)
    reports = {one.referral for one in rows_of(work.db, Obligation, kind="report")}
    answer = next(one for one in rows_of(work.db, Obligation, kind="answer") if one.referral in reports)
    plan_to(work, MAIN, office.ways, answer.id, office.address(answer, "direct", "nine@direct.example.org"), CORA)
    send_due(work, MAIN, office.ways)
    page = browser.get("/sent")
    figures = part(page, 'id="figures"', "</section>")
    assert "1 of 1 sent 0 of 1 arrived, in the last 24 hours" in figures and "Direct message : 1 of 1 sent" in figures
    said = part(page, 'id="answers"', "</p>")
    assert "no letter: 1 of 1 sent, 0 of 1 arrived, in the last 24 hours; 1 of 1 sent" in said
    assert "word of the request" in part(page, "<tbody>", "</tbody>"), "the list has both, and tells them apart"


def test_of_an_interim_report_it_is_the_report_itself_that_is_late(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    owed, other = signed(work, 2)
    with work.db.write() as session:
        session.execute(
            update(SignatureRow).where(SignatureRow.obligation == owed.id).values(interim=True, counts=False)
        )
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(state="drafted"))
    assert owed.due_at < NOW
    waits = part(browser.get("/sent"), 'id="waits"', "</section>")
    late = f"interim report to {owed.referrer_name} · the report itself is "
    assert late in waits and "late" in waits.partition(late)[2][:20]
    assert waits.count("the report itself") == 1, f"of the report to {other.referrer_name} it is plain"


def test_where_letters_leave_by_hand_alone_a_signed_interim_report_waits_for_send_at_once(
    work: Work, office: PostOffice
) -> None:
    (owed,) = signed(work)
    with work.db.write() as session:
        session.execute(
            update(SignatureRow).where(SignatureRow.obligation == owed.id).values(interim=True, counts=False)
        )
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(state="drafted"))
    office.address(owed, "direct", "lee@direct.example.org")
    for automatic in (True, False):
        delivery = work.config.delivery.model_copy(update={"automatic": automatic})
        work.config = work.config.model_copy(update={"delivery": delivery})
        waits = part(as_user(work, CORA).get("/sent"), 'id="waits"', "</section>")
        assert ("Send it · interim report" in waits) is not automatic


def test_a_signed_report_shows_where_it_is_then_the_letter_then_what_is_said_of_it(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    page = browser.get(f"/obligation/{owed.id}")
    order = ['id="on-its-way"', 'id="draft"', 'class="paper"', "PDF to print", "CMS50", 'id="signatures"']
    assert [page.index(one) for one in order] == sorted(page.index(one) for one in order)
    assert page.rindex('class="paper"') < page.index("PDF to print"), "both papers come before their files"
    assert "The letter as a file:" in visible(page) and "The prescription sheet as a file:" in visible(page)


def test_a_letter_without_word_for_days_says_for_how_many_and_who_can_say(work: Work, office: PostOffice) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    work.clock = fixed(NOW + timedelta(days=6))
    browser = as_user(work, CORA)
    assert "sent Tue 24 Nov at 10:00 (6 days ago)" in part(browser.get("/sent"), "<tbody>", "</tbody>")
    assert "Sent Tue 24 Nov at 10:00" in first_words(browser, owed)
    said = panel(browser, owed)
    assert "It is not known yet whether it arrived. Their mail system may say so" in said and "MDN" not in said


def test_what_is_printed_says_how_it_was_narrowed(work: Work, office: PostOffice, browser: Browser) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    said = "sent, Direct message, packed on 2026-11-24"
    assert visible(browser.get("/sent?state=sent&channel=direct&day=2026-11-24")).count(said) == 2
    assert "1 shown: all" in visible(browser.get("/sent"))


def test_a_notice_of_a_missed_visit_is_called_back_as_a_report_is(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    missed = next(one for one in rows_of(work.db, Obligation, kind="no_show", state="owed") if one.referrer_key)
    office.address(missed, "direct", "lee@direct.example.org")
    draft_notice(work, MAIN, missed.id, CORA)
    with work.db.read() as session:
        sha256 = drafts.papers(session, MAIN, missed.id)["no-show-notice"].sha256
    release_notice(work, MAIN, missed.id, sha256, CORA)
    office.round()
    page = f"/obligation/{missed.id}"
    assert f'action="{page}/recall"' in browser.get(page), "the page offers it"
    sheet = visible(browser.post(f"{page}/recall", page, code="wrong_recipient"))
    assert "1 had left" in sheet and "lee@direct.example.org" in sheet and "The report" not in sheet
    assert browser.client.get("/obligation/no-such/recall").status_code == 404


def test_only_who_may_send_can_send_say_or_call_back(work: Work, office: PostOffice) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    recall(work, MAIN, owed.id, "wrong_recipient", CORA)
    office.address(owed, "fax", "(617) 555-0142")
    assert f"/obligation/{owed.id}/send" in as_user(work, CORA).get(f"/obligation/{owed.id}")
    add_user(work.db, MAIN, Account("audra@demo.example", "auditor"))
    page = as_user(work, "audra@demo.example").get(f"/obligation/{owed.id}")
    assert "Who got it: the sheet to call with" in page, "whoever may see the report may read the sheet"
    assert not any(
        words in page for words in ("/say", "/send", '/recall" method', "Send it again", "Add an address</summary>")
    )
    assert "Did not arrive" not in first_words(as_user(work, CORA), owed)


def test_a_closed_report_says_when_it_was_sent_and_nothing_tempts_to_reopen_it(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    say(work, MAIN, office.ways, office.rows()[0].id, "arrived", CORA)
    said = first_words(browser, owed)
    assert "Sent Tue 24 Nov at 10:00, late." in said and "Closed: nothing is left to do." in said
    page = browser.get(f"/obligation/{owed.id}")
    assert "<button>Reopen" in page, "it can be, and is not the one thing to do"


def test_what_others_write_is_words_on_every_screen_of_delivery(
    work: Work, office: PostOffice, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loopclose.web.chase.ways_of", lambda work, scope: office.ways)
    bad = "<b>wrong</b>"
    failed, arrived = signed(work, 2)
    office.address(failed, "direct", "old@direct.example.org")
    office.address(arrived, "fax", "(617) 555-0142", location=bad, contact=bad)
    opt_out(work, MAIN, arrived.referrer_key or "", "copies", CORA, bad)
    office.ways["direct"].script = [raises(SendError(f"550 {bad}", final=True))]
    office.round()
    gone, came = {one.obligation: one for one in office.rows()}[failed.id], office.rows()
    say(work, MAIN, office.ways, next(one.id for one in came if one.obligation == arrived.id), "arrived", CORA, bad)
    with work.db.write() as session:
        session.execute(update(DeliveryRow).where(DeliveryRow.id == gone.id).values(name=bad))
        session.execute(update(Obligation).where(Obligation.id == failed.id).values(referrer_name=bad))
        add_event(session, MAIN, gone.id, "unclear", "mailbox", bad, NOW, NOW, bad, "ab" * 32)
    chase = f"/chase/{failed.id}"
    browser.post(chase, chase, how="phone", who=bad, office=bad, number=bad, answered=bad)
    recall(work, MAIN, arrived.id, "wrong_words", CORA, bad)
    ehr, _, who = (arrived.referrer_key or "").partition(":")
    of = [f"/obligation/{one.id}" for one in (failed, arrived)]
    for path in ("/sent", "/addresses", *of, f"{of[1]}/recall", f"/referrers/{ehr}/{who}", chase):
        page = browser.get(path)
        assert "<b>wrong" not in page and "&lt;b&gt;wrong" in page, path


def test_what_waits_is_counted_whole_and_each_leads_to_its_letter(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    without, unsure, copied = signed(work, 3)
    office.address(unsure, "fax", "(617) 555-0142")
    office.ways["fax"].script = [raises(SendError("No answer came.", final=False, unknown=True))]
    key = office.address(copied, "direct", "lee@direct.example.org")
    office.round()
    office.ways["direct"].script = [raises(SendError("Refused (550).", final=True))]
    plan_to(work, MAIN, office.ways, unsure.id, key, CORA, "copy")
    send_due(work, MAIN, office.ways)
    waits = browser.get("/sent").partition('id="waits"')[2].partition("</section>")[0]
    rows = re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', waits)
    assert "Waits for a person (2)" in visible(f"<h2>{waits.partition('>')[2]}"), "one row of one report"
    assert [words for _, words in rows] == ["Nobody knows whether it left: look", "Add an address"]
    for (link, _), owed in zip(rows, (unsure, without), strict=True):
        assert link == f"/obligation/{owed.id}#on-its-way" and 'id="on-its-way"' in browser.get(link)
    plan_to(
        work, MAIN, office.ways, copied.id, office.address(unsure, "direct", "two@direct.example.org"), CORA, "copy"
    )
    office.ways["direct"].script = [raises(SendError("Refused (550).", final=True))]
    send_due(work, MAIN, office.ways)
    plan_to(work, MAIN, office.ways, copied.id, office.address(unsure, "fax", "(617) 555-0143"), CORA, "copy")
    office.ways["fax"].script = [raises(SendError("No answer came.", final=False, unknown=True))]
    send_due(work, MAIN, office.ways)
    waits = browser.get("/sent").partition('id="waits"')[2].partition("</section>")[0]
    assert "Nobody knows whether it left: look · copy to" in visible(f"<p{waits}"), "nor is a copy forgotten"
    assert "(4)" in waits and f"/obligation/{copied.id}#on-its-way" in waits, "a copy that did not arrive waits, too"


@pytest.mark.parametrize(
    ("automatic", "channels", "said"),
    [(True, True, "it leaves by itself"), (False, True, "Nothing is sent"), (True, False, "Nothing is sent")],
)
def test_before_signing_it_is_said_whether_the_letter_then_leaves(
    work: Work, office: PostOffice, monkeypatch: pytest.MonkeyPatch, automatic: bool, channels: bool, said: str
) -> None:
    monkeypatch.setattr("loopclose.web.letters.ways_of", lambda work, scope: office.ways if channels else {})
    owed = next(one for one in rows_of(work.db, Obligation, kind="report", state="owed") if one.referrer_key)
    drafted(work.db, MAIN, owed, NOW)
    with work.db.write() as session:
        given = {"author": "Practitioner/heart", "owner": HEART}
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(**given))
    delivery = work.config.delivery.model_copy(update={"automatic": automatic})
    work.config = work.config.model_copy(update={"delivery": delivery})
    page = visible(as_user(work, HEART).get(f"/letters/{owed.id}"))
    assert said in page and ("Nothing is sent by signing" in page) is ("Nothing" in said)
