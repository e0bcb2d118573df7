"""What letters asked and promised, what an office does not want, and copies that are letters to nobody, on pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from loopclose.domain.recipient_answers import ACCEPTED, ANSWERS
from loopclose.flows.delivery import confirmed
from loopclose.flows.papers.notice import draft_notice, release_notice
from loopclose.flows.work import Work
from loopclose.outbound.mail import SendError
from loopclose.store import drafts, letter_duties, sent
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.letter_duties import LetterDutyRow
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.recipient_words import RecipientWordRow
from tests.store.desks import rows_of
from tests.store.line import NOW
from tests.store.practices import row
from tests.store.scripted import Scripted, raises
from tests.store.signed_letters import CORA, MAIN, PostOffice, signed
from tests.web.conftest import Browser
from tests.web.office import Office, copied, first_office
from tests.web.pages import visible
from tests.web.test_on_its_way import UNKNOWN, panel

REFUSED = SendError("The mail server refused the recipient (550).", final=True)


@pytest.fixture
def office(work: Work, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice(work, monkeypatch, Scripted(), Scripted("fax", ("fax",)))


def test_what_an_office_does_not_want_is_said_shown_where_it_keeps_a_letter_back_and_taken_back(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    owed, other = signed(work, 2)
    office.address(owed, "fax", "(617) 555-0142")
    assert owed.referrer_key is not None
    ehr, _, who = owed.referrer_key.partition(":")
    page = f"/referrers/{ehr}/{who}"
    assert "Nothing was said." in visible(browser.get(page))
    given = {"referrer": owed.referrer_key, "what": "paper"}
    assert "Say who said so" in browser.post("/opt-outs", page, **given, words=" ")
    after = visible(browser.post("/opt-outs", page, **given, words="Mara, by phone."))
    assert "No more paper" in after and "“Mara, by phone.”" in after and "since Tue 24 Nov" in after
    for text in (after, visible(browser.get("/addresses")), panel(browser, owed)):
        assert "wants no letters this way: Mara, by phone." in text
    assert "I compared it" not in panel(browser, owed), "comparing it does not help"
    office.round()
    assert office.rows() == []
    browser.post("/opt-outs", page, **given | {"what": "copies"}, words="No copies, please.")
    assert "wants no letters this way: No copies, please." in panel(browser, other)
    assert 'name="purpose" value="copy"' not in browser.get(f"/obligation/{other.id}"), "nor can it be chosen"
    back = visible(browser.post("/opt-outs/end", page, **given))
    assert "wanted again since Tue 24 Nov" in back and "wants no letters this way: Mara" not in back
    assert "They did not say" in browser.post("/opt-outs/end", page, **given)


def test_the_notice_of_a_missed_visit_has_the_panel_once_it_was_released(
    work: Work, office: PostOffice, browser: Browser
) -> None:
    missed = next(one for one in rows_of(work.db, Obligation, kind="no_show", state="owed") if one.referrer_key)
    office.address(missed, "direct", "lee@direct.example.org")
    draft_notice(work, MAIN, missed.id, CORA)
    path = f"/obligation/{missed.id}"
    assert 'id="on-its-way"' not in browser.get(path), "nobody released it"
    with work.db.read() as session:
        sha256 = drafts.papers(session, MAIN, missed.id)["no-show-notice"].sha256
    release_notice(work, MAIN, missed.id, sha256, CORA)
    text = panel(browser, missed)
    assert "Nothing was sent yet." in text and "Send to" in text and "copy" not in text
    office.ways["direct"].script = [raises(REFUSED)]
    office.round()
    assert "Did not arrive" in panel(browser, missed) and "refused the recipient" in panel(browser, missed)
    office.address(missed, "fax", "(617) 555-0142")
    office.ways["fax"].script = [raises(UNKNOWN)]
    office.round(hours=1)
    assert "Nobody knows whether it left" in panel(browser, missed)
    unsure = office.rows()[-1]
    browser.post(f"/deliveries/{unsure.id}/say", path, code="arrived", words="Mara has it.")
    assert "✔ Arrived" in panel(browser, missed)


def test_one_list_says_what_was_asked_by_when_and_who_answered_what(work: Work, browser: Browser) -> None:
    letter, *others = rows_of(work.db, Obligation, state="owed")
    given: list[tuple[str, str, dict[str, Any]]] = [
        ("handover", "Lisinopril.", {"supply": "Our supply lasts.", "by": date(2026, 12, 9)}),
        ("handover", "Metoprolol.", {"by": date(2026, 12, 9)}),
        ("pending_result", "The echo.", {}),
    ]
    with work.db.write() as session:
        for other, (kind, words, more) in zip(others, given, strict=False):
            due = NOW - timedelta(days=1) if kind == "pending_result" else other.due_at
            changed = update(Obligation).where(Obligation.id == other.id)
            state = "confirmed" if words == "Metoprolol." else "owed"
            session.execute(changed.values(kind=kind, state=state, due_at=due))
            duty = {"letter": letter.id, "key": words[:16], "obligation": other.id, "kind": kind, "words": words}
            session.add(row(LetterDutyRow, "main", **duty, sent_at=NOW, **{"supply": "", **more}))
        step = {"obligation": others[1].id, "no": 99, "to_state": "confirmed", "actor": confirmed.RECIPIENT}
        session.add(row(TransitionRow, "main", **step, code=ACCEPTED, effective_at=NOW, detected_at=NOW))
    text = visible(browser.get("/asks"))
    assert "Ours until Wed 9 Dec. Our supply lasts." in text and "Due: send it on" in text
    assert "Metoprolol." not in text
    text = visible(browser.get("/asks?show=all"))
    assert "Metoprolol." in text and ANSWERS[ACCEPTED].words in text and "said by whoever got the letter" in text
    with work.db.read() as session:
        found = {one.row.words: one.closed for one in letter_duties.asked(session, MAIN, open_only=False)}
    assert {words: closed and closed.code for words, closed in found.items()} == {
        "Lisinopril.": None,
        "Metoprolol.": ACCEPTED,
        "The echo.": None,
    }


def test_an_answer_that_is_owed_says_to_what_and_since_when(work: Work, browser: Browser) -> None:
    owed = next(one for one in rows_of(work.db, Obligation, state="owed", kind="report") if one.visit)
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == owed.id).values(kind="answer"))
        word = {"letter": owed.id, "key": "k", "obligation": owed.id, "delivery": "d", "kind": "needs", "about": ""}
        session.add(row(RecipientWordRow, "main", **word, words="They need page 2.", at=NOW))
    text = visible(browser.get("/?kind=answer"))
    assert "Answers we owe" in text and "They need page 2." in text and "Answer them" in text
    assert "by whoever got our letter" in text and "Accept or decline" not in text


def test_a_copy_in_the_own_chart_is_a_letter_to_nobody(work: Work, office: PostOffice, browser: Browser) -> None:
    (owed,) = signed(work)
    office.address(owed, "direct", "lee@direct.example.org")
    office.round()
    with work.db.write() as session:
        given = {"obligation": owed.id, "purpose": "filing", "channel": "chart", "planned_at": NOW, "referrer": "chart"}
        more = {"ehr": "main", "name": "The practice's own chart", "urgent": False, "planned_by": "loopclose"}
        for key, state in (("f1", "sent"), ("f2", "failed")):
            error = "The EHR refused it." if state == "failed" else None
            session.add(row(DeliveryRow, "main", id=key, state=state, error=error, **given, **more))
    text = visible(browser.get("/sent"))
    assert "1 of 1 sent" in text and "1 shown" in text and "Nothing: every letter signed here is on its way" in text
    assert "1 of 2 in the last 24 hours, 1 could not be filed" in text and "own chart" not in text
    text = panel(browser, owed)
    assert "copy for the practice’s own chart" in text and text.count("Packed") + text.count("Sent ") >= 1
    assert 'class="parcel"' in browser.get(f"/obligation/{owed.id}")
    assert browser.get(f"/obligation/{owed.id}").count('<article class="parcel"') == 1
    with work.db.read() as session:
        assert sent.under_way(session, MAIN) == 0


def test_after_a_wrong_office_on_the_page_the_letter_goes_to_the_next_address_at_once(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with first_office(tmp_path_factory.mktemp("first")) as first:
        office: Office = copied(first, tmp_path_factory.mktemp("here"))
        monkeypatch.setattr(confirmed, "ways_of", lambda work, scope: office.post.ways)
        office.post.address("right@direct.example.org")
        failed = office.delivery().id
        office.say(about="wrong", sure="yes")
        rows = {one.id: one for one in rows_of(office.db, DeliveryRow)}
        following = rows[failed].followed_by
        assert following is not None and rows[following].to == "right@direct.example.org"
        assert rows[following].state == "planned"
