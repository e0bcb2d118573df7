"""Whether a request counts as accepted or declined."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loopclose.domain.chart import Chart
from loopclose.domain.judgement import Decisions, Rules
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, referral

TITLE = "Whether a request was accepted or declined"
TEXT = """
Of a practice that answers by 360X (`[direct.PRACTICE] answers_requests`), and of a request that bears a number with an
OID: its referrer's system can be told (IHE 360X, PCC-56). A request is answered in the EHR; Loopclose has no list of
requests, asks nobody to answer one, and owes nothing by it. The answer stands as `answer`, done, of that request.
Where the chart shows both, it was accepted. The patient has the request `r` by Dr. Lee of 2026-11-02; it is Sat
2026-11-21, 07:00.
"""
COLUMNS = ["the request", "the chart holds", "answer"]
_R = [{"reference": "ServiceRequest/r"}]
_NUMBER = [{"system": "urn:oid:2.16.840.1.113883.3.9999.1", "value": "R1"}]
FULFIL = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}


def _booking(status: str, who: str = "Practitioner/heart", **more: Any) -> dict[str, Any]:
    people = [{"actor": {"reference": "Patient/p"}}, {"actor": {"reference": who}}]
    shape = {"status": status, "start": "2026-12-01T14:00:00-05:00", "end": "2026-12-01T14:20:00-05:00", "basedOn": _R}
    return {"appointments": (fact("Appointment", "a", participant=people, **{**shape, **more}),)}


def _task(status: str, code: Any = FULFIL) -> dict[str, Any]:
    return {"tasks": (fact("Task", "t", status=status, code=code, focus=_R[0], **{"for": {"reference": "Patient/p"}}),)}


REQUESTS: dict[str, dict[str, Any]] = {
    "with an OID": {},
    "its requisition has an OID": {"identifier": [], "requisition": _NUMBER[0]},
    "without one": {"identifier": [{"system": "https://ehr.example/orders", "value": "7"}]},
    "revoked": {"status": "revoked"},
    "by one of ours": {"requester": {"reference": "Practitioner/vessel"}},
    "of the practice without an OID": {},
    "from before the go-live": {"authored": "2026-10-30"},
}
CHARTS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a booking with us": _booking("booked"),
    "one that only waits": _booking("waitlist"),
    "one that was cancelled": _booking("cancelled"),
    "one with somebody else": _booking("booked", "Practitioner/roy"),
    "one under no request": _booking("booked", basedOn=[]),
    "a visit with us": {
        "encounters": (
            fact(
                "Encounter",
                "v",
                status="finished",
                basedOn=_R,
                participant=[{"individual": {"reference": "Practitioner/heart"}}],
                period={"start": "2026-11-18T08:00:00-05:00", "end": "2026-11-18T08:20:00-05:00"},
                **{"class": {"code": "AMB"}},
            ),
        )
    },
    "its fulfilment task, accepted": _task("accepted"),
    "its fulfilment task, rejected": _task("rejected"),
    "the same, and a booking with us": {**_task("rejected"), **_booking("booked")},
    "its fulfilment task, cancelled": _task("cancelled"),
    "another task, rejected": _task("rejected", {"text": "Call the patient"}),
}
_USUAL = "with an OID"
ROWS = [
    [_USUAL, "nothing", "-"],
    [_USUAL, "a booking with us", "accepted"],
    [_USUAL, "one that only waits", "-"],
    [_USUAL, "one that was cancelled", "-"],
    [_USUAL, "one with somebody else", "-"],
    [_USUAL, "one under no request", "-"],
    [_USUAL, "a visit with us", "accepted"],
    [_USUAL, "its fulfilment task, accepted", "accepted"],
    [_USUAL, "its fulfilment task, rejected", "declined"],
    [_USUAL, "the same, and a booking with us", "accepted"],
    [_USUAL, "its fulfilment task, cancelled", "-"],
    [_USUAL, "another task, rejected", "-"],
    ["its requisition has an OID", "a booking with us", "accepted"],
    ["without one", "a booking with us", "-"],
    ["revoked", "a booking with us", "-"],
    ["by one of ours", "a booking with us", "-"],
    ["of the practice without an OID", "a booking with us", "-"],
    ["from before the go-live", "a booking with us", "-"],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ", ".join(row[:2]))
def test_a_request_is_answered_as_its_row_says(row: list[str]) -> None:
    which, chart, answer = row
    oid = None if "practice" in which else "1.2.3"
    live = local("2026-11-01 00:00").date() if "go-live" in which else None
    practice = replace(PRACTICE, oid=oid, live_from=live)
    asked = referral("r", **{"identifier": _NUMBER, **REQUESTS[which]})
    found = assess(
        Chart(service_requests=(asked,), **CHARTS[chart]),
        Rules(practice, CODES),
        DIRECTORY,
        Decisions(),
        local("2026-11-21 07:00"),
    )
    answers = [one for one in found.owed if one.kind == "answer"]
    said = [step.code for one in answers for step in one.evidence]
    assert said == ([] if answer == "-" else [answer])
    assert all(step.state == "confirmed" for one in answers for step in one.evidence), "it is never open"
