"""A signed letter on the screens: where it is, sending it, what somebody says of it, and where letters go."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from html import unescape

import pytest

from loopclose.flows.delivery.plan import plan_to
from loopclose.flows.delivery.recall import recall
from loopclose.flows.delivery.said import WORDS, add_address, check_address
from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate
from loopclose.outbound.mail import SendError
from loopclose.store import addresses
from loopclose.store.addresses import AddressRow
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.obligations import Obligation
from loopclose.store.worklist import one
from loopclose.web import create_app
from tests.store.desks import rows_of
from tests.store.line import NOW
from tests.store.scripted import Scripted, raises
from tests.store.signed_letters import CORA, MAIN, PostOffice, report, signed
from tests.web.conftest import Browser
from tests.web.pages import visible

UNKNOWN = SendError("No answer came.", final=False, unknown=True)
REFUSED = SendError("The mail server refused the recipient (550).", final=True)
BUSY = SendError("The line was busy.", final=False)


@pytest.fixture
def office(work: Work, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice(work, monkeypatch, Scripted(), Scripted("fax", ("fax",)))


@pytest.fixture
def owed(work: Work) -> Obligation:
    (found,) = signed(work)
    return found


def panel(browser: Browser, owed: Obligation) -> str:
    page = browser.get(f"/obligation/{owed.id}")
    return visible(page.partition('id="on-its-way"')[2].partition("</section>")[0])


def step(work: Work, owed: Obligation) -> str | None:
    with work.db.read() as session:
        item = one(session, MAIN, NOW, owed.id)
    return item.next_step if item else None


def as_user(work: Work, email: str) -> Browser:
    browser = Browser(create_app(work).test_client())
    path = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, email)}"
    browser.post(path, path)
    return browser


def test_from_no_address_to_one_that_was_checked_to_a_letter_that_left(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    page = f"/obligation/{owed.id}"
    assert step(work, owed) == "Add an address"
    assert "is in the address book" in panel(browser, owed) and "fax (617) 555-0199" in panel(browser, owed)
    given = {"referrer": owed.referrer_key, "name": owed.referrer_name, "back": page}
    came = browser.post("/addresses", page, channel="fax", to="+16175550199", source="role", **given)
    assert "Added. Compare it with the office" in came and step(work, owed) == "Check the address"
    (row,) = rows_of(work.db, AddressRow)
    assert (row.source, row.checked_at, row.added_by) == ("role", None, CORA)
    assert "I compared it with the office" in panel(browser, owed)
    browser.post(f"/addresses/{row.id}/check", page, back=page)
    assert step(work, owed) == "Send it" and "Send to" in panel(browser, owed)
    browser.post(f"/obligation/{owed.id}/send", page, address=row.id)
    assert step(work, owed) == "On its way"
    office.round()
    assert "Handed over, not through yet" in panel(browser, owed)
    office.ways["fax"].fates = [Fate("transmitted", words="3 pages were sent.")]
    office.round(hours=1)
    said = panel(browser, owed)
    assert "Sent, arrival not known" in said and "3 pages were sent." in said and "its channel" in said
    assert report(work, owed.id).state == "sent"


def test_what_is_typed_is_kept_where_it_is_no_address(office: PostOffice, owed: Obligation, browser: Browser) -> None:
    given = {"referrer": owed.referrer_key, "name": owed.referrer_name, "channel": "fax", "to": "555-0199"}
    page = browser.post("/addresses", f"/obligation/{owed.id}", contact="Mara", **given)
    assert "ten digits" in page and 'value="555-0199"' in page and 'value="Mara"' in page


def test_of_what_nobody_knows_the_page_says_what_is_known_and_a_person_decides(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    office.address(owed, "fax", "(617) 555-0142")
    office.ways["fax"].script = [raises(UNKNOWN)]
    office.round()
    assert step(work, owed) == "Nobody knows whether it left: look"
    said = panel(browser, owed)
    assert "No answer came." in said and "1 try" in said and "Send it again" not in said
    for code in ("arrived", "left", "not_left", "wrong_office"):
        assert WORDS[code] in said
    assert "Nobody knows whether it left: look" in visible(browser.get("/sent"))
    (row,) = office.rows()
    browser.post(f"/deliveries/{row.id}/say", f"/obligation/{owed.id}", code="arrived", words="Mara has it.")
    said = panel(browser, owed)
    assert "✔ Arrived" in said and "“Mara has it.”" in said and report(work, owed.id).state == "confirmed"
    assert "That cannot be said" in browser.post(f"/deliveries/{row.id}/say", "/sent", code="not_left")


def test_a_refused_address_is_not_offered_again_with_one_button_and_a_copy_goes_to_somebody_else(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    owed, other = signed(work, 2)
    office.address(owed, "direct", "old@direct.example.org")
    copy_to = office.address(other, "fax", "(617) 555-0100")
    office.ways["direct"].script = [raises(REFUSED)]
    office.round()
    assert step(work, owed) == "It did not arrive: try another address"
    said = panel(browser, owed)
    assert "refused the recipient (550)" in said and "No address is left" in said and "Send to" not in said
    browser.post(f"/obligation/{owed.id}/send", f"/obligation/{owed.id}", address=copy_to, purpose="copy")
    assert "(a copy)" in panel(browser, owed) and report(work, owed.id).state == "signed"
    assert step(work, owed) == "It did not arrive: try another address", "a copy is not the report"
    wrong = browser.post(f"/obligation/{owed.id}/send", f"/obligation/{owed.id}", address=copy_to)
    assert "belongs to somebody else" in wrong


def test_a_letter_that_waits_says_when_it_is_tried_again(
    office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    office.address(owed, "direct", "lee@direct.example.org")
    office.ways["direct"].script = [raises(BUSY)]
    office.round()
    said = panel(browser, owed)
    assert "Not taken yet" in said and "It is tried again Tue 24 Nov at 10:01." in said and "The line was busy." in said


def test_quiet_hours_hold_a_letter_back_and_the_page_says_until_when(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    office.address(owed, "fax", "(617) 555-0142", quiet_from=time(9), quiet_until=time(12, 30))
    office.round()
    assert "It leaves Tue 24 Nov at 12:30." in panel(browser, owed) and step(work, owed) == "On its way"


def test_without_a_channel_the_page_says_so(
    work: Work, monkeypatch: pytest.MonkeyPatch, owed: Obligation, browser: Browser
) -> None:
    PostOffice(work, monkeypatch)
    assert "No way of sending is set up" in panel(browser, owed)
    health = visible(browser.get("/health"))
    assert "1 letter signed here: nothing leaves in a rehearsal" in health


def test_the_health_page_names_what_waits_and_the_oldest(work: Work, office: PostOffice, browser: Browser) -> None:
    unsure, _none = signed(work, 2)
    office.address(unsure, "fax", "(617) 555-0142")
    office.ways["fax"].script = [raises(UNKNOWN)]
    office.round()
    health = visible(browser.get("/health"))
    assert "Of 1 letter nobody knows whether it left, the oldest packed" in health
    assert "1 signed letter without an address, the first due" in health


def test_an_address_is_changed_and_closed_with_a_reason(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    key = office.address(owed, "direct", "lee@direct.example.org")
    assert owed.referrer_key is not None
    ehr, _, who = owed.referrer_key.partition(":")
    page = f"/referrers/{ehr}/{who}"
    assert "lee@direct.example.org" in browser.get(page)
    details = {"rank": "2", "contact": "Mara", "quiet_from": "20:00", "quiet_until": "07:30", "back": page}
    browser.post(f"/addresses/{key}/change", page, **details)
    with work.db.read() as session:
        row = addresses.address(session, MAIN, key)
    assert row is not None and (row.rank, row.contact, row.quiet_from) == (2, "Mara", time(20)) and row.checked_at
    half = browser.post(f"/addresses/{key}/change", page, rank="2", quiet_from="20:00", back=page)
    assert "give both, or none" in half
    assert "Say why" in browser.post(f"/addresses/{key}/close", page, because=" ", back=page)
    browser.post(f"/addresses/{key}/close", page, because="They moved.", back=page)
    assert "They moved." in visible(browser.get("/addresses?show=closed"))
    assert "lee@direct" not in browser.get("/addresses")


def test_the_page_sent_counts_what_left_and_shows_it_by_state_channel_and_day(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    one_, two = signed(work, 2)
    office.address(one_, "direct", "lee@direct.example.org")
    office.address(two, "fax", "(617) 555-0142")
    office.ways["fax"].script = [raises(UNKNOWN)]
    office.round()
    page = visible(browser.get("/sent"))
    assert "1 of 2 sent 0 of 1 arrived, in the last 24 hours" in page
    assert "Direct message : 1 of 1 sent, 0 of 1 arrived" in page
    for query, found in (
        ("channel=fax", ["(617) 555-0142"]),
        ("state=sent", ["lee@direct.example.org"]),
        ("day=2026-11-24", ["(617) 555-0142", "lee@direct.example.org"]),
        ("day=2026-11-23", []),
        ("state=failed", []),
        ("state=%F0&channel=x&day=9999-12-31", ["(617) 555-0142", "lee@direct.example.org"]),
    ):
        table = browser.get(f"/sent?{query}").partition("<tbody>")[2].partition("</tbody>")[0]
        shown = sorted(re.findall(r"<bdi>(\S+@\S+|\(\d.*?)</bdi>", table))
        assert shown == sorted(found), query
    page = browser.get("/sent")
    waits, table = page.partition('id="figures"')[0], page.partition("<tbody>")[2].partition("</tbody>")[0]
    for owed, where in ((one_, table), (two, table), (two, waits)):
        assert str(owed.patient_name) in unescape(where) and "MRN" in where, "whose letter it is"
    links = re.findall(r'href="([^"]+)"', unescape(browser.get("/sent")))
    names = {name for owed in (one_, two) for name in (owed.patient_name or "").split()}
    assert not any(name in link for link in links for name in names)


def test_an_auditor_sees_everything_and_has_no_buttons(work: Work, office: PostOffice, owed: Obligation) -> None:
    from loopclose.flows.accounts import Account, add_user

    key = office.address(owed, "direct", "lee@direct.example.org")
    add_user(work.db, MAIN, Account("audra@demo.example", "auditor"))
    auditor = as_user(work, "audra@demo.example")
    for path in (f"/obligation/{owed.id}", "/sent", "/addresses"):
        page = auditor.get(path)
        assert "lee@direct.example.org" in page or path != "/addresses"
        assert "/send" not in page and f"/addresses/{key}/close" not in page


def test_the_letter_as_it_was_signed_says_where_it_is(office: PostOffice, owed: Obligation, browser: Browser) -> None:
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    page = visible(browser.get(f"/obligation/{owed.id}/signed/1"))
    assert "On its way" in page and "Sent, arrival not known" in page


def test_what_was_heard_stands_there_with_when_and_by_whom(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    (row,) = office.rows()
    with work.db.write() as session:
        at = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
        event = {"delivery": row.id, "no": 9, "at": at, "heard_at": at, "what": "received", "source": "mailbox"}
        session.add(DeliveryEvent(practice_id="main", by="", words="An MDN.", evidence="f" * 64, **event))
    said = panel(browser, owed)
    assert "Tue 24 Nov at 11:05: arrived, says an answer by mail: “An MDN.”" in said


def first_words(browser: Browser, owed: Obligation) -> str:
    page = browser.get(f"/obligation/{owed.id}")
    return visible(page.partition('<div class="next">')[2].partition("</div>")[0])


def test_what_goes_on_by_itself_is_nobodys_step_and_what_does_not_is_somebodys(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    assert "Signed, not sent" in first_words(browser, owed)
    assert "Next: Add an address. It is" in first_words(browser, owed)
    office.address(owed, "fax", "(617) 555-0142")
    said = first_words(browser, owed)
    assert "it leaves by itself within a minute or two" in said and "step" not in said
    by_hand = work.config.delivery.model_copy(update={"automatic": False})
    config = work.config.model_copy(update={"delivery": by_hand})
    said = first_words(as_user(replace(work, config=config), CORA), owed)
    assert "Next: Send it. It is" in said and "by itself" not in said
    office.round()
    said = first_words(browser, owed)
    assert "Signed, on its way" in said and "Loopclose goes on by itself" in said and "step" not in said
    office.ways["fax"].fates = [Fate("transmitted", words="3 pages were sent.")]
    office.round(hours=1)
    said = first_words(browser, owed)
    assert "Next: Await the confirmation." in said and "follow" in said and "step" not in said
    assert "Signed, on its way" not in browser.get("/?tab=sent")


def test_of_what_nobody_knows_or_did_not_arrive_no_page_says_that_it_was_not_sent(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    unsure, failed = signed(work, 2)
    office.address(unsure, "fax", "(617) 555-0142")
    office.address(failed, "direct", "old@direct.example.org")
    office.ways["fax"].script = [raises(UNKNOWN)]
    office.ways["direct"].script = [raises(REFUSED)]
    office.round()
    for owed, words in ((unsure, "Signed, may have left"), (failed, "Signed, did not arrive")):
        said = first_words(browser, owed)
        assert words in said and "Signed, not sent" not in said and "It is" in said and "by itself" not in said
        assert words in visible(browser.get("/"))


def test_where_nothing_can_leave_the_next_step_does_not_say_that_it_leaves(
    work: Work, monkeypatch: pytest.MonkeyPatch, owed: Obligation, browser: Browser
) -> None:
    PostOffice(work, monkeypatch)
    said = first_words(browser, owed)
    assert "Next: Send the report." in said and "No way of sending is set up" in said and "leaves" not in said


def test_a_delivery_is_named_as_its_letter_is_with_the_office_of_its_address(
    work: Work, office: PostOffice, owed: Obligation, browser: Browser
) -> None:
    given = {"referrer": owed.referrer_key, "name": "Dr. Spelled Otherwise", "channel": "direct"}
    key = add_address(work, MAIN, {**given, "to": "lee@direct.example.org", "location": "Elm Street, 2nd floor"}, CORA)
    check_address(work, MAIN, key, CORA)
    office.round()
    (row,) = office.rows()
    assert row.name == owed.referrer_name
    said = panel(browser, owed)
    assert f"{owed.referrer_name} , Direct message lee@direct.example.org , Elm Street, 2nd floor" in said
    for page in (f"/obligation/{owed.id}", "/sent", f"/chase/{owed.id}"):
        assert "Spelled Otherwise" not in browser.get(page), page


def test_what_was_called_back_says_so_and_is_not_offered_to_be_sent_again(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    owed, other = signed(work, 2)
    office.address(owed, "direct", "lee@direct.example.org")
    copy_to = office.address(other, "fax", "(617) 555-0100")
    office.ways["fax"].fates = [Fate("transmitted")]
    office.round()
    plan_to(work, MAIN, office.ways, owed.id, copy_to, CORA, "copy")
    office.round()
    recall(work, MAIN, owed.id, "wrong_words", CORA, "It is of another visit.")
    said = panel(browser, owed)
    assert said.count("⚠ Called back") == 2 and "Did not arrive" not in said
    assert "by itself" not in said and "Call whoever got it" in said
    page = visible(browser.get("/sent"))
    assert "It did not arrive: send it again" not in page and "⚠ Called back" in page
    sheet = visible(browser.get(f"/obligation/{owed.id}/recall"))
    assert "2 called back" in sheet and "lee@direct.example.org" in sheet and "(617) 555-0100" in sheet
    assert str(owed.referrer_name) in sheet and str(other.referrer_name) in sheet


def test_a_copy_that_did_not_arrive_is_said_to_be_for_a_person(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    owed, other = signed(work, 2)
    office.address(owed, "direct", "lee@direct.example.org")
    copy_to = office.address(other, "fax", "(617) 555-0100")
    office.round()
    office.ways["fax"].script = [raises(REFUSED)]
    plan_to(work, MAIN, office.ways, owed.id, copy_to, CORA, "copy")
    office.round()
    assert "It is not sent again by itself" in panel(browser, owed)
    assert "It did not arrive: send it again" in visible(browser.get("/sent"))
