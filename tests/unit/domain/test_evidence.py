"""When a note of the visit was signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from loopclose.domain.chart import Chart, Referrer
from loopclose.domain.evidence import report_evidence
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, visit

LEE = Referrer("Dr. Lee Sample", "requester", False, "Practitioner/lee")


def _note(**elements: Any) -> Any:
    """The final note of a visit that ended on 19 November at 10:30."""
    shape = {
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "context": {"encounter": [{"reference": "Encounter/v"}]},
        **elements,
    }
    return fact("DocumentReference", "n", **shape)


def signed_at(**elements: Any) -> datetime:
    """When that note counts as signed."""
    chart = Chart(documents=(_note(**elements),))
    (one,) = report_evidence(visit("2026-11-19 10:30"), LEE, chart, PRACTICE, DIRECTORY, CODES.notes, False)
    return one.at


def test_a_note_is_signed_at_its_date_else_when_it_was_last_changed_else_as_the_visit_ends() -> None:
    dated = {"date": "2026-11-20T09:00:00-05:00"}
    changed = {"meta": {"lastUpdated": "2026-11-21T09:00:00-05:00"}}
    assert signed_at(**dated) == signed_at(**dated, **changed) == local("2026-11-20 09:00")
    assert signed_at(**changed) == local("2026-11-21 09:00")
    assert signed_at() == local("2026-11-19 10:30")


def test_a_note_dated_before_its_visit_is_signed_no_sooner_than_the_visit() -> None:
    assert signed_at(date="2026-11-18T09:00:00-05:00") == local("2026-11-19 10:30")


def test_a_note_counts_by_any_of_its_codes() -> None:
    own = {"system": "urn:site", "code": "N1"}
    note = {"system": "http://loinc.org", "code": "11488-4"}
    assert signed_at(type={"coding": [own, note]}) == local("2026-11-19 10:30")


def _sent_to(referrer: Referrer, *recipients: dict[str, Any], **elements: Any) -> list[str]:
    """The states that a message with the note shows."""
    message = fact(
        "Communication",
        "c",
        **{"status": "completed", "sent": "2026-11-20T09:00:00-05:00", "recipient": list(recipients), **elements},
    )
    chart = Chart(documents=(_note(),), communications=(message,))
    found = report_evidence(visit("2026-11-19 10:30"), referrer, chart, PRACTICE, DIRECTORY, CODES.notes, False)
    return [one.state for one in found]


def test_a_message_shows_that_the_note_was_sent_whether_it_is_about_it_or_carries_it() -> None:
    note, lee = {"reference": "DocumentReference/n"}, {"reference": "Practitioner/lee"}
    assert _sent_to(LEE, lee, about=[note]) == ["signed", "sent"]
    assert _sent_to(LEE, lee, payload=[{"contentReference": note}]) == ["signed", "sent"]
    assert _sent_to(LEE, lee, payload=[{"contentString": "See you"}]) == ["signed"]


def test_a_recipient_is_the_referrer_by_the_same_npi() -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1245319599"}
    named = Referrer("Dr. Out Sample", "requester", False, None, "1245319599")
    note = {"reference": "DocumentReference/n"}
    assert _sent_to(named, {"identifier": npi}, about=[note]) == ["signed", "sent"]
    assert _sent_to(named, {"identifier": {**npi, "value": "1234567893"}}, about=[note]) == ["signed"]


def test_a_recipient_is_the_referrer_by_reference_or_works_at_the_referrers_practice() -> None:
    note, new = {"reference": "DocumentReference/n"}, {"reference": "Practitioner/new"}
    elm = Referrer("Elm", "organization", False, None, None, "Organization/elm")
    assert _sent_to(Referrer("New", "requester", False, "Practitioner/new"), new, about=[note]) == ["signed", "sent"]
    assert _sent_to(elm, {"reference": "Organization/elm"}, about=[note]) == ["signed", "sent"]
    assert _sent_to(elm, {"reference": "Practitioner/lee"}, about=[note]) == ["signed", "sent"]
    assert _sent_to(elm, {"reference": "Practitioner/roy"}, about=[note]) == ["signed"]
    nobody = Referrer("Dr. Shown", "display", True)
    assert _sent_to(nobody, {"display": "Somebody else"}, about=[note]) == ["signed"]


def test_a_message_to_the_referrer_and_others_was_sent_to_the_referrer() -> None:
    patient, lee = {"reference": "Patient/p"}, {"reference": "Practitioner/lee"}
    assert _sent_to(LEE, patient, lee, about=[{"reference": "DocumentReference/n"}]) == ["signed", "sent"]


def _given_by_task(**elements: Any) -> list[str]:
    """The states that a completed task with the note shows."""
    output = [{"type": {"text": "note"}, "valueReference": {"reference": "DocumentReference/n"}}]
    chart = Chart(documents=(_note(),), tasks=(fact("Task", "t", status="completed", output=output, **elements),))
    found = report_evidence(visit("2026-11-19 10:30"), LEE, chart, PRACTICE, DIRECTORY, CODES.notes, False)
    return [one.state for one in found]


def test_a_task_that_gave_the_note_shows_it_where_it_has_a_time_and_is_the_referrers() -> None:
    when, lee = {"lastModified": "2026-11-20T09:00:00-05:00"}, {"requester": {"reference": "Practitioner/lee"}}
    assert _given_by_task(**when, **lee) == ["signed", "sent"]
    assert _given_by_task(**lee) == ["signed"]
    assert _given_by_task(**when, requester={"reference": "Practitioner/roy"}) == ["signed"]
