"""What is a referral to us."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.referrals import admit_request
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, referral

TITLE = "What is a referral"
TEXT = """
A ServiceRequest is admitted as a referral, ignored with a code, or undecided: what no map knows goes to a
person and is never ignored. Codes count before words, and words that say referral or consultation before words
that say imaging or laboratory. Only the elements named differ from a plain referral by Dr. Lee.
"""
COLUMNS = ["the request", "becomes", "code"]
_SNOMED = "http://snomed.info/sct"
_REFERRAL: list[dict[str, Any]] = [{"coding": [{"system": _SNOMED, "code": "3457005"}]}]
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
    (
        "of the category surgery, and its own words say 'Referral to vascular surgery'",
        {
            "category": [{"coding": [{"system": _SNOMED, "code": "387713003"}]}],
            "code": {"text": "Referral to vascular surgery"},
        },
        "undecided",
        None,
    ),
    (
        "a local code shown as 'AMB REF CARDIOLOGY'",
        {"code": {"coding": [{"system": "urn:oid:1.2.3", "code": "REF12", "display": "AMB REF CARDIOLOGY"}]}},
        "admitted",
        None,
    ),
    ("'Ref to cardiology'", {"code": {"text": "REF  TO CARDIOLOGY"}}, "admitted", None),
    ("the local code 'AMB_REF_CARDIO'", {"code": {"coding": [{"code": "AMB_REF_CARDIO"}]}}, "admitted", None),
    ("'Referred to cardiology'", {"code": {"text": "Referred to cardiology"}}, "admitted", None),
    ("'eConsult cardiology'", {"code": {"text": "eConsult cardiology"}}, "admitted", None),
    ("'Consult to cardiology'", {"code": {"text": "Consult to cardiology"}}, "admitted", None),
    (
        "of the category 'Outpatient Referral'",
        {"category": [{"text": "Outpatient Referral"}], "code": {"text": "Cardiology"}},
        "admitted",
        None,
    ),
    (
        "'Deferral of dialysis': no whole word says referral",
        {"code": {"text": "Deferral of dialysis"}},
        "undecided",
        None,
    ),
    (
        "a code whose system's address holds the word",
        {"code": {"coding": [{"system": "http://codes.example/referral/x", "code": "17", "display": "Zeta"}]}},
        "undecided",
        None,
    ),
    (
        "'Referral to interventional radiology'",
        {"code": {"text": "Referral to interventional radiology"}},
        "admitted",
        None,
    ),
    ("'Referral: laboratory abnormal'", {"code": {"text": "Referral: laboratory abnormal (BNP)"}}, "admitted", None),
    (
        "of the referral category, for abnormal imaging",
        {"category": _REFERRAL, "code": {"text": "Abnormal imaging"}},
        "admitted",
        None,
    ),
    (
        "of the referral category, and of one in whose name 'Imaging' stands",
        {"category": [*_REFERRAL, {"text": "Harbor Heart and Imaging Center"}], "code": {"text": "Cardiology"}},
        "admitted",
        None,
    ),
    (
        "of the referral category, with an imaging code",
        {"category": _REFERRAL, "code": {"coding": [{"system": _SNOMED, "code": "363679005"}]}},
        "admitted",
        None,
    ),
    (
        "of the referral category in another spelling of SNOMED's address, for abnormal imaging",
        {
            "category": [{"coding": [{"system": "http://snomed.info/sct/", "code": "3457005"}]}],
            "code": {"text": "Abnormal imaging"},
        },
        "admitted",
        None,
    ),
    (
        "of the category 'Imaging'",
        {"category": [{"text": "Imaging"}], "code": {"text": "XR CHEST PA OR AP"}},
        "ignored",
        "imaging",
    ),
    (
        "'Laboratory' alone",
        {"category": [{"text": "Laboratory"}], "code": {"text": "Culture"}},
        "ignored",
        "laboratory",
    ),
    (
        "of the category 'Microbiology'",
        {"category": [{"text": "Microbiology"}], "code": {"text": "CULTURE"}},
        "ignored",
        "laboratory",
    ),
    (
        "'Speech pathology': no more than a part of it says pathology",
        {"category": [{"text": "Speech pathology"}], "code": {"text": "Evaluation"}},
        "undecided",
        None,
    ),
    (
        "a medication order",
        {"category": [{"coding": [{"system": _SNOMED, "code": "182832007"}]}]},
        "ignored",
        "medication",
    ),
    ("without an intent", {"intent": None}, "undecided", None),
    (
        "without an intent, a laboratory order",
        {"intent": None, "code": {"text": "Laboratory"}},
        "ignored",
        "laboratory",
    ),
    ("a filler-order", {"intent": "filler-order"}, "admitted", None),
    ("revoked: a visit may have answered it", {"status": "revoked"}, "admitted", None),
    (
        "a consultation by another practice's clinician",
        {"code": {"text": "Consultation"}, "performer": [{"reference": "Practitioner/roy"}]},
        "ignored",
        "other_practice",
    ),
    ("to our practice", {"performer": [{"reference": "Organization/harbor"}]}, "admitted", None),
    ("to a role at our practice", {"performer": [{"reference": "PractitionerRole/vessel-role"}]}, "admitted", None),
    ("to another practice", {"performer": [{"reference": "Organization/elm"}]}, "ignored", "other_practice"),
    (
        "to another practice or to us",
        {"performer": [{"reference": "Organization/elm"}, {"reference": "Practitioner/heart"}]},
        "admitted",
        None,
    ),
    ("to somebody who cannot be told from a name", {"performer": [{"display": "Cardiology"}]}, "admitted", None),
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
