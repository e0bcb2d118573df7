"""What counts as evidence of a report."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.chart import Chart, Referrer
from loopclose.domain.evidence import report_evidence
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, visit

TITLE = "What shows that a report was signed, sent or received"
TEXT = """
Only what stands in the chart counts, and never what Loopclose wrote there itself. The report is owed to Dr. Lee
of Elm Sample Clinic. A note without `docStatus` counts only where the practice set
`docstatus_absent_counts`. An EHR may send each signed note to the referrer by itself and show nothing of it: where the
practice says so (`routes_notes`), the note counts as sent, and its receipt is awaited. A task shows receipt where the
referrer, or their practice, owns it and completed it, and it is about the note (focus or input).
"""
COLUMNS = ["the note", "what tells of it", "evidence"]
_TYPES = {
    "consult note": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
    "lab report": {"coding": [{"system": "http://loinc.org", "code": "11502-2"}]},
}
_NOTE = {"reference": "DocumentReference/n"}
_DAY = "2026-11-20T09:00:00-05:00"


def _message(to: str, **elements: Any) -> Any:
    shape = {"status": "completed", "sent": _DAY, "recipient": [{"reference": to}], "about": [_NOTE], **elements}
    return fact("Communication", "m", **shape)


def _task(owner: str, status: str = "completed") -> Any:
    output = [{"type": {"text": "report"}, "valueReference": _NOTE}]
    return fact("Task", "t", status=status, owner={"reference": owner}, output=output, lastModified=_DAY)


def _review(owner: str, **elements: Any) -> Any:
    shape = {"status": "completed", "owner": {"reference": owner}, "focus": _NOTE, "lastModified": _DAY, **elements}
    return fact("Task", "t", **shape)


NOTES: dict[str, dict[str, Any]] = {
    "final consult note of the visit": {},
    "amended": {"docStatus": "amended"},
    "preliminary": {"docStatus": "preliminary"},
    "without docStatus": {"docStatus": None},
    "entered in error": {"status": "entered-in-error"},
    "superseded": {"status": "superseded"},
    "of another visit": {"context": {"encounter": [{"reference": "Encounter/other"}]}},
    "a laboratory report": {"type": _TYPES["lab report"]},
}
TOLD: dict[str, Any] = {
    "-": None,
    "a completed message to Dr. Lee": _message("Practitioner/lee"),
    "the same, received": _message("Practitioner/lee", received="2026-11-20T10:00:00-05:00"),
    "a message to Dr. Lee's practice": _message("Organization/elm"),
    "an EHR that sends notes by itself": None,
    "a message to somebody else": _message("Practitioner/roy"),
    "a message not yet sent": _message("Practitioner/lee", status="in-progress"),
    "a message about another note": _message("Practitioner/lee", about=[{"reference": "DocumentReference/x"}]),
    "a completed task of Dr. Lee that gave it out": _task("Practitioner/lee"),
    "a task of Dr. Lee, still open": _task("Practitioner/lee", "in-progress"),
    "a completed task of Dr. Lee about it": _review("Practitioner/lee"),
    "the same of Dr. Lee's practice": _review("Organization/elm"),
    "a task of Dr. Lee about it, still open": _review("Practitioner/lee", status="in-progress"),
    "a task about it that one of ours completed for Dr. Lee": _review(
        "Practitioner/heart", requester={"reference": "Practitioner/lee"}
    ),
}
_FINAL = "final consult note of the visit"
ROWS = [
    [_FINAL, "-", "signed"],
    ["amended", "-", "signed"],
    ["preliminary", "-", "none"],
    ["without docStatus", "-", "none"],
    ["entered in error", "-", "none"],
    ["superseded", "-", "none"],
    ["of another visit", "-", "none"],
    ["a laboratory report", "-", "none"],
    [_FINAL, "a completed message to Dr. Lee", "signed sent"],
    [_FINAL, "the same, received", "signed sent confirmed"],
    [_FINAL, "a message to Dr. Lee's practice", "signed sent"],
    [_FINAL, "an EHR that sends notes by itself", "signed sent"],
    ["preliminary", "an EHR that sends notes by itself", "none"],
    [_FINAL, "a message to somebody else", "signed"],
    [_FINAL, "a message not yet sent", "signed"],
    [_FINAL, "a message about another note", "signed"],
    [_FINAL, "a completed task of Dr. Lee that gave it out", "signed sent"],
    [_FINAL, "a task of Dr. Lee, still open", "signed"],
    [_FINAL, "a completed task of Dr. Lee about it", "signed sent confirmed"],
    [_FINAL, "the same of Dr. Lee's practice", "signed sent confirmed"],
    [_FINAL, "a task of Dr. Lee about it, still open", "signed"],
    [_FINAL, "a task about it that one of ours completed for Dr. Lee", "signed"],
    ["preliminary", "a completed message to Dr. Lee", "none"],
]


@pytest.mark.parametrize("row", ROWS, ids=" / ".join)
def test_only_what_stands_in_the_chart_counts(row: list[str]) -> None:
    note, told, wanted = row
    shape = {
        "status": "current",
        "docStatus": "final",
        "type": _TYPES["consult note"],
        "date": "2026-11-19T18:00:00-05:00",
        "context": {"encounter": [{"reference": "Encounter/v"}]},
        **NOTES[note],
    }
    document = fact("DocumentReference", "n", **{k: v for k, v in shape.items() if v is not None})
    other = TOLD[told]
    chart = Chart(
        documents=(document,),
        communications=(other,) if other is not None and other.key.startswith("Communication") else (),
        tasks=(other,) if other is not None and other.key.startswith("Task") else (),
    )
    lee = Referrer("Dr. Lee Sample", "requester", False, "Practitioner/lee", None, "Organization/elm")
    seen = visit("2026-11-19 10:30")
    routes = told == "an EHR that sends notes by itself"
    found = report_evidence(seen, lee, chart, PRACTICE, DIRECTORY, CODES.notes, False, routes_notes=routes)
    assert " ".join(one.state for one in found) == wanted.replace("none", "")
    assert all(one.at >= seen.start and one.because for one in found)


def test_what_loopclose_wrote_is_no_evidence() -> None:
    document = fact(
        "DocumentReference",
        "n",
        status="current",
        docStatus="final",
        type=_TYPES["consult note"],
        context={"encounter": [{"reference": "Encounter/v"}]},
    )
    lee = Referrer("Dr. Lee Sample", "requester", False, "Practitioner/lee")
    chart = Chart(documents=(document,), written_by_us=frozenset({document.key}))
    assert report_evidence(visit("2026-11-19 10:30"), lee, chart, PRACTICE, DIRECTORY, CODES.notes, False) == []


@pytest.mark.parametrize("guess", [{"guessed": True}, {"reference": None}], ids=str)
def test_nothing_counts_as_routed_to_a_referrer_whom_nobody_knows_for_sure(guess: dict[str, Any]) -> None:
    context = {"encounter": [{"reference": "Encounter/v"}]}
    note = {"status": "current", "docStatus": "final", "type": _TYPES["consult note"], "context": context}
    chart = Chart(documents=(fact("DocumentReference", "n", **note),))
    known = {"name": "Dr. Lee Sample", "how": "display", "guessed": False, "reference": "Practitioner/lee", **guess}
    found = report_evidence(
        visit("2026-11-19 10:30"), Referrer(**known), chart, PRACTICE, DIRECTORY, CODES.notes, False, routes_notes=True
    )
    assert [one.state for one in found] == ["signed"]
