"""Wherever a patient stands: name, date of birth, age, record number; nobody is taken for another."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from loopclose.domain.outside_text import alike
from loopclose.flows.work import Work
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow, PatientRow, User
from tests.store.line import judge_everybody
from tests.web.conftest import Browser
from tests.web.pages import owed, paths, visible

TURNED = "Alma \u202eelpmaS\u2067\x07"
CONTROLS = re.compile("[\u202a-\u202e\u2066\u2067\u200e\u200f\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def test_every_page_about_a_patient_says_birth_age_and_record_number(work: Work, browser: Browser) -> None:
    with work.db.read() as session:
        patients = {row.id: row for row in session.scalars(select(PatientRow))}
    for one in owed(work):
        who = patients[one.patient]
        for page in (f"/obligation/{one.id}", *([f"/unmatched/{one.id}"] if one.kind == "resolve" else [])):
            said = visible(browser.get(page))
            assert f"MRN {who.mrn}" in said and re.search(r"Born 15 \w+ \d{4} \(\d+ y\)", said), page
    for page in ("/", "/unmatched"):
        rows = re.findall(r'(?s)<th scope="row">(.*?)</th>', browser.get(page))
        assert rows and all(re.search(r"Born .* \(\d+ y\).* MRN \d+", visible(row)) for row in rows), page


def test_a_name_that_another_patient_has_is_marked_where_it_stands(work: Work, browser: Browser) -> None:
    reports = [one for one in owed(work) if one.kind == "report" and one.state == "owed"]
    first, second = reports[0], next(one for one in reports if one.person != reports[0].person)
    assert "Another patient" not in visible(browser.get(f"/obligation/{first.id}"))
    with work.db.write() as session:
        for one, name in ((first, "Mae Double"), (second, "DOUBLE, Máe")):
            changed = update(PatientRow).where(PatientRow.id == one.patient)
            session.execute(changed.values(name=name, alike=alike(name), birth_date=f"19{one is first:02d}-01-02"))
    judge_everybody(work)
    for page in (f"/obligation/{first.id}", f"/unmatched/{first.id}", f"/obligation/{second.id}"):
        assert "Another patient has this name" in visible(browser.get(page)), page
    assert visible(browser.get("/")).count("Another patient has this name") >= 2


@pytest.fixture
def hostile(work: Work) -> Work:
    """A practice in which every text of others carries characters that deceive."""
    with work.db.write() as session:
        session.execute(update(PatientRow).values(name=TURNED, alike=alike(TURNED), mrn=f"7{TURNED}", mrn_kind=TURNED))
        session.execute(update(ClinicianRow).values(name=TURNED))
    judge_everybody(work)
    with work.db.write() as session:
        session.execute(update(ReferralRow).values(label=TURNED, question=TURNED, status=TURNED))
        for row in session.scalars(select(ReferralRow)):
            row.requester = {**row.requester, "name": TURNED}
        for owed_row in session.scalars(select(Obligation)):
            if owed_row.referrer:
                owed_row.referrer = {**owed_row.referrer, "name": TURNED, "organization_name": TURNED}
                owed_row.referrer_name = TURNED
        session.execute(update(User).values(name=TURNED))
    return work


def test_no_page_prints_a_character_that_deceives(hostile: Work, browser: Browser) -> None:
    first = next(one for one in owed(hostile) if one.kind == "report" and one.state == "owed")
    browser.post(f"/obligation/{first.id}/draft", f"/obligation/{first.id}")
    browser.post(f"/obligation/{first.id}/waive", f"/obligation/{first.id}", code="other", note=TURNED)
    for path in paths(hostile):
        page = unescape(browser.get(path))
        assert not CONTROLS.search(page), path
    assert "Alma \ufffdelpmaS" in unescape(browser.get("/"))


def test_a_patients_name_runs_its_own_way(work: Work, browser: Browser) -> None:
    with work.db.write() as session:
        session.execute(update(PatientRow).values(name="דוד כהן"))
    judge_everybody(work)
    met = 0
    for path in paths(work, 2):
        page = browser.get(path)
        names = page.count("דוד כהן")
        assert page.count('<bdi class="name">דוד כהן</bdi>') == names, path
        met += names
    assert met > len(owed(work)), "each of them is shown somewhere"


def test_a_name_without_an_end_is_cut(work: Work, browser: Browser) -> None:
    with work.db.write() as session:
        session.execute(update(PatientRow).values(name="x" * 5000, mrn="9" * 5000))
    judge_everybody(work)
    first = next(one for one in owed(work) if one.kind == "report")
    page = visible(browser.get(f"/obligation/{first.id}"))
    assert "x" * 160 + "…" in page and "x" * 161 not in page and "9" * 161 not in page
