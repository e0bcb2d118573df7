"""What a visit owes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from loopclose.domain.chart import Chart
from loopclose.domain.judgement import Decisions, Rules
from loopclose.domain.linking import LinkDecision
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, referral

TITLE = "What a visit owes"
TEXT = """
Every visit of ours ends in exactly one of these: it owes one report for each referral that it answers, or a
person must resolve it, or it owes nothing and says why. The visit is with Dr. Heart on 2026-11-19.
"""
COLUMNS = ["the visit and what surrounds it", "outcome", "owed"]
_V = ("ServiceRequest/r",)
_TWO = {"basedOn": [{"reference": "ServiceRequest/r"}, {"reference": "ServiceRequest/s"}]}
Case = tuple[str, list[Any], dict[str, Any], Decisions, str, list[str]]
CASES: list[Case] = [
    ("one referral that fits", [referral()], {}, Decisions(), "report", ["report to Practitioner/lee"]),
    (
        "it names two referrals",
        [referral(), referral("s", requester={"reference": "Practitioner/roy"})],
        _TWO,
        Decisions(),
        "report",
        ["report to Practitioner/lee", "report to Practitioner/roy"],
    ),
    ("no referral", [], {}, Decisions(), "no_referral", []),
    (
        "two referrals that fit equally",
        [referral(), referral("s", requester={"reference": "Practitioner/roy"})],
        {},
        Decisions(),
        "resolve",
        ["resolve"],
    ),
    ("a referral without a requester", [referral(requester=None)], {}, Decisions(), "resolve", ["resolve"]),
    (
        "a person said: this referral",
        [referral(), referral("s", requester={"reference": "Practitioner/roy"})],
        {},
        Decisions(links={"Encounter/v": LinkDecision("Encounter/v", _V)}),
        "report",
        ["report to Practitioner/lee"],
    ),
    (
        "a person said: no referral",
        [referral()],
        {},
        Decisions(links={"Encounter/v": LinkDecision("Encounter/v", ())}),
        "decided_none",
        [],
    ),
    (
        "a person said: it names a referral that is gone",
        [],
        {},
        Decisions(links={"Encounter/v": LinkDecision("Encounter/v", _V)}),
        "resolve",
        ["resolve"],
    ),
    (
        "a person said: who asks is one of us",
        [referral()],
        {},
        Decisions(requesters={"Practitioner/lee": None}),
        "internal",
        [],
    ),
    ("before the practice went live", [referral()], {"before": True}, Decisions(), "baseline", []),
    (
        "before the practice went live, but a person made it count",
        [referral()],
        {"before": True},
        Decisions(promoted=frozenset({"Encounter/v"})),
        "report",
        ["report to Practitioner/lee"],
    ),
    ("cancelled", [referral()], {"status": "cancelled"}, Decisions(), "-", []),
    ("entered in error", [referral()], {"status": "entered-in-error"}, Decisions(), "-", []),
    (
        "never closed, twelve hours on",
        [referral()],
        {"status": "in-progress"},
        Decisions(),
        "report",
        ["report to Practitioner/lee"],
    ),
]
ROWS = [[what, outcome, ", ".join(owed) or "nothing"] for what, _, _, _, outcome, owed in CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_exactly_one_outcome(case: Case) -> None:
    _, requests, elements, said, outcome, owed = case
    practice = replace(PRACTICE, live_from=date(2026, 11, 20)) if "before" in elements else PRACTICE
    shape = {
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2026-11-19T10:00:00-05:00", "end": "2026-11-19T10:30:00-05:00"},
        "participant": [{"individual": {"reference": "Practitioner/heart"}}],
        **{name: value for name, value in elements.items() if name != "before"},
    }
    chart = Chart(encounters=(fact("Encounter", "v", **shape),), service_requests=tuple(requests))
    found = assess(chart, Rules(practice, CODES), DIRECTORY, said, datetime.fromisoformat("2026-11-21T12:00:00Z"))
    assert found.outcomes.get("Encounter/v", "-") == outcome
    told = [f"{one.kind} to {one.referrer.reference}" if one.referrer else one.kind for one in found.owed]
    assert told == owed
