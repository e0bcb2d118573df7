"""What a letter owes, on pages: by when it is to be signed, and what it asks and promises once it was sent."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from loopclose.flows.work import Work
from loopclose.store import signing_clocks
from loopclose.store.letter_duties import LetterDutyRow
from loopclose.store.obligations import Obligation
from tests.store.desks import rows_of
from tests.store.practices import row
from tests.web.pages import visible
from tests.web.test_letters import MAIN, Clinician

ASKED, SUPPLY = "Lisinopril: PCP to continue lisinopril.", "We renew until 9 Dec 2026, when its supply ends."


def test_a_letter_says_by_when_it_is_to_be_signed_and_that_this_is_over(work: Work) -> None:
    heart = Clinician(work).drafted(minutes=0)
    assert "to be signed by" not in visible(heart.page.get("/letters")), "nobody began its clock"
    by = heart.time + timedelta(minutes=20)
    with work.db.write() as session:
        signing_clocks.begin(session, MAIN, (heart.owed.id, 1), 1, heart.time, by)
    page = visible(heart.page.get("/letters"))
    assert "to be signed by" in page and ": late" not in page
    heart.time = by
    assert ": late" in visible(heart.page.get("/letters"))


def test_what_a_letter_asks_stands_on_its_own_page_that_of_the_report_and_in_its_list(work: Work) -> None:
    heart = Clinician(work)
    other = next(each for each in rows_of(work.db, Obligation, state="owed") if each.id != heart.owed.id)
    with work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == other.id).values(kind="handover"))
        given = {"letter": heart.owed.id, "key": "k", "obligation": other.id, "kind": "handover"}
        session.add(row(LetterDutyRow, "main", **given, words=ASKED, supply=SUPPLY, sent_at=heart.time))
    for path in (f"/obligation/{other.id}", f"/obligation/{heart.owed.id}"):
        page = visible(heart.page.get(path))
        assert ASKED in page and SUPPLY in page, path
    assert ASKED in visible(heart.page.get("/?kind=handover"))
