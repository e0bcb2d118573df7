"""What is a referral to us."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.referrals import admit_request
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, referral

TITLE = "What is a referral"
TEXT = """
A ServiceRequest is admitted as a referral, ignored with a code, or undecided: what no map knows goes to a
person and is never ignored. Only the elements named differ from a plain referral by Dr. Lee.
"""
COLUMNS = ["the request", "becomes", "code"]
_SNOMED = "http://snomed.info/sct"
CASES: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("a referral to a specialist", {}, "admitted", None),
    (
        "instance-order with the words 'Referral to Cardiology' only",
        {"intent": "instance-order", "code": {"text": "Referral to Cardiology"}},
        "admitted",
        None,
    ),
    (
        "a consultation that names us",
        {"code": {"text": "Consult cardiology"}, "performer": [{"reference": "Practitioner/heart"}]},
        "admitted",
        None,
    ),
    (
        "a referral to another practice's clinician",
        {"performer": [{"reference": "Practitioner/roy"}]},
        "ignored",
        "other_practice",
    ),
    ("a draft", {"status": "draft"}, "ignored", "draft"),
    ("entered in error", {"status": "entered-in-error"}, "ignored", "entered_in_error"),
    ("doNotPerform", {"doNotPerform": True}, "ignored", "do_not_perform"),
    ("a proposal", {"intent": "proposal"}, "ignored", "intent"),
    (
        "a laboratory order",
        {"category": [{"coding": [{"system": _SNOMED, "code": "108252007"}]}]},
        "ignored",
        "laboratory",
    ),
    ("an imaging order", {"category": [{"coding": [{"system": _SNOMED, "code": "363679005"}]}]}, "ignored", "imaging"),
    (
        "surgery",
        {"category": [{"coding": [{"system": _SNOMED, "code": "387713003"}]}], "code": {"text": "Pacemaker"}},
        "ignored",
        "not_a_referral",
    ),
    ("a code that nobody has mapped", {"code": {"text": "Zeta 17"}}, "undecided", None),
    ("no code at all", {"code": None}, "undecided", None),
]
ROWS = [[what, becomes, f"`{code}`" if code else "-"] for what, _, becomes, code in CASES]


@pytest.mark.parametrize(("what", "elements", "becomes", "code"), CASES)
def test_a_request_is_admitted_ignored_or_undecided(
    what: str, elements: dict[str, Any], becomes: str, code: str | None
) -> None:
    verdict = admit_request(referral(**elements), PRACTICE, DIRECTORY, CODES)  # type: ignore[arg-type]
    assert (verdict.disposition, verdict.code) == (becomes, code)
