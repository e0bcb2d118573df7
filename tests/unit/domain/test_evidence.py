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
