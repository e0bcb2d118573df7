"""What is inferred where nothing is stated, and why a person is asked."""

from __future__ import annotations

from typing import Any

from loopclose.domain.chart import LinkVerdict
from tests.spec.cast import referral
from tests.unit.domain.test_case import judged, met


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
