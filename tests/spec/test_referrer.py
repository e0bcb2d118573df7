"""To whom a report is owed."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.chart import Chart, Referrer
from loopclose.domain.directory import Directory
from loopclose.domain.referrals import admit_request, referrals_of
from loopclose.domain.referrer import find_referrer
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, referral, visit

TITLE = "To whom a report is owed"
TEXT = """
The first place that names somebody outside the practice wins. Where none does, the visit becomes something to
resolve: a person says who referred. A guess is never sent to without being confirmed.
"""
COLUMNS = ["the request's requester", "the visit's participant typed REF", "report goes to", "how", "guessed"]
_LEE, _ROY = {"reference": "Practitioner/lee"}, {"reference": "Practitioner/roy"}
_NPI = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1245319599"}
_CONTAINED = [
    {
        "resourceType": "PractitionerRole",
        "id": "role",
        "practitioner": {"display": "Dr. Contained Sample"},
        "identifier": [_NPI],
    },
    {"resourceType": "Patient", "id": "me", "name": [{"text": "Pat Sample"}]},
    {"resourceType": "Organization", "id": "place", "name": "Contained Sample Clinic"},
]
_OURS = {"reference": "Practitioner/heart"}
Case = tuple[str, dict[str, Any] | None, str, dict[str, Any] | None, tuple[str, str, bool] | None]
CASES: list[Case] = [
    ("a practitioner", _LEE, "-", None, ("Practitioner/lee", "requester", False)),
    ("a practitioner", _LEE, "another practitioner", _ROY, ("Practitioner/lee", "requester", False)),
    ("a role", {"reference": "PractitionerRole/lee-role"}, "-", None, ("Practitioner/lee", "role", False)),
    ("a practice", {"reference": "Organization/elm"}, "-", None, ("Organization/elm", "organization", False)),
    (
        "a practice",
        {"reference": "Organization/elm"},
        "a practitioner",
        _ROY,
        ("Practitioner/roy", "ref_participant", False),
    ),
    ("a name alone", {"display": "Dr. Unknown Sample"}, "-", None, ("Dr. Unknown Sample", "display", True)),
    (
        "a name alone",
        {"display": "Dr. Unknown Sample"},
        "a practitioner",
        _ROY,
        ("Practitioner/roy", "ref_participant", False),
    ),
    ("nobody", None, "a practitioner", _ROY, ("Practitioner/roy", "ref_participant", False)),
    ("nobody", None, "-", None, None),
    ("nobody", None, "one of ours", _OURS, None),
    ("one of ours", _OURS, "-", None, None),
    ("one of ours", _OURS, "a practitioner", _ROY, ("Practitioner/roy", "ref_participant", False)),
    ("our own practice", {"reference": "Organization/harbor"}, "-", None, None),
    ("the patient", {"reference": "Patient/p", "display": "Pat Sample"}, "-", None, None),
    ("somebody of the patient's", {"reference": "RelatedPerson/x", "display": "Kim Sample"}, "-", None, None),
    ("the patient, by a name alone", {"type": "Patient", "display": "Pat Sample"}, "-", None, None),
    (
        "the patient",
        {"reference": "Patient/p"},
        "a practitioner",
        _ROY,
        ("Practitioner/roy", "ref_participant", False),
    ),
    ("the patient, contained", {"reference": "#me"}, "-", None, None),
    ("'Self-Referred'", {"display": "Self-Referred"}, "-", None, None),
    (
        "'REFERRAL, SELF'",
        {"display": "REFERRAL, SELF"},
        "a practitioner",
        _ROY,
        ("Practitioner/roy", "ref_participant", False),
    ),
    ("the name by which the request shows its patient", {"display": "Sample, Pat"}, "-", None, None),
    ("nobody", None, "somebody of the patient's", {"reference": "RelatedPerson/x", "display": "Kim Sample"}, None),
    ("an NPI that nobody has", {"identifier": _NPI}, "-", None, ("NPI 1245319599", "requester", False)),
    (
        "the NPI of somebody known, by its OID",
        {"identifier": {"system": "urn:oid:2.16.840.1.113883.4.6", "value": "1000 000 002"}},
        "-",
        None,
        ("Practitioner/lee", "requester", False),
    ),
    (
        "a contained role with an NPI, and a name",
        {"reference": "#role"},
        "-",
        None,
        ("Dr. Contained Sample", "requester", False),
    ),
    ("a contained organization", {"reference": "#place"}, "-", None, ("Contained Sample Clinic", "display", True)),
    ("a contained resource that is not there", {"reference": "#gone"}, "-", None, None),
    ("a role of ours", {"reference": "PractitionerRole/heart-role"}, "-", None, None),
    (
        "somebody who cannot be read",
        {"reference": "Practitioner/gone", "display": "Dr. Gone Sample"},
        "-",
        None,
        ("Practitioner/gone", "requester", False),
    ),
]
ROWS = [
    [requester, seen, *(("a person decides", "-", "-") if not want else (want[0], want[1], "yes" if want[2] else "no"))]
    for requester, _, seen, _, want in CASES
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}, {case[2]}")
def test_the_first_place_that_names_somebody_outside(case: Case) -> None:
    _, requester, _, participant, want = case
    subject = {"reference": "Patient/p", "display": "Sample, Pat"}
    request = referral(requester=requester, contained=_CONTAINED, subject=subject)
    chart = Chart(service_requests=(request,))  # type: ignore[arg-type]
    admissions = {r.key: admit_request(r, PRACTICE, DIRECTORY, CODES) for r in chart.service_requests}
    asked = referrals_of(chart, admissions, PRACTICE, DIRECTORY)
    if not asked:  # an order of ours that names nobody to do it is no referral to us
        assert want is None
        return
    sent_by = [{"type": [{"coding": [{"code": "REF"}]}], "individual": participant}] if participant else []
    seen = fact("Encounter", "v", status="finished", **{"class": {"code": "AMB"}}, participant=sent_by)
    found = find_referrer(asked[0], visit("2026-11-19 10:30", seen), chart, PRACTICE, DIRECTORY)
    assert _shown(found) == want


def _shown(found: Referrer | None) -> tuple[str, str, bool] | None:
    return (found.reference or found.name, found.how, found.guessed) if found else None


def _people(*copies: tuple[str, str]) -> Directory:
    """Practitioners by id, each with an NPI."""
    system = "http://hl7.org/fhir/sid/us-npi"
    return Directory(
        {
            f"Practitioner/{key}": fact(
                "Practitioner",
                key,
                name=[{"text": f"Dr. {key.title()} Sample"}],
                identifier=[{"system": system, "value": npi}],
            )
            for key, npi in copies
        },
        {},
        {},
    )


def _found(key: str, directory: Directory) -> Referrer | None:
    chart = Chart(service_requests=(referral(requester={"reference": f"Practitioner/{key}"}),))  # type: ignore[arg-type]
    admissions = {r.key: admit_request(r, PRACTICE, directory, CODES) for r in chart.service_requests}
    (asked,) = referrals_of(chart, admissions, PRACTICE, directory)
    return find_referrer(asked, None, chart, PRACTICE, directory)


def test_a_record_that_stands_for_self_referrals_is_nobody() -> None:
    system = "http://hl7.org/fhir/sid/us-npi"
    named: list[dict[str, Any]] = [
        {"name": [{"text": "SELF REFERRAL"}]},
        {"name": [{"text": "Self"}], "identifier": [{"system": system, "value": "1245319599"}]},
    ]
    who = [Directory({"Practitioner/s": fact("Practitioner", "s", **one)}, {}, {}) for one in named]
    assert [found and found.name for found in (_found("s", people) for people in who)] == [None, "Self"]


def test_two_records_with_one_npi_are_one_referrer() -> None:
    people = _people(("b", "1245319599"), ("a", "1245319599"), ("c", "1003000126"))
    assert [(found.reference, found.warning) for key in "abc" if (found := _found(key, people))] == [
        ("Practitioner/a", None),
        ("Practitioner/a", None),
        ("Practitioner/c", None),
    ]


def test_another_record_of_our_clinician_is_ours() -> None:
    assert _found("copy", _people(("heart", "1245319599"), ("copy", "1245319599"))) is None


def test_an_npi_that_fails_its_check_digit_warns_and_stops_nothing() -> None:
    found = _found("a", _people(("a", "1245319590")))
    assert found is not None and not found.guessed and found.npi == "1245319590"
    assert found.warning == "The NPI fails its check digit: it may be mistyped."
