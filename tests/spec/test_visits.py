"""What is a visit of ours, and when it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from fhir_adapters.facts import Encounter
from loopclose.domain.chart import Chart
from loopclose.domain.judgement import Decisions, Judgement, Rules
from loopclose.domain.owing import assess
from loopclose.domain.visits import admit_encounter
from tests.spec.cast import BOSTON, CODES, DIRECTORY, PRACTICE, fact, local, referral

TITLE = "What is a visit, and when it was"
TEXT = """
An Encounter with Dr. Heart on Thu 2026-11-19 from 10:00 to 10:30, finished, of class AMB; only what is named differs.
It is judged on Sat 2026-11-21 at 07:00. "Assumed": that it happened, or when, is said to be assumed. What is shown
beside a visit are its doubts. A class that no map knows never makes an Encounter ignored; where nothing else shows an
office visit, a referral is not inferred for it, and a person decides.
"""
COLUMNS = ["the encounter", "becomes", "from", "to", "assumed", "what is said"]
V3, V2 = "http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://terminology.hl7.org/CodeSystem/v2-0004"
OLD_V2, V2_OID = "http://hl7.org/fhir/v2/0004", "urn:oid:2.16.840.1.113883.12.4"
EPIC = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
_SNOMED = "http://snomed.info/sct"
_V = {"reference": "Encounter/v"}
_NOBODY: dict[str, Any] = {"participant": [], "serviceProvider": {"reference": "Organization/harbor"}}
_ROY = {"participant": [{"individual": {"reference": "Practitioner/roy"}}]}
_UNTOLD = {"participant": [{"individual": {"display": "Heart Sample, MD"}}], "serviceProvider": {"display": "Harbor"}}
_NAMES = {"basedOn": [{"reference": "ServiceRequest/r"}]}
_TIMELESS: dict[str, Any] = {"period": None}


def _cls(code: str | None = None, system: str | None = None, display: str | None = None) -> dict[str, Any]:
    return {"class": {k: v for k, v in {"system": system, "code": code, "display": display}.items() if v}}


def _kind(text: str) -> dict[str, Any]:
    return {"type": [{"text": text}]}


def _period(start: str | None, end: str | None = None) -> dict[str, Any]:
    return {"period": {k: v for k, v in {"start": start, "end": end}.items() if v}}


_BOOKING = fact(
    "Appointment",
    "a",
    status="fulfilled",
    start="2026-11-18T14:00:00-05:00",
    end="2026-11-18T14:20:00-05:00",
    participant=[{"actor": {"reference": "Practitioner/heart"}}],
)


def _with_roy(key: str) -> Any:
    return fact(
        "Appointment",
        key,
        status="fulfilled",
        start="2026-11-19T14:00:00-05:00",
        participant=[{"actor": {"reference": "Practitioner/roy"}}],
    )


def _later(key: str) -> Any:
    return fact(
        "Appointment",
        key,
        status="booked",
        start="2026-11-25T14:00:00-05:00",
        participant=[{"actor": {"reference": "Practitioner/heart"}}],
    )


_NOTE = fact("DocumentReference", "n", status="current", date="2026-11-17T16:00:00-05:00", context={"encounter": [_V]})
_REPORT = fact("DiagnosticReport", "d", encounter=_V, issued="2026-11-17T09:00:00-05:00")
_DONE = fact("Procedure", "x", status="completed", encounter=_V, performedDateTime="2026-11-16")
_WRONG = fact("DocumentReference", "n", status="entered-in-error", date="2026-11-17", context={"encounter": [_V]})
_BOOKED = {"appointment": [{"reference": "Appointment/a"}]}
_USUAL = ("Thu 10:00", "Thu 10:30", False, "")
_BEGINS = ("Thu 10:00", "Thu 10:00", False)
Case = tuple[str, dict[str, Any], dict[str, Any], str, tuple[str, str, bool, str]]
CASES: list[Case] = [
    ("as it stands", {}, {}, "a visit", _USUAL),
    ("class AMB of v3", _cls("AMB", V3), {}, "a visit", _USUAL),
    ("class amb, in lower case", _cls("amb", V3), {}, "a visit", _USUAL),
    ("class VR", _cls("VR"), {}, "a visit", _USUAL),
    ("class HH", _cls("HH"), {}, "a visit", _USUAL),
    ("class O of HL7 v2", _cls("O", V2, "Outpatient"), {}, "a visit", _USUAL),
    ("class O of HL7 v2, without words", {**_cls("O", V2), **_NOBODY}, {}, "a visit", _USUAL),
    ("class O by its name before R4", {**_cls("O", OLD_V2), **_NOBODY}, {}, "a visit", _USUAL),
    ("class O by the table's OID", {**_cls("o", V2_OID), **_NOBODY}, {}, "a visit", _USUAL),
    ("class 13 of Epic", _cls("13", EPIC), {}, "a visit", _USUAL),
    ("class 'ambulatory' in words", _cls("ambulatory", None, "Ambulatory"), {}, "a visit", _USUAL),
    ("a local class shown as 'Outpatient'", _cls("5", "urn:oid:1.2.3", "Outpatient"), {}, "a visit", _USUAL),
    ("class IMP", _cls("IMP", V3), {}, "`class`", _USUAL),
    ("class I of HL7 v2", _cls("I", V2), {}, "`class`", _USUAL),
    ("class I by the table's OID", _cls("I", V2_OID), {}, "`class`", _USUAL),
    ("class EMER", _cls("EMER"), {}, "`class`", _USUAL),
    ("class OBSENC", _cls("OBSENC"), {}, "`class`", _USUAL),
    ("a local class shown as 'Inpatient'", _cls("7", "urn:oid:1.2.3", "Inpatient"), {}, "`class`", _USUAL),
    ("no class", {"class": None}, {}, "a visit", _USUAL),
    ("class 4 of Epic, which the site has not mapped", _cls("4", EPIC, "HOV"), {}, "a visit", _USUAL),
    (
        "no class, nobody of ours, an office visit",
        {"class": None, **_NOBODY, **_kind("Office Visit")},
        {},
        "a visit",
        _USUAL,
    ),
    ("no class, nobody of ours, no type", {"class": None, **_NOBODY}, {}, "a visit for a person", _USUAL),
    ("no class, nobody of ours, a phone call", {"class": None, **_NOBODY, **_kind("Telephone")}, {}, "`phone`", _USUAL),
    ("nobody of ours took part, nor our practice", {"participant": []}, {}, "`not_ours`", _USUAL),
    ("somebody else took part, and it names a referral to us", {**_ROY, **_NAMES}, {}, "`not_ours`", _USUAL),
    ("nobody can be told from a name, and it names a referral to us", {**_UNTOLD, **_NAMES}, {}, "a visit", _USUAL),
    ("nobody can be told from a name", _UNTOLD, {}, "`not_ours`", _USUAL),
    ("'Telephone'", _kind("Telephone"), {}, "`phone`", _USUAL),
    ("'Telephone encounter'", _kind("Cardiology telephone  encounter"), {}, "`phone`", _USUAL),
    (
        "'Consultation (no telephone interpreter)'",
        _kind("Consultation (no telephone interpreter)"),
        {},
        "a visit",
        _USUAL,
    ),
    ("'Phone message'", _kind("Phone Message"), {}, "`phone`", _USUAL),
    ("'Orders Only'", _kind("Orders Only"), {}, "`documentation_only`", _USUAL),
    ("'Patient Message'", _kind("Patient Message"), {}, "`documentation_only`", _USUAL),
    ("'New patient, orders only as needed'", _kind("New patient, orders only as needed"), {}, "a visit", _USUAL),
    ("'Lab'", _kind("Lab"), {}, "`laboratory`", _USUAL),
    (
        "coded as a consultation, 'Consultation, phone call to interpreter'",
        {
            "type": [
                {"coding": [{"system": _SNOMED, "code": "11429006"}], "text": "Consultation, phone call to interpreter"}
            ]
        },
        {},
        "a visit",
        _USUAL,
    ),
    (
        "coded as a phone call, 'New patient'",
        {"type": [{"coding": [{"system": _SNOMED, "code": "185317003"}], "text": "New patient"}]},
        {},
        "`phone`",
        _USUAL,
    ),
    ("'Documentation only'", _kind("Documentation only"), {}, "`documentation_only`", _USUAL),
    ("'Documentation of new patient visit'", _kind("Documentation of new patient visit"), {}, "a visit", _USUAL),
    ("'Nurse visit'", _kind("Nurse visit, INR"), {}, "`nurse_only`", _USUAL),
    ("'Blood draw'", _kind("Blood draw"), {}, "`laboratory`", _USUAL),
    ("part of another visit", {"partOf": {"reference": "Encounter/w"}}, {}, "`part_of`", _USUAL),
    ("planned", {"status": "planned"}, {}, "`planned`", _USUAL),
    ("cancelled", {"status": "cancelled"}, {}, "`cancelled`", _USUAL),
    ("entered in error", {"status": "entered-in-error"}, {}, "`entered_in_error`", _USUAL),
    ("completed, as R5 says it", {"status": "completed"}, {}, "a visit", _USUAL),
    ("discharged, as R5 says it", {"status": "discharged"}, {}, "a visit", _USUAL),
    ("no status, begun 45 hours ago", {"status": None}, {}, "a visit", ("Thu 10:00", "Thu 10:30", True, "")),
    ("in-progress, begun 45 hours ago", {"status": "in-progress"}, {}, "a visit", ("Thu 10:00", "Thu 10:30", True, "")),
    (
        "in-progress, begun twelve hours ago",
        {"status": "in-progress", **_period("2026-11-20T19:00:00-05:00")},
        {},
        "`not_happened_yet`",
        _USUAL,
    ),
    (
        "no status, begun twelve hours ago",
        {"status": None, **_period("2026-11-20T19:00:00-05:00")},
        {},
        "`not_happened_yet`",
        _USUAL,
    ),
    (
        "arrived, a minute longer ago",
        {"status": "arrived", **_period("2026-11-20T18:59:00-05:00")},
        {},
        "a visit",
        ("Fri 18:59", "Fri 18:59", True, ""),
    ),
    ("no end", _period("2026-11-19T10:00:00-05:00"), {}, "a visit", (*_BEGINS, "")),
    ("an end alone", _period(None, "2026-11-19T10:30:00-05:00"), {}, "a visit", ("Thu 10:30", "Thu 10:30", False, "")),
    ("days alone", _period("2026-11-18", "2026-11-18"), {}, "a visit", ("Wed 00:00", "Wed 23:59", False, "")),
    (
        "it ends before it begins",
        _period("2026-11-19T10:00:00-05:00", "2026-11-19T03:00:00-05:00"),
        {},
        "a visit",
        (*_BEGINS, "times do not fit"),
    ),
    (
        "it ends a year later",
        _period("2026-11-19T10:00:00-05:00", "2027-11-19T10:30:00-05:00"),
        {},
        "a visit",
        (*_BEGINS, "not believed"),
    ),
    (
        "finished, it begins a year from now",
        {**_period("2027-11-19T10:00:00-05:00"), "meta": {"lastUpdated": "2026-11-20T15:00:00-05:00"}},
        {"documents": (_NOTE,)},
        "a visit",
        ("Tue 16:00", "Tue 16:00", False, "Its own time is not believed: this is that of what was written"),
    ),
    (
        "finished, an end alone of 9999-12-31",
        {**_period(None, "9999-12-31"), "meta": {"lastUpdated": "2026-11-20T15:00:00-05:00"}},
        {},
        "a visit",
        ("Fri 15:00", "Fri 15:00", True, "Its own time is not believed: this is when the EHR last changed it."),
    ),
    (
        "it ends 24 hours later",
        _period("2026-11-19T10:00:00-05:00", "2026-11-20T10:00:00-05:00"),
        {},
        "a visit",
        ("Thu 10:00", "Fri 10:00", False, ""),
    ),
    (
        "it ends a minute more than that later",
        _period("2026-11-19T10:00:00-05:00", "2026-11-20T10:01:00-05:00"),
        {},
        "a visit",
        (*_BEGINS, "not believed"),
    ),
    (
        "no period, but an appointment",
        {**_TIMELESS, **_BOOKED},
        {"appointments": (_BOOKING,)},
        "a visit",
        ("Wed 14:00", "Wed 14:20", False, "its appointment's"),
    ),
    (
        "no period, but a note of it",
        _TIMELESS,
        {"documents": (_NOTE,)},
        "a visit",
        ("Tue 16:00", "Tue 16:00", False, "what was written or done"),
    ),
    (
        "no period, but a note and a report of it: the earlier",
        _TIMELESS,
        {"documents": (_NOTE,), "diagnostic_reports": (_REPORT,)},
        "a visit",
        ("Tue 09:00", "Tue 09:00", False, "what was written or done"),
    ),
    (
        "no period, but a procedure of it",
        _TIMELESS,
        {"procedures": (_DONE,)},
        "a visit",
        ("Mon 00:00", "Mon 23:59", False, "what was written or done"),
    ),
    (
        "no period, but when the EHR last changed it",
        {**_TIMELESS, "meta": {"lastUpdated": "2026-11-20T15:00:00-05:00"}},
        {"documents": (_WRONG,)},
        "a visit",
        ("Fri 15:00", "Fri 15:00", True, "last changed"),
    ),
    (
        "no period, but an appointment with us, which it does not name, two days before its last change",
        {**_TIMELESS, "meta": {"lastUpdated": "2026-11-20T15:00:00-05:00"}},
        {"appointments": (_BOOKING, _with_roy("b"), _later("c"))},
        "a visit",
        ("Wed 14:00", "Wed 14:20", False, "no other encounter came of"),
    ),
    (
        "it begins in the year 1, and ends when it did",
        _period("0001-01-01T00:00:00Z", "2026-11-19T10:30:00-05:00"),
        {},
        "a visit",
        ("Thu 10:30", "Thu 10:30", False, "start is not believed"),
    ),
    (
        "it begins and ends in the year 1",
        {**_period("0001-01-01", "0001-01-01"), "meta": {"lastUpdated": "2026-11-20T15:00:00-05:00"}},
        {},
        "a visit",
        ("Fri 15:00", "Fri 15:00", True, "own time is not believed"),
    ),
    (
        "finished, and said to begin a year from now",
        {**_period("2027-11-19T10:00:00-05:00"), **_BOOKED},
        {"appointments": (_BOOKING,)},
        "a visit",
        ("Wed 14:00", "Wed 14:20", False, "own time is not believed"),
    ),
    (
        "finished, and said to begin a day from now: clocks differ",
        _period("2026-11-22T07:00:00-05:00"),
        {},
        "a visit",
        ("Sun 07:00", "Sun 07:00", False, ""),
    ),
    ("it begins in the year 1, and nothing else tells when", _period("0001-01-01"), {}, "`no_time`", _USUAL),
    ("in-progress, no time at all", {**_TIMELESS, "status": "in-progress"}, {}, "`not_happened_yet`", _USUAL),
    ("no time at all", _TIMELESS, {}, "`no_time`", _USUAL),
]
ROWS = [
    [what, becomes, *(times[:2] if "visit" in becomes else ("-", "-")), "yes" if times[2] else "no", times[3] or "-"]
    for what, _, _, becomes, times in CASES
]
NOW = local("2026-11-21 07:00")


def encounter(**elements: Any) -> Any:
    """The usual Encounter, with other elements."""
    shape = {
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2026-11-19T10:00:00-05:00", "end": "2026-11-19T10:30:00-05:00"},
        "participant": [{"individual": {"reference": "Practitioner/heart"}}],
        **elements,
    }
    return fact("Encounter", "v", **{name: value for name, value in shape.items() if value is not None})


def judged(*encounters: Any, **others: Any) -> Judgement:
    """What the rules say of a chart with those encounters and a plain referral by Dr. Lee."""
    chart = Chart(encounters=encounters, **{"service_requests": (referral(),), **others})
    return assess(chart, Rules(PRACTICE, CODES), DIRECTORY, Decisions(), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_an_encounter_is_a_visit_or_says_why_not(case: Case) -> None:
    _, elements, others, becomes, (start, end, assumed, doubt) = case
    found = judged(encounter(**elements), **others)
    if becomes.startswith("`"):
        assert found.encounters["Encounter/v"].code == becomes.strip("`")
        assert found.visits == ()
        return
    (visit,) = found.visits
    assert (_shown(visit.start), _shown(visit.end), visit.assumed) == (start, end, assumed)
    assert (doubt in " ".join(visit.doubts)) if doubt else visit.doubts == ()
    assert found.outcomes[visit.id] == ("resolve" if becomes == "a visit for a person" else "report")
    assert set(visit.doubts) <= set(found.verdicts[visit.id].because)


def test_a_visit_that_only_the_chart_dates_is_followed_from_the_first() -> None:
    """When it is read its chart is not known yet: were it ignored, the chart would never be read."""
    seen: Encounter = encounter(period=None)
    assert admit_encounter(seen, PRACTICE, DIRECTORY, CODES, NOW).disposition == "admitted"


def _undated(key: str, changed: str) -> Any:
    return fact(
        "Encounter",
        key,
        status="finished",
        meta={"lastUpdated": f"{changed}T17:00:00-05:00"},
        participant=[{"individual": {"reference": "Practitioner/heart"}}],
        **{"class": {"code": "AMB"}},
    )


def _kept(key: str, day: str) -> Any:
    shape = {"status": "fulfilled", "start": f"{day}T10:00:00-05:00"}
    return fact("Appointment", key, participant=[{"actor": {"reference": "Practitioner/heart"}}], **shape)


@pytest.mark.parametrize(
    ("kept", "changed", "days"),
    [
        (["2026-11-12", "2026-11-19"], ["2026-11-12", "2026-11-20"], ["2026-11-12", "2026-11-19"]),
        (["2026-11-12", "2026-11-19"], ["2026-11-13"], ["2026-11-12", "2026-11-19"]),
        (["2026-11-19"], ["2026-11-19", "2026-11-20"], ["2026-11-19", "2026-11-19"]),
        (["2026-11-10"], ["2026-11-20"], ["2026-11-10", "2026-11-20"]),
        (["2026-11-19"], ["2026-11-18"], ["2026-11-18", "2026-11-19"]),
    ],
)
def test_an_appointment_and_the_undated_encounter_that_came_of_it_are_one_visit(
    kept: list[str], changed: list[str], days: list[str]
) -> None:
    met = [_undated(f"e{n}", day) for n, day in enumerate(changed)]
    found = judged(*met, appointments=tuple(_kept(f"a{n}", day) for n, day in enumerate(kept)))
    assert [one.day.isoformat() for one in found.visits] == days


def test_a_stay_may_end_days_later_where_stays_are_followed() -> None:
    practice = replace(PRACTICE, visit_classes=frozenset({"IMP"}))
    stay = encounter(**_cls("ACUTE"), period={"start": "2026-11-15T10:00:00-05:00", "end": "2026-11-19T10:00:00-05:00"})
    chart = Chart(encounters=(stay, fact("Encounter", "w", **{"class": {"code": "AMB"}}, status="finished")))
    found = assess(chart, Rules(practice, CODES), DIRECTORY, Decisions(), NOW)
    assert [(one.day, one.doubts) for one in found.visits] == [(date(2026, 11, 19), ())]


def test_a_class_named_in_the_settings_is_followed_whatever_it_means() -> None:
    practice = replace(PRACTICE, visit_classes=frozenset({"FLD"}))
    found = [admit_encounter(encounter(**_cls(code)), practice, DIRECTORY, CODES, NOW) for code in ("FLD", "EMER")]
    assert [one.disposition for one in found] == ["admitted", "ignored"]


def test_what_no_map_knows_is_listed_for_the_site() -> None:
    shapes = [
        _cls("4", EPIC, "HOV"),
        _cls("4", EPIC),
        _cls(None, None, "HOV"),
        {"class": None},
        _cls("AMB"),
        {**_cls("9", EPIC), "status": "cancelled"},
    ]
    listed = [judged(encounter(**shape)).unmapped for shape in shapes]
    assert [[(one.element, one.code) for one in some] for some in listed] == [
        [("Encounter.class", f"{EPIC}|4 HOV")],
        [("Encounter.class", f"{EPIC}|4")],
        [("Encounter.class", "HOV")],
        [("Encounter.class", "(none)")],
        [],
        [],
    ]
    odd = referral(code={"coding": [{"system": "urn:oid:1.2.3", "code": "Z17"}], "text": "Zeta 17"})
    assert [(one.resource, one.element, one.code) for one in judged(service_requests=(odd,)).unmapped] == [
        ("ServiceRequest/r", "ServiceRequest.code", "urn:oid:1.2.3|Z17 Zeta 17")
    ]


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(BOSTON):%a %H:%M}"
