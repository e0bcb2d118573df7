"""The letters beside the consult note: each has its own short choice, and says nothing that is not so."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from loopclose.drafting.keeping import digest, pack, unpack
from loopclose.drafting.material import Material
from loopclose.drafting.notice import Missed, missed_notice
from loopclose.drafting.other_letters import facts_of, letter_about
from loopclose.drafting.page_one_check import problems
from loopclose.drafting.paper import Paper
from loopclose.drafting.to_sign import is_preliminary, question_of
from tests.spec.cast import BOSTON, fact
from tests.unit.letters.sample import NOTE, material


def text_of(paper: Paper) -> str:
    titles = [one.title for one in paper.sections]
    return " ".join([*titles, *(sentence.text for item in paper.everything for sentence in item)])


def with_note(status: str | None, kind: dict[str, Any] | None = None, text: str = NOTE) -> Material:
    data = base64.b64encode(text.encode()).decode()
    content = [{"attachment": {"contentType": "text/plain", "data": data}}]
    coded = {"type": kind} if kind else {}
    return material(documents=(fact("DocumentReference", "note", docStatus=status, content=content, **coded),))


@pytest.mark.parametrize("kind", ["progress-report", "interim-report", "procedure-report"])
def test_each_is_kept_as_it_is_says_its_kind_and_has_no_empty_section(kind: str) -> None:
    paper = letter_about(with_note("final"), kind)
    assert paper.letter_kind is not None and paper.letter_kind.code == kind
    assert paper.title == paper.letter_kind.title and paper.kind == "consult-note"
    assert all(one.items for one in paper.sections) and not [*problems(paper)]
    body = pack(paper)
    assert unpack(body, digest(body)) == paper and pack(letter_about(with_note("final"), kind)) == body


def test_a_progress_report_names_the_referral_and_asks_no_answer() -> None:
    referral = fact("ServiceRequest", "r", authoredOn="2026-10-03", reasonCode=[{"text": "Is it cardiac?"}])
    paper = letter_about(replace(with_note("final"), question=referral), "progress-report")
    said = text_of(paper)
    assert "A later visit under your referral of 3 Oct 2026." in said and "Stable angina (CCS class II)" in said
    assert "Is it cardiac?" not in said and question_of([paper]) == ()
    assert paper.first is not None and not paper.first.answer_needed and "what you asked" not in paper.first.absent
    assert "In our note: Exertional chest pressure." in said  # what the note says is not lost


@pytest.mark.parametrize("status", ["preliminary", "draft"])
def test_an_interim_report_quotes_no_note_that_is_not_final_and_says_when_the_rest_comes(status: str) -> None:
    paper = letter_about(replace(with_note(status), due=date(2026, 11, 24)), "interim-report")
    said = text_of(paper)
    assert "Our note of this visit is not final yet" in said and "CCS class II" not in said
    assert "Results are awaited: CT angiography." in said
    assert "Our full report follows by Tue 24 Nov 2026." in said
    assert not is_preliminary([paper]) and paper.first is not None and paper.first.absent == ""
    assert "as far as the notes could be read" in paper.first.heading


def test_an_interim_report_promises_no_day_that_is_over_and_claims_no_absence_that_is_not_known() -> None:
    said = text_of(letter_about(material(documents=()), "interim-report"))
    assert "No note of this visit is in our chart yet." in said and "as soon as it is ready" in said
    unread = material(documents=(), gaps={"DocumentReference": "Notes could not be read for this draft: 403."})
    assert "No note of this visit" not in text_of(letter_about(unread, "interim-report"))
    assert not facts_of(unread).are_known and facts_of(material(documents=())).are_known


@pytest.mark.parametrize(
    ("kind", "is_procedure"),
    [
        ({"coding": [{"system": "http://loinc.org", "code": "28570-0"}]}, True),
        ({"coding": [{"system": "http://loinc.org", "code": "11504-8"}]}, True),
        ({"text": "Operative Report"}, True),
        ({"text": "Colonoscopy note"}, True),
        ({"text": "Pre-procedure consult"}, False),
        ({"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}, False),
        (None, False),
    ],
)
def test_a_note_is_of_a_procedure_by_its_type(kind: dict[str, Any] | None, is_procedure: bool) -> None:
    assert bool(facts_of(with_note("final", kind)).of_procedures) is is_procedure


def test_a_procedure_report_has_the_note_whole_in_its_own_order_behind_its_cover() -> None:
    report = "Indication:\nBleeding.\n\nFindings:\nA 6 mm polyp.\n\nComplications:\nNone.\n\nImpression:\nAdenoma."
    paper = letter_about(with_note("final", {"text": "Colonoscopy note"}, report), "procedure-report")
    said = " ".join(sentence.text for one in paper.sections for item in one.items for sentence in item)
    places = [said.index(words) for words in ("Bleeding.", "A 6 mm polyp.", "None.", "Adenoma.")]
    assert places == sorted(places)
    assert paper.first is not None and paper.first.answer_needed  # it answers the question as a consult note does


def missed(status: str, *bookings: Any, **more: Any) -> Paper:
    given: dict[str, Any] = {
        "practice_name": "Harbor Cardiology",
        "zone": BOSTON,
        "appointment": fact(
            "Appointment",
            "a",
            status=status,
            start="2026-11-19T15:00:00Z",
            cancelationReason={"text": "In hospital with sepsis"},
            reasonCode=[{"text": "Chest pain"}],
        ),
        "referral": fact("ServiceRequest", "r", authoredOn="2026-10-03", reasonCode=[{"text": "Chest pain"}]),
        "patient": fact("Patient", "p", name=[{"text": "Josef Sample"}], birthDate="1955-03-03"),
        "bookings": bookings,
    }
    return missed_notice(Missed(**given | more))


def test_a_notice_tells_of_an_appointment_and_of_nothing_clinical() -> None:
    paper = missed("noshow")
    said = text_of(paper)
    assert paper.letter_kind is not None and paper.letter_kind.code == "no-show-notice"
    assert "did not come to the appointment with us on Thu 19 Nov 2026 at 10:00" in said
    assert "your referral of 3 Oct 2026" in said and "still to be seen" in said
    assert "Chest pain" not in said and paper.sections == ()
    cancelled = missed("cancelled")
    assert cancelled.title == "Cancellation notice" and "was cancelled" in text_of(cancelled)
    assert "sepsis" not in text_of(cancelled)


def test_a_notice_asks_nothing_where_the_patient_is_booked_anew() -> None:
    later = fact("Appointment", "b", status="booked", start="2026-12-03T15:00:00Z", description="Chest pain")
    before = fact("Appointment", "c", status="booked", start="2026-11-01T15:00:00Z")
    paper = missed("noshow", later, before)
    assert "A new appointment is booked for Thu 3 Dec 2026 at 10:00." in text_of(paper)
    assert "still to be seen" not in text_of(paper) and "1 Nov" not in text_of(paper)
