"""Which referral a visit answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from loopclose.domain.chart import Chart
from loopclose.domain.judgement import Decisions, Rules
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, referral

TITLE = "Which referral a visit answers"
TEXT = """
The visit is with Dr. Heart (cardiology) on 2026-11-19. What the EHR states wins over what is inferred; a tie,
a missing date, or a request written after the visit goes to a person.
"""
COLUMNS = ["what the chart holds", "band", "referrals", "method"]
_CARDIO = {"code": {"text": "Referral to cardiology"}}
_VASCULAR = {"code": {"text": "Referral to vascular surgery"}}
_ROY = {"requester": {"reference": "Practitioner/roy"}}
_NAMES_R = [{"reference": "ServiceRequest/r"}]
Case = tuple[str, list[Any], dict[str, Any], dict[str, Any], str, tuple[str, ...], str | None]
CASES: list[Case] = [
    ("one referral, nothing stated", [referral()], {}, {}, "automatic", ("r",), "inferred"),
    ("no referral", [], {}, {}, "none", (), None),
    (
        "Encounter.basedOn, although another fits as well",
        [referral(), referral("s", **_ROY)],
        {"basedOn": _NAMES_R},
        {},
        "automatic",
        ("r",),
        "Encounter.basedOn",
    ),
    (
        "Encounter.basedOn names two",
        [referral(), referral("s", **_ROY)],
        {"basedOn": [*_NAMES_R, {"reference": "ServiceRequest/s"}]},
        {},
        "automatic",
        ("r", "s"),
        "Encounter.basedOn",
    ),
    (
        "the appointment names it",
        [referral(), referral("s", **_ROY)],
        {"appointment": [{"reference": "Appointment/a"}]},
        {"appointments": (fact("Appointment", "a", status="fulfilled", basedOn=_NAMES_R),)},
        "automatic",
        ("r",),
        "Encounter.appointment",
    ),
    (
        "a Task on it names the visit",
        [referral(), referral("s", **_ROY)],
        {},
        {"tasks": (fact("Task", "t", focus=_NAMES_R[0], encounter={"reference": "Encounter/v"}),)},
        "automatic",
        ("r",),
        "Task",
    ),
    (
        "a procedure of the visit is based on it",
        [referral(), referral("s", **_ROY)],
        {},
        {"procedures": (fact("Procedure", "x", basedOn=_NAMES_R, encounter={"reference": "Encounter/v"}),)},
        "automatic",
        ("r",),
        "Procedure",
    ),
    (
        "ServiceRequest.encounter is where it was ordered: no link",
        [referral("r", "2026-11-25", encounter={"reference": "Encounter/v"})],
        {},
        {},
        "person",
        (),
        None,
    ),
    ("two that fit equally", [referral(), referral("s", **_ROY)], {}, {}, "person", (), None),
    (
        "two, one of the visit's specialty",
        [referral("r", **_CARDIO), referral("s", **_ROY, **_VASCULAR)],
        {},
        {},
        "automatic",
        ("r",),
        "inferred",
    ),
    (
        "two, one names the clinician who saw the patient",
        [
            referral("r", performer=[{"reference": "Practitioner/heart"}]),
            referral("s", **_ROY, performer=[{"reference": "Practitioner/vessel"}]),
        ],
        {},
        {},
        "automatic",
        ("r",),
        "inferred",
    ),
    (
        "two copies of one request: the newest",
        [referral("old", "2026-11-01"), referral("r", "2026-11-05")],
        {},
        {},
        "automatic",
        ("r",),
        "inferred",
    ),
    ("revoked", [referral("r", status="revoked")], {}, {}, "none", (), None),
    (
        "revoked, but stated",
        [referral("r", status="revoked")],
        {"basedOn": _NAMES_R},
        {},
        "automatic",
        ("r",),
        "Encounter.basedOn",
    ),
    ("older than a year", [referral("r", "2025-11-01")], {}, {}, "none", (), None),
    ("no date", [referral("r", None)], {}, {}, "person", (), None),
    ("written ten days after the visit", [referral("r", "2026-11-29")], {}, {}, "person", (), None),
]
ROWS = [[what, band, ", ".join(keys) or "-", method or "-"] for what, _, _, _, band, keys, method in CASES]


@pytest.mark.parametrize(("what", "requests", "encounter", "others", "band", "keys", "method"), CASES)
def test_the_first_rung_that_decides_wins(
    what: str,
    requests: list[Any],
    encounter: dict[str, Any],
    others: dict[str, Any],
    band: str,
    keys: tuple[str, ...],
    method: str | None,
) -> None:
    seen = fact(
        "Encounter",
        "v",
        status="finished",
        **{"class": {"code": "AMB"}},
        period={"start": "2026-11-19T10:00:00-05:00", "end": "2026-11-19T10:30:00-05:00"},
        participant=[{"type": [{"coding": [{"code": "PPRF"}]}], "individual": {"reference": "Practitioner/heart"}}],
        **encounter,
    )
    chart = Chart(encounters=(seen,), service_requests=tuple(requests), **others)
    found = assess(
        chart, Rules(PRACTICE, CODES), DIRECTORY, Decisions(), datetime.fromisoformat("2026-11-20T12:00:00Z")
    )
    verdict = found.verdicts["Encounter/v"]
    wanted = tuple(f"ServiceRequest/{key}" for key in keys)
    assert (verdict.band, verdict.referrals, verdict.method) == (band, wanted, method)
    if band == "person":
        assert {one.referral for one in verdict.candidates} == {request.key for request in requests}
        assert found.outcomes["Encounter/v"] == "resolve"
