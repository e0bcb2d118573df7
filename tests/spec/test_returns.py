"""When the patient is back with the referrer."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_adapters.facts import Practitioner, PractitionerRole
from loopclose.domain.chart import Chart, Referrer
from loopclose.domain.directory import Directory
from loopclose.domain.returns import first_return
from tests.spec.cast import DIRECTORY, PRACTICE, fact, local, shown, visit

TITLE = "When the patient is back with the referrer"
TEXT = """
Our visit ended on Thu 2026-11-19 at 10:30. The referrer is Dr. Lee of Elm Sample Clinic. The first appointment or
visit with the referrer, or the referrer's practice, that starts after that end is the return, whatever became of it
since; only what was cancelled, missed or entered in error is none.
"""
COLUMNS = ["what the chart holds", "the patient returns", "to"]
_AT = "2026-11-24T09:00:00-05:00"
_LEE, _ROY, _COLLEAGUE = (f"Practitioner/{who}" for who in ("lee", "roy", "ash"))


def _booked(who: str = _LEE, status: str = "booked", start: str | None = _AT, key: str = "a", **actor: Any) -> Any:
    people = [{"actor": {"reference": "Patient/p"}}, {"actor": {"reference": who, **actor} if who else actor}]
    shape = {"status": status, "start": start, "participant": people}
    return fact("Appointment", key, **{name: value for name, value in shape.items() if value})


def _met(status: str = "planned", start: str | None = _AT, key: str = "w", **elements: Any) -> Any:
    period = {"period": {"start": start}} if start else {}
    shape = {"participant": [{"individual": {"reference": _LEE}}], **elements}
    return fact("Encounter", key, status=status, **period, **shape)


_ORGANIZATION = {"participant": [], "serviceProvider": {"reference": "Organization/elm"}}
_AFTER = "Tue 2026-11-24 09:00"
Case = tuple[str, list[Any], str | None, str]
CASES: list[Case] = [
    ("nothing", [], None, ""),
    ("an appointment with the referrer", [_booked()], _AFTER, "the referrer"),
    ("the same, by now fulfilled", [_booked(status="fulfilled")], _AFTER, "the referrer"),
    ("the same, arrived", [_booked(status="arrived")], _AFTER, "the referrer"),
    ("cancelled", [_booked(status="cancelled")], None, ""),
    ("cancelled, as an American writes it", [_booked(status="Canceled")], None, ""),
    ("missed", [_booked(status="noshow")], None, ""),
    ("entered in error", [_booked(status="entered-in-error")], None, ""),
    ("without a time", [_booked(start=None)], None, ""),
    ("as our visit ends", [_booked(start="2026-11-19T10:30:00-05:00")], None, ""),
    ("a minute later", [_booked(start="2026-11-19T10:31:00-05:00")], "Thu 2026-11-19 10:31", "the referrer"),
    ("before our visit", [_booked(start="2026-11-18T10:00:00-05:00")], None, ""),
    ("by day alone", [_booked(start="2026-11-24")], "Tue 2026-11-24 00:00", "the referrer"),
    ("with a colleague of the referrer's practice", [_booked(_COLLEAGUE)], _AFTER, "the referrer's practice"),
    (
        "with a colleague who works there and elsewhere",
        [_booked("Practitioner/fir")],
        _AFTER,
        "the referrer's practice",
    ),
    ("with the referrer's practice", [_booked("Organization/elm")], _AFTER, "the referrer's practice"),
    ("with a role there", [_booked("PractitionerRole/lee-role")], _AFTER, "the referrer"),
    ("with somebody else", [_booked(_ROY)], None, ""),
    ("with one of ours", [_booked("Practitioner/heart")], None, ""),
    ("with another record of the referrer's NPI", [_booked("Practitioner/lee2")], _AFTER, "the referrer"),
    (
        "with a record of that name without NPI and practice",
        [_booked("Practitioner/lee3")],
        _AFTER,
        "somebody who is probably the referrer",
    ),
    ("with a record of that name and another NPI", [_booked("Practitioner/lee4")], None, ""),
    ("with a record of that name at another practice", [_booked("Practitioner/lee5")], None, ""),
    ("with that name alone", [_booked("", display="Dr. Lee  sample")], _AFTER, "somebody who is probably the referrer"),
    (
        "with that name in another order and without the title",
        [_booked("", display="Sample, Lee Q., MD")],
        _AFTER,
        "somebody who is probably the referrer",
    ),
    ("with one of that family name", [_booked("", display="Dr. Kim Sample")], None, ""),
    ("with a single name", [_booked("", display="Lee")], None, ""),
    ("the first of two", [_booked(start="2026-11-25"), _booked(key="b")], _AFTER, "the referrer"),
    ("a planned visit with the referrer", [_met()], _AFTER, "the referrer"),
    ("a finished visit with the referrer", [_met("finished")], _AFTER, "the referrer"),
    ("a visit that was cancelled", [_met("cancelled")], None, ""),
    ("a visit at the referrer's practice", [_met(**_ORGANIZATION)], _AFTER, "the referrer's practice"),
    ("a visit without a time", [_met(start=None)], None, ""),
    ("a visit before ours", [_met(start="2026-11-18T10:00:00-05:00")], None, ""),
    ("our visit itself", [_met(key="v")], None, ""),
    (
        "a visit before an appointment",
        [_met(start="2026-11-23T09:00:00-05:00"), _booked()],
        "Mon 2026-11-23 09:00",
        "the referrer",
    ),
]
ROWS = [[what, at or "-", whom or "-"] for what, _, at, whom in CASES]


def _people() -> Directory:
    """The cast, a colleague of Dr. Lee, and other records that are Dr. Lee's or look like it."""
    practitioners: dict[str, Practitioner] = dict(DIRECTORY._practitioners)
    roles: dict[str, PractitionerRole] = dict(DIRECTORY._roles)

    def add(key: str, name: str, npi: str | None, *organizations: str) -> None:
        ids = [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}] if npi else []
        practitioners[f"Practitioner/{key}"] = fact("Practitioner", key, name=[{"text": name}], identifier=ids)
        for organization in organizations:
            roles[f"PractitionerRole/{key}-{organization}"] = fact(
                "PractitionerRole",
                f"{key}-{organization}",
                practitioner={"reference": f"Practitioner/{key}"},
                organization={"reference": f"Organization/{organization}"},
            )

    add("ash", "Dr. Ash Sample", None, "elm")
    add("fir", "Dr. Fir Sample", None, "north", "elm")
    add("lee2", "L. Lee Sample", "1000000002")
    add("lee3", "Dr. Lee Sample", None)
    add("lee4", "Dr. Lee Sample", "1000000099")
    add("lee5", "Dr. Lee Sample", None, "north")
    return Directory(practitioners, roles, DIRECTORY._organizations)


