"""Whether a request asks us, by whom it is to be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from loopclose.domain.chart import Chart
from loopclose.domain.practice import Practice
from loopclose.domain.referrals import ADMITTED, admit_request, referrals_of
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, referral


def admitted(performer: str, practice: Practice = PRACTICE) -> bool:
    """Whether a referral to be done by that one is to us."""
    request: Any = referral(performer=[{"reference": performer}])
    return admit_request(request, practice, DIRECTORY, CODES).disposition == "admitted"


def test_a_referral_to_a_clinician_or_an_organization_of_ours_is_to_us() -> None:
    assert admitted("Practitioner/heart", replace(PRACTICE, organizations=frozenset()))
    assert admitted("Organization/harbor", replace(PRACTICE, clinicians=frozenset()))
    assert admitted("Practitioner/heart", replace(PRACTICE, clinicians=frozenset(), npis=frozenset())), (
        "by where she works"
    )
    assert not admitted("Practitioner/lee")


def test_every_referral_is_to_a_practice_that_takes_all() -> None:
    assert admitted("Practitioner/lee", replace(PRACTICE, organizations=frozenset(), clinicians=frozenset()))


def test_a_priority_is_one_of_the_four_whatever_the_ehr_writes() -> None:
    """A hospital's own word, or a text of any length, must not end the run for everybody."""
    for written, meant in (("STAT", "stat"), (" urgent ", "urgent"), ("soon", "routine"), ("x" * 5000, "routine")):
        request: Any = referral(priority=written)
        (one,) = referrals_of(Chart(service_requests=(request,)), {request.key: ADMITTED}, PRACTICE, DIRECTORY)
        assert one.priority == meant
