"""To whom a report is owed."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.chart import Chart, Referrer
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
    request = referral(requester=requester)
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