LEE = Referrer("Dr. Lee Sample", "requester", False, _LEE, "1000000002", "Organization/elm")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_the_first_after_our_visit_counts(case: Case) -> None:
    _, holds, at, whom = case
    chart = Chart(
        appointments=tuple(one for one in holds if one.key.startswith("Appointment")),
        encounters=tuple(one for one in holds if one.key.startswith("Encounter")),
    )
    found = first_return(visit("2026-11-19 10:30"), LEE, chart, PRACTICE, _people())
    assert (found and shown(found.at), found.with_whom if found else "") == (at, whom)
    assert found is None or found.at > local("2026-11-19 10:30")


def test_a_referrer_who_works_at_two_practices_is_back_with_either() -> None:
    fir = Referrer("Dr. Fir Sample", "requester", False, "Practitioner/fir")
    theirs = "the referrer's practice"
    for who, whom in ((_COLLEAGUE, theirs), (_ROY, theirs), ("Practitioner/heart", None)):
        chart = Chart(appointments=(_booked(who),))
        found = first_return(visit("2026-11-19 10:30"), fir, chart, PRACTICE, _people())
        assert (found.with_whom if found else None) == whom


def test_a_referrer_without_npi_or_practice_is_not_everybody_who_has_none() -> None:
    nobody = Referrer("Unnamed clinician", "requester", False, "Practitioner/gone")
    chart = Chart(appointments=(_booked(_ROY), _booked("", key="b", display="Dr. Ash Sample")))
    assert first_return(visit("2026-11-19 10:30"), nobody, chart, PRACTICE, DIRECTORY) is None
