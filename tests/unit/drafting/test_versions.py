"""Which notes of a visit are quoted: the newest word of each author, the attending's first; the others are named."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.letters.text import to_text
from tests.spec.cast import fact
from tests.unit.drafting.test_papers import material, texts

CONSULT = {"coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}]}
NOTES = frozenset({"http://loinc.org|11488-4"})


def note(key: str, text: str, hour: int = 15, day: int = 20, by: str = "Hana Heart, MD", **more: Any) -> Any:
    data = base64.b64encode(text.encode()).decode()
    values = {
        "status": "current",
        "docStatus": "final",
        "type": CONSULT,
        "date": f"2026-11-{day}T{hour:02}:00:00-05:00",
        "author": [{"display": by}],
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }
    return fact("DocumentReference", key, **{**values, **more})


def relates(code: str, key: str) -> list[dict[str, Any]]:
    return [{"code": code, "target": {"reference": f"DocumentReference/{key}"}}]


def paper(*documents: Any, **more: Any) -> Any:
    return consult_note(material(documents=documents, note_types=NOTES, **more))


OLD, NEW = "Assessment: Pericarditis.\nPlan: colchicine", "Assessment: No pericarditis.\nPlan: nothing"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"status": "superseded"}, {"relatesTo": relates("replaces", "a")}),
        ({}, {"relatesTo": relates("replaces", "a")}),
        ({"docStatus": "preliminary"}, {}),
        ({"docStatus": "partial"}, {"docStatus": "amended"}),
        ({"status": "superseded"}, {}),
        ({"relatesTo": relates("replaces", "b")}, {"relatesTo": relates("replaces", "a")}),
    ],
)
def test_of_a_note_and_what_replaces_it_the_newer_is_quoted(older: dict[str, Any], newer: dict[str, Any]) -> None:
    found = paper(note("b", NEW, hour=17, **newer), note("a", OLD, **older))
    assert (texts(found, "assessment"), texts(found, "plan")) == (["No pericarditis."], ["nothing"])
    assert texts(found, "note-others") == [
        "The note “Consult note” of 20 Nov 2026, 15:00, was replaced and is not quoted."
    ]


def test_the_only_note_of_a_visit_is_quoted_though_it_is_called_superseded() -> None:
    assert texts(paper(note("a", OLD, status="superseded")), "assessment") == ["Pericarditis."]
    by_an_error = note("b", NEW, docStatus="entered-in-error", relatesTo=relates("replaces", "a"))
    assert texts(paper(note("a", OLD), by_an_error), "assessment") == ["Pericarditis."]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "deprecated"])
def test_a_note_that_counts_no_more_is_never_quoted(status: str) -> None:
    for where in ("status", "docStatus"):
        assert "Pericarditis" not in to_text(paper(note("a", OLD, **{where: status})))


@pytest.mark.parametrize("status", ["preliminary", "partial", "registered", "unknown"])
def test_a_note_that_is_not_final_says_so_once(status: str) -> None:
    shown = to_text(paper(note("a", OLD, docStatus=status)))
    assert shown.count(f"({status}, not final)") == 1 and "Pericarditis." in shown


def test_the_attending_comes_first_and_each_is_named_with_the_time() -> None:
    student = note("a", "Assessment: Likely embolism.", hour=10, by="Sam Student, MS4")
    resident = note("b", "Assessment: Perhaps embolism.", hour=9, by="Rae Resident")
    attending = note("c", "Assessment: No embolism.", hour=16, author=[{"reference": "Practitioner/heart"}])
    names = {"Practitioner/heart": "Hana Heart, MD"}
    found = texts(paper(student, resident, attending, author="Practitioner/heart", names=names), "assessment")
    assert found[:2] == ["Note “Consult note” of 20 Nov 2026, 16:00, by Hana Heart, MD:", "No embolism."]
    assert found[2:4] == ["Note “Consult note” of 20 Nov 2026, 09:00, by Rae Resident:", "Perhaps embolism."]
    assert found[4:] == ["Note “Consult note” of 20 Nov 2026, 10:00, by Sam Student, MS4:", "Likely embolism."]


def test_an_addendum_stands_right_under_what_it_amends() -> None:
    added = note("b", "troponin 0.6, sent to ED", day=22, relatesTo=relates("appends", "a"))
    found = paper(added, note("a", "Assessment: ACS ruled out.\nPlan: home"))
    assert [one for one in texts(found, "assessment") if "Note" not in one] == [
        "ACS ruled out.",
        "Added 22 Nov 2026 by Hana Heart, MD: troponin 0.6, sent to ED",
    ]


def test_one_note_in_two_forms_is_quoted_once() -> None:
    html = base64.b64encode(b"<p>Assessment: Pericarditis.</p><p>Plan: colchicine</p>").decode()
    content = [{"attachment": {"contentType": "text/html", "data": html}}]
    other = note("b", "", content=content, relatesTo=relates("transforms", "a"))
    assert texts(paper(note("a", OLD), other), "assessment") == ["Pericarditis."]
    assert texts(paper(note("a", OLD), note("b", OLD)), "assessment") == ["Pericarditis."]
    unreadable = note("b", "", content=[{"attachment": {"contentType": "image/png", "data": html}}])
    scan = note("b", "", content=unreadable.content and [{"attachment": {"contentType": "image/png", "data": html}}],
                relatesTo=relates("transforms", "a"))  # fmt: skip
    assert texts(paper(note("a", OLD), scan), "assessment") == ["Pericarditis."]


@pytest.mark.parametrize(
    ("kind", "is_quoted"),
    [
        ({"coding": [{"system": "http://loinc.org", "code": "34746-8"}]}, False),
        ({"coding": [{"system": "http://loinc.org", "code": "69730-0"}], "text": "Instructions"}, False),
        ({"text": "Telephone Encounter"}, False),
        ({"text": "After Visit Summary"}, False),
        ({"coding": [{"system": "urn:local", "code": "7", "display": "Nursing Note"}]}, False),
        ({"coding": [{"system": "http://loinc.org", "code": "34133-9"}]}, False),
        ({"coding": [{"system": "http://loinc.org", "code": "34117-2"}], "text": "H&P"}, True),
        ({"text": "Consults"}, True),
        ({**CONSULT, "text": "Nurse practitioner consult note"}, True),
        (None, True),
    ],
)
def test_notes_of_others_are_named_and_not_quoted(kind: dict[str, Any] | None, is_quoted: bool) -> None:
    found = paper(note("a", OLD, type=kind), other_notes=frozenset({"http://loinc.org|34133-9"}))
    assert (texts(found, "assessment") == ["Pericarditis."]) is is_quoted
    assert ("is not quoted here: it is not a clinician's note." in to_text(found)) is not is_quoted
    assert is_quoted or "was recorded at this visit" not in to_text(found).replace("No orders were", "")


def test_a_note_that_is_restricted_says_so() -> None:
    marks = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}]
    assert "(restricted in the chart)" in to_text(paper(note("a", OLD, securityLabel=marks)))
    assert "(restricted in the chart)" in to_text(paper(note("a", OLD, meta={"security": marks[0]["coding"]})))


def test_words_of_an_earlier_note_are_flagged_with_its_date() -> None:
    text = "Assessment: BP above goal, increase lisinopril to 20 mg.\nPlan: BMP in 1 week."
    earlier = note("e", text, date="2026-09-20T15:00:00-04:00")
    found = paper(note("a", f"{text}\nFollow-up: 3 months"), earlier=(earlier,))
    assert texts(found, "assessment") == [
        "BP above goal, increase lisinopril to 20 mg.",
        "(Word for word as in the note of 20 Sep 2026.)",
    ]
    assert texts(found, "follow_up") == ["3 months"]
    later = note("e", text, date="2026-12-20T15:00:00-04:00")
    assert len(texts(paper(note("a", text), earlier=(later,)), "assessment")) == 1


def test_a_long_note_goes_on_behind_the_papers_own_sections() -> None:
    lines = "\n".join(f"Line {n} of it." for n in range(150))
    found = paper(note("a", f"Assessment:\n{lines}\nPlan: rest"))
    assert len(texts(found, "assessment")) == 40 and len(texts(found, "note-more-assessment")) == 110
    assert [one.code for one in found.sections][-1] == "note-more-assessment"


def test_a_note_of_blanks_is_empty_and_not_absent() -> None:
    shown = to_text(paper(note("a", " \n\t\n")))
    assert "The note is empty." in shown and "was recorded at this visit" not in shown.replace("No orders were", "")
