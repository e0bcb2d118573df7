"""Notes whose words stand elsewhere: carried over where they could be read, and never said to be absent where not."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from loopclose.drafting.consult_note import NOT_KNOWN, consult_note
from loopclose.drafting.material import Content
from loopclose.drafting.notes.note import addresses
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.letters.text import to_text
from tests.spec.cast import fact
from tests.unit.drafting.test_papers import NOTE, material, note, texts

HTML = (
    '<div><span style="font-weight:bold">Impression/Plan:</span></div><div>1. Paroxysmal atrial\n fibrillation.</div>'
    "<table><tr><td>CHA2DS2-VASc</td><td>3</td></tr></table><div><b>Family History:</b> father, stroke at 70.</div>"
)
NOTHING = "No assessment, separate plan, findings, orders or follow-up was recorded at this visit."
NO_ASSESSMENT = "No assessment was recorded at this visit."


def document(*attachments: dict[str, Any], **more: Any) -> Any:
    """A note of 20 November with those attachments."""
    content = [{"attachment": one} for one in attachments]
    return fact(
        "DocumentReference", "n", date="2026-11-20T16:40:00Z", type={"text": "Consults"}, content=content, **more
    )


def at(kind: str | None, url: str) -> dict[str, Any]:
    return {"url": url} | ({"contentType": kind} if kind else {})


def inline(kind: str, text: str) -> dict[str, Any]:
    return {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}


def paper(*documents: Any, **contents: Content | None) -> Any:
    return consult_note(
        material(documents=documents, contents={f"Binary/{name}": one for name, one in contents.items()})
    )


def test_the_text_behind_an_address_is_carried_over_with_the_binary_as_its_source() -> None:
    found = paper(document(at("text/html", "Binary/h")), h=Content("Binary/h", "text/html", HTML.encode()))
    assert texts(found, "assessment") == ["1. Paroxysmal atrial fibrillation.", "CHA2DS2-VASc: 3"]
    assert texts(found, "note-family-history") == ["father, stroke at 70."]
    ((said, *_),) = [section.items[0] for section in found.sections if section.code == "assessment"]
    assert (said.sources[0].resource, said.sources[0].path) == ("Binary/h", "Binary.data")


def test_the_history_of_a_family_is_not_taken_for_the_patients() -> None:
    found = paper(note("Exam:\nLungs clear.\n\nFamily history:\nStroke at 70.\n\n**Allergies:** penicillin"))
    assert texts(found, "findings") == ["Exam: Lungs clear."]
    assert [(one.title, texts(found, one.code)) for one in found.sections[-2:]] == [
        ("Family history", ["Stroke at 70."]),
        ("Allergies in the note", ["penicillin"]),
    ]


@pytest.mark.parametrize(
    ("content_type", "data"),
    [("text/plain;charset=ISO-8859-1", "Plan: Küche".encode("latin-1")), ("text/plain", "Plan: Küche".encode())],
)
def test_text_is_read_in_the_charset_it_names(content_type: str, data: bytes) -> None:
    found = paper(document(at("text/plain", "Binary/t")), t=Content("Binary/t", content_type, data))
    assert texts(found, "plan") == ["Küche"]


def test_html_is_asked_for_before_the_other_forms_and_pages_together() -> None:
    forms = [at("application/pdf", "Binary/p"), at("text/plain", "Binary/t"), at("text/rtf", "Binary/r")]
    assert addresses(document(*forms, at("text/html; charset=UTF-8", "Binary/h"))) == [
        ["Binary/h"],
        ["Binary/t"],
        ["Binary/r"],
        ["Binary/p"],
    ]
    assert addresses(document(at("text/plain", "Binary/t"), inline("text/html", NOTE))) == []
    assert addresses(document(at(None, "Binary/x"), at("Text/Plain", "Binary/y"))) == [["Binary/x", "Binary/y"]]
    assert addresses(document(at("image/tiff", "Binary/i"))) == []


def test_where_one_form_cannot_be_read_the_other_is_taken() -> None:
    both = document(at("text/html", "Binary/h"), at("text/plain", "Binary/t"))
    found = paper(both, h=None, t=Content("Binary/t", None, NOTE.encode()))
    assert texts(found, "assessment") == ["Stable angina.", "Second line."]


@pytest.mark.parametrize(
    ("attachment", "contents", "why"),
    [
        (at("image/tiff", "Binary/r"), {}, "is kept as a scanned image and was not read here"),
        (inline("text/rtf", "{\\rtf1 cut short"), {}, "is too long or too intricate to be carried over here"),
        (inline("application/pdf", "%PDF-"), {}, "could not be read here (PDF); see the chart"),
        (at("application/xml;charset=utf-8", "Binary/x"), {}, "is kept at another address and was not read here"),
        (at("application/x-odd", "Binary/x"), {}, "is kept as application/x-odd and was not read here"),
        (at("text/html", "Binary/h"), {"h": None}, "could not be read from the EHR"),
        (at("text/html", "https://other.example/Binary/h"), {}, "is kept at another address and was not read here"),
        (
            at("text/html", "Binary/h"),
            {"h": Content("Binary/h", "image/tiff", b"II*")},
            "is kept as a scanned image and was not",
        ),
        ({"contentType": "text/plain"}, {}, "came from the EHR without its text"),
    ],
)
def test_a_note_that_was_not_read_is_named_and_nothing_is_said_to_be_absent(
    attachment: dict[str, Any], contents: dict[str, Any], why: str
) -> None:
    found = paper(document(attachment), **contents)
    (said,) = texts(found, "assessment")
    assert said.startswith(f"The note “Consults” of 20 Nov 2026 {why}")
    assert {section.code: section.empty for section in found.sections}["plan"] == NOT_KNOWN
    shown = to_text(found)
    for words in ("No assessment", "plan was recorded", "No findings", "No follow-up"):
        assert words not in shown


def test_a_note_that_was_read_does_not_hide_one_that_was_not() -> None:
    found = paper(note("Assessment:\nStable angina."), document(at("image/png", "Binary/r")))
    assert texts(found, "assessment")[1:] == ["Stable angina."] and "was not read here" in texts(found, "assessment")[0]
    assert NOT_KNOWN in to_text(found)


def test_where_every_note_was_read_what_is_absent_is_said_so() -> None:
    assert "No assessment or orders were recorded at this visit." in to_text(paper(note("Assessment:\nPlan: Rest.")))
    assert NOTHING in to_text(paper())
    without = to_text(paper(note("Plan: Rest.")))
    assert "The note has no heading for an assessment." in without and NO_ASSESSMENT not in without


def test_what_stands_in_quarantine_is_named_and_nothing_of_its_kind_is_said_to_be_absent() -> None:
    unsafe = ("AllergyIntolerance/a", "DocumentReference/d", "MedicationRequest/m", "Observation/o", "ServiceRequest/s")
    made = material(unsafe=unsafe, unsafe_listed=("MedicationRequest/l",))
    shown = to_text(consult_note(made)) + to_text(prescription_sheet(made))
    for key in (*unsafe, "MedicationRequest/l"):
        assert f"[{key} {key.split('/')[0]}.id]" in shown
    assert shown.count("could not be read safely and stands in quarantine.") == 7  # allergies stand in both
    assert not re.findall(r"No (?!question).*", shown)


def test_what_the_ehr_does_not_give_is_not_known_rather_than_absent() -> None:
    made = material(not_given=frozenset({"AllergyIntolerance", "MedicationRequest", "DocumentReference", "Procedure"}))
    shown = to_text(consult_note(made)) + to_text(prescription_sheet(made))
    assert (
        "Allergies: not available from this EHR." in shown
        and "Notes, procedures: not available from this EHR." in shown
    )
    assert re.findall(r"^No .*?\.", shown, re.M) == ["No orders were recorded at this visit."]
    assert "Not said in the chart: what you asked; a recorded order.\n" in shown.replace(
        ". Not known here", ".\nNot known here"
    )
