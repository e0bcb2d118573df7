"""What is inferred where nothing is stated, and why a person is asked."""

from __future__ import annotations

from typing import Any

from loopclose.domain.chart import LinkVerdict
from tests.spec.cast import referral
from tests.unit.domain.test_case import ROY, judged, met


def inferred(*requests: Any, **elements: Any) -> LinkVerdict:
    """The verdict on a visit of 19 November that names no referral."""
    return judged(met(basedOn=[], **elements), service_requests=requests).verdicts["Encounter/v"]


def test_where_nothing_fits_nothing_is_sure() -> None:
    found = inferred()
    assert (found.band, found.confidence, found.because) == ("none", 0.0, ("No referral of this patient fits.",))


def test_a_person_is_told_why_no_rule_linked_it() -> None:
    ward = {"class": {"code": "Q9"}, "participant": [], "serviceProvider": {"reference": "Organization/harbor"}}
    eyes = referral(performer=[{"reference": "Practitioner/vessel"}])
    assert inferred(referral("r", None)).because == ("The best one has no date, or was written after the visit.",)
    assert inferred(referral(), **ward).because == (
        "No map knows the class of the visit, and nothing else shows that it was an office visit.",
    )
    assert inferred(eyes).because == ("No referral fits well enough.",)


def test_a_link_says_what_speaks_for_it_else_that_it_is_the_only_one() -> None:
    assert inferred(referral()).because == ("The only referral of this patient that fits.",)
    named = inferred(referral(performer=[{"reference": "Practitioner/heart"}]))
    assert named.because[0] == "The request names the clinician who saw the patient."
    assert "The only referral of this patient that fits." not in named.because


def test_of_two_copies_the_newer_is_linked_and_the_older_mentioned() -> None:
    found = inferred(referral(), referral("s", "2026-11-05"))
    assert found.referrals == ("ServiceRequest/s",)
    assert found.because[-1] == "A copy of the same request is older."


def test_a_referral_that_is_a_tenth_less_likely_is_as_likely() -> None:
    answered = met("u", "2026-11-18")
    found = judged(answered, met(basedOn=[]), service_requests=(referral(), ROY)).verdicts["Encounter/v"]
    assert [one.confidence for one in found.candidates] == [0.8, 0.7]
    assert (found.band, found.because) == ("person", ("Several referrals fit equally well.",))
