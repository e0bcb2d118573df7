"""What a clinician, a coordinator and a stranger see."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from loopclose.flows.sign_in import make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit, PatientRow
from tests.web.conftest import PASSWORD, Browser, draft_all


def one(work: Work, **wanted: str) -> Obligation:
    with work.db.read() as session:
        query = select(Obligation).filter_by(**wanted).order_by(Obligation.due_at)
        return session.scalars(query).first()  # type: ignore[return-value]


def test_a_stranger_sees_only_the_sign_in_page(work: Work, stranger: Browser) -> None:
    for path in ("/", "/unmatched", "/mails", "/health", f"/obligation/{one(work, kind='report').id}"):
        assert "<h1>Sign in</h1>" in stranger.get(path)


def test_a_password_signs_in_and_a_wrong_one_does_not(stranger: Browser) -> None:
    assert "do not fit" in stranger.post("/sign-in", "/sign-in", email="pw@demo.example", password="wrong")
    assert "Reports we owe" in stranger.post("/sign-in", "/sign-in", email="pw@demo.example", password=PASSWORD)


def test_a_link_signs_in_once_and_a_look_does_not_use_it_up(work: Work, stranger: Browser) -> None:
    token = make_link(work.db, work.clock, Scope("main"), "cora@demo.example")
    path = f"/sign-in/once/{token}"
    stranger.get(path)
    assert "Reports we owe" in stranger.post(path, path)
    stranger.post("/sign-out", "/")
    assert "was used" in stranger.get(path)


def test_a_post_without_its_token_changes_nothing(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    answer = browser.client.post(f"/obligation/{owed.id}/waive", data={"code": "duplicate"})
    assert answer.status_code == 400 and one(work, id=owed.id).state == "owed"


def test_the_list_shows_late_first_with_counts_and_reasons(browser: Browser) -> None:
    page = browser.get("/")
    late = int(re.search(r"<title>(\d+) late", page)[1])  # type: ignore[index]
    rows = re.findall(r'<tr class="(is-late|is-today|)">', page)
    assert late > 0 and rows[:late] == ["is-late"] * late and "is-late" not in rows[late:]
    assert "Routine: 3 business days" in page and "no sure referral" in page and "EHR read" in page


def test_tabs_and_filters_stand_in_the_address(browser: Browser) -> None:
    assert browser.get("/?tab=late").count('class="is-late"') == browser.get("/").count('class="is-late"')
    page = browser.get("/?author=main:Practitioner/heart")
    assert "remove this filter" in page and "Vera Vessel" not in re.sub(r"<select.*?</select>", "", page, flags=re.S)


def test_a_search_leaves_no_name_in_the_address(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        who = session.get_one(PatientRow, ("main", "main", one(work, kind="report", state="owed").patient))
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/"))
    answer = browser.client.post("/search", data={"csrf_token": token[1], "words": who.name})  # type: ignore[index]
    assert answer.status_code == 303 and (who.name or "?").split()[0] not in answer.location
    page = browser.get(answer.location)
    assert who.name in page and page.count('<th scope="row">') < browser.get("/").count('<th scope="row">')


def test_the_page_of_a_report_says_why_and_drafts_it(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = browser.get(f"/obligation/{owed.id}")
    assert "Why this deadline" in page and "(decides)" in page and "Not drafted yet" in page
    assert "Being drafted" in browser.post(f"/obligation/{owed.id}/draft", f"/obligation/{owed.id}")
    draft_all(work)
    drafted = browser.get(f"/obligation/{owed.id}")
    assert "You asked" in drafted and "Ordered at this visit" in drafted and "ServiceRequest.reasonCode" in drafted
    assert one(work, id=owed.id).state == "drafted"


def test_a_person_picks_the_referral_and_the_report_is_owed(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        waiting = session.scalars(
            select(Obligation).where(Obligation.kind == "resolve", Obligation.referral.is_(None))
        ).all()
    chosen, path = None, ""
    for owed in waiting:
        path = f"/unmatched/{owed.id}"
        found = re.search(r'name="referral" value="([^"]+)"', browser.get(path))
        if found is not None:
            chosen = (owed, found[1])
            break
    assert chosen is not None
    assert "Pick a referral" in browser.post(path, path)
    assert "Kept." in browser.post(path, path, referral=chosen[1])
    assert one(work, kind="report", visit=chosen[0].visit or "", referral=chosen[1]) is not None
    assert one(work, id=chosen[0].id).state == "confirmed"


def test_who_really_asked_is_kept_and_the_report_is_owed(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        owed = session.scalars(
            select(Obligation).where(
                Obligation.kind == "resolve", Obligation.referral.is_not(None), Obligation.visit.is_not(None)
            )
        ).all()
    path = ""
    for one_owed in owed:
        path = f"/unmatched/{one_owed.id}"
        if "Kept." in browser.post(f"{path}/requester", path, name="Dr. Outside Sample"):
            made = one(work, kind="report", visit=one_owed.visit or "")
            assert made.referrer is not None and made.referrer["name"] == "Dr. Outside Sample"
            return
    raise AssertionError("no request in the name of one of ours")


def test_a_waiver_needs_its_words_and_can_be_reopened(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = f"/obligation/{owed.id}"
    assert "in words" in browser.post(f"{page}/waive", page, code="other")
    browser.post(f"{page}/waive", page, code="patient_objected")
    assert one(work, id=owed.id).state == "waived"
    browser.post(f"{page}/reopen", page)
    assert one(work, id=owed.id).state == "owed"


def test_an_attested_report_is_sent_and_owes_its_receipt(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = f"/obligation/{owed.id}"
    browser.post(f"{page}/attest", page, channel="fax", recipient="Elm Street Sample Clinic")
    assert one(work, id=owed.id).state == "sent"
    assert one(work, kind="receipt", visit=owed.visit or "", state="owed") is not None


def test_what_is_seen_is_audited_by_id(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report")
    browser.get(f"/obligation/{owed.id}")
    with work.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Audit).where(Audit.subject == owed.id)) == 1


def test_errors_are_plain_pages(browser: Browser) -> None:
    for path in ("/nothing", "/obligation/no-such", "/unmatched/no-such"):
        answer = browser.client.get(path)
        assert answer.status_code == 404 and "There is no such page." in answer.get_data(as_text=True)


def test_pages_are_not_kept_by_browsers_and_run_no_foreign_script(browser: Browser) -> None:
    answer = browser.client.get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_other_pages_open(browser: Browser) -> None:
    assert "fetched =" in browser.get("/health") and "<h1>Sent" in browser.get("/mails")
