"""Which kind of letter a report is, on its screens; and the notice of a missed visit, which staff release."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from loopclose.flows.papers.letter import look_of
from loopclose.flows.work import Work
from loopclose.letters.letter import Party
from loopclose.letters.typesetting import SHIPPED
from loopclose.store import drafts
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.signatures import SignatureRow
from tests.store.letters import note, section, sentence, sheet
from tests.web.conftest import Browser, draft_all
from tests.web.pages import visible
from tests.web.test_letters import Clinician
from tests.web.test_screens import one

MAIN = Scope("main")


def state_of(work: Work, obligation: str) -> str:
    with work.db.read() as session:
        return session.get_one(Obligation, ("main", obligation)).state


def test_a_report_says_which_letter_it_is_and_becomes_another_when_somebody_chooses(
    work: Work, browser: Browser
) -> None:
    path = f"/obligation/{one(work, kind='report', state='owed', scope='full').id}"
    browser.post(f"{path}/draft", path)
    draft_all(work)
    page = visible(browser.get(path))
    assert "Consult note. It is the first report under the referral." in page
    assert "Consult note (LOINC 11488-4) is in the value set Consultant Report" in page
    browser.post(f"{path}/letter-kind", path, kind="interim-report")
    draft_all(work)
    page = visible(browser.get(path))
    assert "Interim report. Chosen by hand." in page and "an interim report does not close the loop" in page
    assert "Our full report follows" in page
    assert "There is no such kind of letter" in browser.post(f"{path}/letter-kind", path, kind="no-show-notice")
    browser.post(f"{path}/letter-kind", path, kind="")
    draft_all(work)
    assert "Consult note. It is the first report" in visible(browser.get(path))


def test_an_interim_report_is_signed_and_the_report_stays_owed(work: Work) -> None:
    interim = note(section("stand", sentence("Results are awaited.", "ServiceRequest.code")), letter="interim-report")
    at = Clinician(work).drafted(interim, sheet())
    page = at.page.get(at.path)
    assert "Signing it does not close the report" in page and "does not count" in page
    shown = at.sign(has_read="1")
    assert "the interim report to" in shown and "owed still" in shown
    assert state_of(work, at.owed.id) == "drafted"
    assert at.path not in at.page.get("/letters")
    assert "The interim report is signed already" in at.page.get(at.path)
    with work.db.read() as session:
        signed = drafts.papers(session, MAIN, at.owed.id)["consult-note"]
        assert signed.signed_by and session.scalars(select(SignatureRow.interim)).all() == [True]
    at.drafted(note(), sheet(), minutes=0)
    with work.db.read() as session:
        versions = [one.version for one in drafts.versions(session, MAIN, at.owed.id) if one.kind == "consult-note"]
    assert versions == [1, 2] and at.path in at.page.get("/letters")
    at.time += timedelta(minutes=6)
    at.sign(has_read="1")
    assert state_of(work, at.owed.id) == "signed"


def test_staff_write_and_release_the_notice_of_a_missed_visit(work: Work, browser: Browser) -> None:
    owed = one(work, kind="no_show", state="owed")
    path = f"/obligation/{owed.id}"
    assert "Write the notice" in browser.get(path)
    browser.post(f"{path}/notice", path)
    page = visible(browser.get(path))
    assert "a notice of a missed visit is no report" in page and "I have read it: release it" in page
    assert browser.client.get(f"{path}/papers/no-show-notice.pdf").data.startswith(b"%PDF")
    assert browser.client.get(f"{path}/papers/no-show-notice.xml").status_code == 404
    assert "was written anew" in browser.post(f"{path}/notice/release", path, sha256="0" * 64)
    with work.db.read() as session:
        kept = drafts.papers(session, MAIN, owed.id)["no-show-notice"]
    page = visible(browser.post(f"{path}/notice/release", path, sha256=kept.sha256))
    assert "its words" not in page and "Released by" in page
    assert "its words stay as they are" in browser.post(f"{path}/notice", path)


def test_what_would_hold_a_report_keeps_a_notice_back(work: Work, browser: Browser) -> None:
    owed = one(work, kind="no_show", state="owed")
    path = f"/obligation/{owed.id}"
    practice = work.config.practice["main"].model_copy(update={"part2": True})
    work.config = work.config.model_copy(update={"practice": {**work.config.practice, "main": practice}})
    browser.post(f"{path}/notice", path)
    with work.db.read() as session:
        kept = drafts.papers(session, MAIN, owed.id)["no-show-notice"]
    assert "42 CFR Part 2" in browser.post(f"{path}/notice/release", path, sha256=kept.sha256)


def test_a_letterhead_is_looked_at_before_it_is_used_and_a_broken_one_is_refused_with_its_line(
    work: Work, browser: Browser, tmp_path: Path
) -> None:
    broken = tmp_path / "ours.typ"
    broken.write_text("= Ours\n#let x = \n", encoding="utf-8")
    change = {"letter_template_tried": broken, "letter_templates": {"Practitioner/h": SHIPPED}}
    practice = work.config.practice["main"].model_copy(update=change)
    work.config = work.config.model_copy(update={"practice": {**work.config.practice, "main": practice}})
    page = visible(browser.get("/letterheads"))
    assert "The practice" in page and "Clinician Practitioner/h" in page and "Tried: not used yet" in page
    assert browser.client.get("/letterheads/1").data.startswith(b"%PDF")
    refused = browser.client.get("/letterheads/3")
    assert refused.status_code == 422 and "ours.typ is broken in line 2" in refused.get_data(as_text=True)
    assert browser.client.get("/letterheads/4").status_code == 404
    look = look_of(work.config, MAIN, Party(name="H", key="Practitioner/h"))
    assert (look.template, look_of(work.config, MAIN).template) == (SHIPPED, None)
