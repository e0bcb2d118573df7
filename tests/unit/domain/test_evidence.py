"""When a note of the visit was signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from loopclose.domain.chart import Chart, Referrer
from loopclose.domain.evidence import report_evidence
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, visit

LEE = Referrer("Dr. Lee Sample", "requester", False, "Practitioner/lee")


def signed_at(**elements: Any) -> datetime:
    """When the final note of a visit that ended on 19 November at 10:30 counts as signed."""
    shape = {
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "context": {"encounter": [{"reference": "Encounter/v"}]},
        **elements,
    }
    chart = Chart(documents=(fact("DocumentReference", "n", **shape),))
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


def _sent_to(referrer: Referrer, recipient: dict[str, Any], **elements: Any) -> list[str]:
    """The states that a message with the note shows."""
    note = fact(
        "DocumentReference",
        "n",
        status="current",
        docStatus="final",
        type={"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        context={"encounter": [{"reference": "Encounter/v"}]},
    )
    message = fact(
        "Communication", "c", status="completed", sent="2026-11-20T09:00:00-05:00", recipient=[recipient], **elements
    )
    chart = Chart(documents=(note,), communications=(message,))
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
