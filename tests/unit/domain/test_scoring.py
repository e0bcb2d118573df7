"""What speaks for a referral and against it, one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from loopclose.domain import scoring
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.referrals import admit_request, referrals_of
from loopclose.domain.scoring import Fit, fits_on, same_request, score
from tests.spec.cast import BOSTON, CODES, DIRECTORY, PRACTICE, fact, referral, visit

CARDIOLOGY, VASCULAR = {"text": "Referral to cardiology"}, {"text": "Referral to vascular surgery"}
PLAIN = {"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}


def asked(authored: str | None = "2026-11-02", **elements: Any) -> Referral:
    """A referral that names no specialty unless it is given one."""
    request: Any = referral("r", authored, **{"category": [PLAIN], "code": PLAIN, **elements})
    chart = Chart(service_requests=(request,))
    admissions = {request.key: admit_request(request, PRACTICE, DIRECTORY, CODES)}
    (found,) = referrals_of(chart, admissions, PRACTICE, DIRECTORY)
    return found


def seen(clinicians: tuple[str, ...] = ("Practitioner/heart",), **elements: Any) -> Visit:
    """A visit with Dr. Heart."""
    return visit("2026-11-19 10:30", fact("Encounter", "v", status="finished", **elements), clinicians)


def fit(of: Visit, one: Referral, answered: bool = False, specialty: str | None = None) -> Fit:
    """How it fits; it must."""
    found = score(of, one, answered, replace(PRACTICE, specialty=specialty), DIRECTORY, CODES)
    assert found is not None
    return found


def points(of: Visit, one: Referral, **given: Any) -> float:
    """What is added to the base, to two places."""
    return round(fit(of, one, **given).candidate.confidence - scoring.BASE, 2)


def _at(place: str) -> dict[str, Any]:
    return {"location": {"reference": f"Location/{place}"}}


PERFORMER = [{"reference": "Practitioner/heart"}]
OTHER = [{"reference": "Practitioner/vessel"}]


@pytest.mark.parametrize(
    ("elements", "shape", "added"),
    [
        ({}, {}, 0),
        ({"code": CARDIOLOGY}, {}, scoring.SPECIALTY),
        ({"code": VASCULAR}, {}, scoring.OTHER_SPECIALTY),
        ({"performerType": {"text": "Cardiologist"}}, {}, scoring.SPECIALTY),
        ({"orderDetail": [{"text": "vascular"}]}, {}, scoring.OTHER_SPECIALTY),
        ({"code": CARDIOLOGY}, {"type": [{"text": "Vascular clinic"}]}, scoring.OTHER_SPECIALTY),
        ({"code": CARDIOLOGY}, {"serviceType": {"text": "Vascular clinic"}}, scoring.OTHER_SPECIALTY),
        ({"performer": PERFORMER}, {}, 0.19),  # the performer's specialty counts too, up to 0.99
        ({"performer": OTHER}, {}, -0.8),
        ({"performer": OTHER, "code": CARDIOLOGY}, {}, round(scoring.OTHER_PERFORMER + scoring.SPECIALTY, 2)),
        ({"performer": [{"reference": "Organization/harbor"}]}, {}, 0),
        ({"locationReference": [{"reference": "Location/a"}]}, {"location": [_at("a")]}, scoring.LOCATION),
        ({"locationReference": [{"reference": "Location/a"}]}, {"location": [_at("b")]}, scoring.OTHER_LOCATION),
        ({"locationReference": [{"reference": "Location/a"}]}, {}, 0),
        ({}, {"location": [_at("b")]}, 0),
        ({"reasonCode": [{"text": "Palpitations"}]}, {"reasonCode": [{"text": "palpitations"}]}, scoring.REASON),
        ({"reasonCode": [{"text": "Palpitations"}]}, {"reasonCode": [{"text": "Cough"}]}, 0),
        ({"reasonCode": [{"text": ""}]}, {"reasonCode": [{"text": ""}]}, 0),
        (
            {"reasonCode": [{"coding": [{"system": "u", "code": "1"}]}]},
            {"reasonCode": [{"coding": [{"system": "u", "code": "1"}], "text": "x"}]},
            scoring.REASON,
        ),
    ],
)
def test_each_thing_speaks_for_or_against(elements: dict[str, Any], shape: dict[str, Any], added: float) -> None:
    assert points(seen(**shape), asked(**elements)) == added


def test_a_referral_that_another_visit_answers_fits_less() -> None:
    found = fit(seen(), asked(), answered=True)
    assert round(found.candidate.confidence - scoring.BASE, 2) == scoring.ANSWERED
    assert found.candidate.because == ("Another visit already answers it.",)


def test_the_practices_specialty_stands_where_no_role_tells() -> None:
    nobody = seen(clinicians=())
    assert points(nobody, asked(code=CARDIOLOGY)) == 0
    assert points(nobody, asked(code=CARDIOLOGY), specialty="cardiology") == scoring.SPECIALTY
    assert points(nobody, asked(code=CARDIOLOGY), specialty="dermatology") == scoring.OTHER_SPECIALTY
    assert points(seen(), asked(code=CARDIOLOGY), specialty="dermatology") == scoring.SPECIALTY
    unknown = seen(clinicians=("Practitioner/new",))
    assert points(unknown, asked(code=VASCULAR), specialty="vascular surgery") == scoring.SPECIALTY


def test_a_booked_visit_tells_its_specialty_too() -> None:
    booked = fact("Appointment", "a", specialty=[{"text": "Vascular surgery"}])
    of = structs.replace(visit("2026-11-19 10:30"), appointment=booked)
    assert points(of, asked(code=VASCULAR)) == scoring.SPECIALTY
    assert points(of, asked(code=VASCULAR, locationReference=[{"reference": "Location/a"}])) == scoring.SPECIALTY


@pytest.mark.parametrize(
    ("authored", "fits"),
    [
        ("2026-11-19", True),
        ("2026-11-20", None),
        ("2026-12-19", None),
        ("2026-12-20", False),
        ("2025-11-19", True),
        ("2025-11-18", False),
        (None, None),
        ("0001-01-01", None),
        ("1970-01-01", None),
        ("1971-01-02", False),
        ("2027-11-02", False),
    ],
)
def test_a_referral_is_written_before_the_visit_and_at_most_a_year(authored: str | None, fits: bool | None) -> None:
    assert fits_on(asked(authored), seen().day, BOSTON) is fits


def test_a_day_after_the_last_change_of_the_request_is_a_slip_of_the_hand() -> None:
    def fits(changed: str) -> bool | None:
        return fits_on(asked("2027-11-02", meta={"lastUpdated": changed}), seen().day, BOSTON)

    assert fits("2026-11-02T10:00:00-05:00") is None
    assert fits("2027-11-02T10:00:00-05:00") is False
    assert fits("yesterday") is False


@pytest.mark.parametrize(
    ("end", "fits"),
    [
        ("2026-11-19", True),
        ("2026-11-18", False),
        ("2026-11", True),
        ("2026-10", False),
        ("2026", True),
        ("2025", False),
        ("2026-11-20T02:00:00Z", True),  # still the 19th in Boston
        ("2026-11-19T03:00:00Z", False),
        (None, False),
    ],
)
def test_an_authorised_period_counts_to_its_last_local_day(end: str | None, fits: bool) -> None:
    period = {"start": "2025-01-01", **({"end": end} if end else {})}
    assert fits_on(asked("2025-01-01", occurrencePeriod=period), seen().day, BOSTON) is fits


def test_a_revoked_referral_or_one_out_of_time_does_not_fit() -> None:
    assert score(seen(), asked(status="revoked"), False, PRACTICE, DIRECTORY, CODES) is None
    assert score(seen(), asked("2025-11-18"), False, PRACTICE, DIRECTORY, CODES) is None


def test_what_a_person_must_look_at_says_why() -> None:
    undated, late, plain = (fit(seen(), asked(day)) for day in (None, "2026-11-25", "2026-11-02"))
    assert (undated.automatic, undated.candidate.because) == (False, ("The request has no date.",))
    assert (late.automatic, late.candidate.because) == (False, ("It was written after the visit.",))
    assert (plain.automatic, plain.candidate.because) == (True, ())


def test_two_copies_are_of_one_referrer_and_one_specialty() -> None:
    def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
        return same_request(asked(**one), asked(**other), DIRECTORY, CODES)

    lee, roy = {"requester": {"reference": "Practitioner/lee"}}, {"requester": {"reference": "Practitioner/roy"}}
    assert same(lee, lee) and not same(lee, roy)
    assert not same({**lee, "code": CARDIOLOGY}, {**lee, "code": VASCULAR})
    assert same(lee, {"requester": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1000000002"}}})
    assert same({"requester": {"display": "Dr. X"}}, {"requester": {"display": "Dr. X"}})
    assert not same({"requester": {"display": "Dr. X"}}, {"requester": {"display": "Dr. Y"}})
    assert not same({"requester": None}, {"requester": None})


def test_what_speaks_for_it_or_against_it_is_said() -> None:
    said = fit(
        seen(location=[_at("a")], reasonCode=[{"text": "Cough"}]),
        asked(
            code=CARDIOLOGY,
            performer=PERFORMER,
            locationReference=[{"reference": "Location/a"}],
            reasonCode=[{"text": "cough"}],
        ),
    )
    assert said.candidate.because == (
        "The request names the clinician who saw the patient.",
        "Same specialty: cardiology.",
        "Same location.",
        "Same reason.",
    )
    against = fit(
        seen(location=[_at("b")]),
        asked(code=VASCULAR, performer=OTHER, locationReference=[{"reference": "Location/a"}]),
    )
    assert against.candidate.because == (
        "The request names another clinician.",
        "It asks for vascular.",
        "It names another location.",
    )
    assert (said.candidate.confidence, against.candidate.confidence) == (0.99, 0.0)


def test_what_speaks_for_and_against_a_referral_adds_up_to_so_much() -> None:
    assert fit(seen(), asked()).candidate.confidence == 0.80
    assert fit(seen(), asked(performer=PERFORMER), answered=True).candidate.confidence == 0.97
    assert fit(seen(), asked(), answered=True).candidate.confidence == 0.70
