"""Which task of the referrer's proves that they have the report, and which does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fhir_adapters.facts import Practitioner, Task
from fhir_adapters.facts.reading import read
from loopclose.domain.chart import Referrer
from loopclose.domain.directory import Directory
from loopclose.domain.task_receipts import Sent, received_at
from tests.spec.cast import PRACTICE

SENT_AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LEE = Referrer("Dr. Lee", "requester", False, "Practitioner/lee", "1234567893", "Organization/elm")
FULFIL = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}
CONSULT = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}
REVIEW = {
    "status": "completed",
    "owner": {"reference": "Practitioner/lee"},
    "focus": {"reference": "DocumentReference/d1"},
    "executionPeriod": {"end": "2026-11-25T10:00:00Z"},
}
OF_CMS50 = {**REVIEW, "focus": {"reference": "ServiceRequest/s1"}, "code": CONSULT}
AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def told(task: dict[str, Any], **more: Any) -> datetime | None:

    fact = read("Task", json.dumps({"resourceType": "Task", "id": "t", "intent": "order", **task}).encode())
    assert isinstance(fact, Task), fact
    same = Practitioner(id="twin", identifier=())
    report = {"at": SENT_AT, "documents": frozenset({"DocumentReference/d1"}), "referral": "ServiceRequest/s1", **more}
    return received_at(
        fact, Sent(**{"referrer": LEE, **report}), Directory({"Practitioner/twin": same}, {}, {}), PRACTICE
    )


@pytest.mark.parametrize(
    "task",
    [
        REVIEW,
        {
            **REVIEW,
            "focus": {"reference": "ServiceRequest/s1"},
            "input": [{"type": {}, "valueReference": {"reference": "DocumentReference/d1"}}],
        },
        {**REVIEW, "owner": {"reference": "Organization/elm"}},
        OF_CMS50,
        {**OF_CMS50, "code": FULFIL, "reasonCode": CONSULT},
        {**OF_CMS50, "focus": {"reference": "Encounter/e1"}, "basedOn": [{"reference": "ServiceRequest/s1"}]},
    ],
)
def test_a_task_that_the_referrer_completed_about_the_report_proves_that_they_have_it(task: dict[str, Any]) -> None:
    assert told(task) == AT


@pytest.mark.parametrize(
    "change",
    [
        {"status": "in-progress"},
        {"status": "received"},
        {"status": "entered-in-error"},
        {"businessStatus": {"text": "received"}, "status": "accepted"},
        {"owner": {"reference": "Practitioner/heart"}},
        {"owner": {"reference": "Practitioner/other"}},
        {"owner": None, "requester": {"reference": "Practitioner/lee"}},
        {"focus": {"reference": "ServiceRequest/s1"}, "code": FULFIL},
        {"focus": {"reference": "ServiceRequest/s2"}, "code": CONSULT},
        {"focus": {"reference": "DocumentReference/other"}},
        {"focus": None, "output": [{"type": {}, "valueReference": {"reference": "DocumentReference/d1"}}]},
        {"executionPeriod": {"end": "2026-11-24T10:00:00Z"}},
        {"executionPeriod": None},
    ],
)
def test_nothing_else_of_a_task_does(change: dict[str, Any]) -> None:
    assert told({name: value for name, value in {**REVIEW, **change}.items() if value is not None}) is None


def test_of_a_guessed_referrer_and_of_a_report_of_which_nobody_knows_when_it_left_only_the_document_counts() -> None:
    assert told(REVIEW, referrer=Referrer("Dr. Lee", "display", True, "Practitioner/lee")) is None
    assert told(OF_CMS50, at=None) is None and told(REVIEW, at=None) == AT


def test_a_day_alone_is_not_before_the_hour_at_which_it_was_sent() -> None:
    assert told({**REVIEW, "executionPeriod": {"end": "2026-11-24"}}) == SENT_AT
