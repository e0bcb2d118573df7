"""What is owed beside the visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from loopclose.domain.chart import Chart, Held
from loopclose.domain.judgement import Decisions, Judgement, Owed, Rules
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, referral, shown

TITLE = "What is owed beside the visits"
TEXT = """
The patient has a referral `r` by Dr. Lee of 2026-11-02, unless it is said otherwise, and no visit. It is Sat
2026-11-21, 07:00. What nobody can date is due from when it was first found; it keeps that time.
"""
COLUMNS = ["what the chart holds", "owed", "about", "due", "why"]
_R, _HIDDEN = {"reference": "ServiceRequest/r"}, {"reference": "ServiceRequest/x"}
_HEART, _ROY = {"reference": "Practitioner/heart"}, {"reference": "Practitioner/roy"}
_PATIENT = {"actor": {"reference": "Patient/p"}}
LEFT = "Nobody closed the booking: was the patient seen?"
PLANNED = "The visit is past and still planned: was the patient seen?"
UNREAD = "A visit in the chart cannot be read: look at it in the EHR."
UNDATED = "The visit has no time at all: look at it in the EHR."
UNREAD_CHART = "Not everything of this patient could be read, and a visit of ours may hide there."
UNREAD_A = "A booking with us cannot be read, and a referral waits: look at it in the EHR."
UNDATED_A = "The patient came, and the booking has no time that can be: look at it in the EHR."
_A = "Appointment/a"
HIDDEN = "Task/t names a referral that we cannot see."
ODD = referral("r", code={"text": "Zeta 17"})


def _booking(status: str, start: str = "2026-11-18T14:00:00-05:00", who: Any = None, **elements: Any) -> dict[str, Any]:
    end = {"end": start.replace("T14:00", "T14:20")} if "T14:00" in start else {}
    people = [_PATIENT, {"actor": who or _HEART}]
    shape = {"status": status, **({"start": start} if start else {}), **end, "participant": people, **elements}
    return {"appointments": (fact("Appointment", "a", **shape),)}


def _task(**elements: Any) -> dict[str, Any]:
    shape = {"status": "requested", "focus": _HIDDEN, "for": {"reference": "Patient/p"}, **elements}
    return {"tasks": (fact("Task", "t", **shape),)}


def _met(status: str, **elements: Any) -> dict[str, Any]:
    shape = {"status": status, "class": {"code": "AMB"}, "participant": [{"individual": _HEART}], **elements}
    return {"encounters": (fact("Encounter", "v", **shape),)}


def _held(*names: str, since: str | None = "2026-11-18 09:00", key: str = "Encounter/v") -> dict[str, Any]:
    told = Held(frozenset(names), local(since) if since else None)
    return {"quarantined": frozenset({key}), "held": {key: told}}


_NONE: dict[str, Any] = {"service_requests": ()}
_UNMAPPED = {"service_requests": (ODD,)}
_THE_DAY = {"period": {"start": "2026-11-18T08:00:00-05:00"}}
_OLD = {"authoredOn": "2026-11-03"}
Case = tuple[str, dict[str, Any], str, str, str, str]
CASES: list[Case] = [
    ("nothing", {}, "", "", "", ""),
    ("a request that no map knows", _UNMAPPED, "resolve", "ServiceRequest/r", "Tue 2026-11-03 17:00", ""),
    ("a no-show with us", _booking("noshow", basedOn=[_R]), "no_show", "Appointment/a", "Thu 2026-11-19 17:00", ""),
    ("a cancellation", _booking("cancelled", basedOn=[_R]), "no_show", "Appointment/a", "Thu 2026-11-19 17:00", ""),
    ("a no-show with somebody else", _booking("noshow", who=_ROY, basedOn=[_R]), "", "", "", ""),
    ("a no-show under no referral", _booking("noshow"), "", "", "", ""),
    ("a no-show before the practice went live", {**_booking("noshow", basedOn=[_R]), "live": True}, "", "", "", ""),
    (
        "booked, past, under the referral",
        _booking("booked", basedOn=[_R]),
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "booked, past, while the referral waits",
        _booking("booked"),
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "booked, past, under a referral that cannot be seen",
        {**_booking("booked", basedOn=[_HIDDEN]), **_NONE},
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "booked, past, with somebody known by a name alone, under the referral",
        _booking("booked", who={"display": "Heart Sample, MD"}, basedOn=[_R]),
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "booked, past, it would end a year later",
        _booking("booked", end="2027-11-18T14:20:00-05:00", basedOn=[_R]),
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "booked, past, a visit that day with somebody else",
        {
            **_booking("booked", basedOn=[_R]),
            **_met("finished", **_THE_DAY, participant=[{"individual": _ROY}]),
        },
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "of no status, past",
        _booking("", basedOn=[_R]),
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    (
        "pending, past",
        _booking("pending", basedOn=[_R]),
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    ("Cancelled, as no R4 server writes it", _booking("Canceled"), "", "", "", ""),
    (
        "a visit still planned, past, under the referral",
        _met("planned", **_THE_DAY, basedOn=[_R]),
        "resolve",
        "Encounter/v",
        "Thu 2026-11-19 17:00",
        PLANNED,
    ),
    (
        "a visit still planned, past, while the referral waits",
        _met("planned", **_THE_DAY),
        "resolve",
        "Encounter/v",
        "Thu 2026-11-19 17:00",
        PLANNED,
    ),
    ("a visit still planned, past, no referral", {**_met("planned", **_THE_DAY), **_NONE}, "", "", "", ""),
    ("a visit planned, to come", _met("planned", period={"start": "2026-12-01T08:00:00-05:00"}), "", "", "", ""),
    (
        "a visit still planned, past, with somebody else",
        _met("planned", **_THE_DAY, basedOn=[_R], participant=[{"individual": _ROY}]),
        "",
        "",
        "",
        "",
    ),
    ("booked, past, no referral", {**_booking("booked"), **_NONE}, "", "", "", ""),
    (
        "booked, past, the referral is closed",
        {**_booking("booked"), "service_requests": (referral(status="completed"),)},
        "",
        "",
        "",
        "",
    ),
    (
        "booked, past, the referral came long after",
        {**_booking("booked"), "service_requests": (referral("r", "2026-12-24"),)},
        "",
        "",
        "",
        "",
    ),
    ("booked, past, with somebody else", _booking("booked", who=_ROY, basedOn=[_R]), "", "", "", ""),
    (
        "booked, past, a visit that day",
        {**_booking("booked"), **_met("finished", **_THE_DAY)},
        "report",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        "",
    ),
    (
        "booked, past, a visit that was cancelled",
        {**_booking("booked", basedOn=[_R]), **_met("cancelled", **_THE_DAY)},
        "",
        "",
        "",
        "",
    ),
    (
        "booked, past, a visit that is still planned",
        {**_booking("booked", basedOn=[_R]), **_met("planned", **_THE_DAY)},
        "resolve",
        "Appointment/a",
        "Thu 2026-11-19 17:00",
        LEFT,
    ),
    ("booked, past, before the practice went live", {**_booking("booked", basedOn=[_R]), "live": True}, "", "", "", ""),
    (
        "booked, twelve hours ago",
        _booking("booked", "2026-11-20T19:00:00-05:00", basedOn=[_R]),
        "resolve",
        "Appointment/a",
        "Mon 2026-11-23 17:00",
        LEFT,
    ),
    ("booked, a minute later", _booking("booked", "2026-11-20T19:01:00-05:00", basedOn=[_R]), "", "", "", ""),
    ("booked, to come", _booking("booked", "2026-12-01T14:00:00-05:00", basedOn=[_R]), "", "", "", ""),
    ("fulfilled", _booking("fulfilled", basedOn=[_R]), "report", "Appointment/a", "Mon 2026-11-23 17:00", ""),
    (
        "fulfilled, and the Encounter was cancelled",
        {
            **_booking("fulfilled", basedOn=[_R]),
            **_met("cancelled", **_THE_DAY, appointment=[{"reference": "Appointment/a"}]),
        },
        "report",
        "Appointment/a",
        "Mon 2026-11-23 17:00",
        "",
    ),
    ("checkedin", _booking("CheckedIn", basedOn=[_R]), "report", "Appointment/a", "Mon 2026-11-23 17:00", ""),
    (
        "arrived, with somebody known by a name alone",
        _booking("arrived", who={"display": "Heart Sample, MD"}, basedOn=[_R]),
        "report",
        "Appointment/a",
        "Mon 2026-11-23 17:00",
        "",
    ),
    (
        "fulfilled, it would end a year later",
        _booking("fulfilled", end="2027-11-18T14:20:00-05:00", basedOn=[_R]),
        "report",
        "Appointment/a",
        "Mon 2026-11-23 17:00",
        "",
    ),
    ("fulfilled with somebody else", _booking("fulfilled", who=_ROY, basedOn=[_R]), "", "", "", ""),
    ("fulfilled, to come", _booking("fulfilled", "2026-12-01T14:00:00-05:00", basedOn=[_R]), "", "", "", ""),
    ("arrived", _booking("arrived", basedOn=[_R]), "report", "Appointment/a", "Mon 2026-11-23 17:00", ""),
    ("checked-in", _booking("checked-in", basedOn=[_R]), "report", "Appointment/a", "Mon 2026-11-23 17:00", ""),
    (
        "arrived, twelve hours ago",
        _booking("arrived", "2026-11-20T19:00:00-05:00", basedOn=[_R]),
        "report",
        "Appointment/a",
        "Wed 2026-11-25 17:00",
        "",
    ),
    ("arrived, a minute later", _booking("arrived", "2026-11-20T19:01:00-05:00", basedOn=[_R]), "", "", "", ""),
    ("proposed", _booking("proposed", basedOn=[_R]), "", "", "", ""),
    (
        "a task 'Referral to cardiology' of a request that cannot be seen",
        {**_task(description="Referral to cardiology", **_OLD), **_NONE},
        "resolve",
        "ServiceRequest/x",
        "Wed 2026-11-04 17:00",
        HIDDEN,
    ),
    (
        "a task that says referral by its code",
        {**_task(code={"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}, **_OLD), **_NONE},
        "resolve",
        "ServiceRequest/x",
        "Wed 2026-11-04 17:00",
        HIDDEN,
    ),
    (
        "such a task without a date",
        {**_task(code={"text": "Consult"}), **_NONE},
        "resolve",
        "ServiceRequest/x",
        "Mon 2026-11-23 17:00",
        HIDDEN,
    ),
    (
        "such a task before the practice went live",
        {**_task(code={"text": "Consult"}, **_OLD), **_NONE, "live": True},
        "",
        "",
        "",
        "",
    ),
    ("such a task of a request that can be seen", _task(code={"text": "Referral"}, focus=_R), "", "", "", ""),
    ("a task that says nothing of a referral", {**_task(code={"text": "Fulfill"}), **_NONE}, "", "", "", ""),
    (
        "a visit without any time, which names the referral",
        _met("finished", basedOn=[_R]),
        "resolve",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        UNDATED,
    ),
    (
        "a visit without any time, which names one that cannot be seen",
        _met("finished", basedOn=[_HIDDEN]),
        "resolve",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        UNDATED,
    ),
    (
        "a visit without any time, whose undated appointment names the referral",
        {
            **_met("finished", appointment=[{"reference": "Appointment/a"}]),
            "appointments": (fact("Appointment", "a", status="fulfilled", basedOn=[_R]),),
        },
        "resolve",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        UNDATED,
    ),
    ("a visit without any time, which names nothing", _met("finished"), "", "", "", ""),
    ("a visit in quarantine", _held(), "resolve", "Encounter/v", "Thu 2026-11-19 17:00", UNREAD),
    (
        "one of ours in quarantine",
        _held("Practitioner/heart", "Patient/p"),
        "resolve",
        "Encounter/v",
        "Thu 2026-11-19 17:00",
        UNREAD,
    ),
    (
        "one of ours in quarantine, by a role",
        _held("PractitionerRole/vessel-role"),
        "resolve",
        "Encounter/v",
        "Thu 2026-11-19 17:00",
        UNREAD,
    ),
    (
        "one of our practice in quarantine",
        _held("Organization/harbor", "Practitioner/roy"),
        "resolve",
        "Encounter/v",
        "Thu 2026-11-19 17:00",
        UNREAD,
    ),
    ("somebody else's in quarantine", _held("Practitioner/roy", "Organization/elm"), "", "", "", ""),
    (
        "a visit in quarantine that nothing dates",
        _held(since=None),
        "resolve",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        UNREAD,
    ),
    ("a visit in quarantine from before the practice went live", {**_held(), "live": True}, "", "", "", ""),
    ("a task in quarantine", _held(key="Task/t"), "", "", "", ""),
    (
        "a booking of ours in quarantine",
        _held("Practitioner/heart", key=_A),
        "resolve",
        _A,
        "Thu 2026-11-19 17:00",
        UNREAD_A,
    ),
    (
        "a booking of ours in quarantine, under the referral",
        _held("PractitionerRole/heart-role", "ServiceRequest/r", key=_A),
        "resolve",
        _A,
        "Thu 2026-11-19 17:00",
        UNREAD_A,
    ),
    (
        "a booking of ours in quarantine, under another request",
        _held("Practitioner/heart", "ServiceRequest/x", key=_A),
        "",
        "",
        "",
        "",
    ),
    (
        "a booking of ours in quarantine, while no referral waits",
        {**_held("Practitioner/heart", key=_A), "service_requests": (referral(status="completed"),)},
        "",
        "",
        "",
        "",
    ),
    ("a booking of ours in quarantine, with Dr. Roy", _held("Practitioner/roy", key=_A), "", "", "", ""),
    (
        "fulfilled, of no time, under the referral",
        _booking("fulfilled", start="", basedOn=[_R]),
        "resolve",
        _A,
        "Mon 2026-11-23 17:00",
        UNDATED_A,
    ),
    (
        "fulfilled, next year's",
        _booking("fulfilled", "2027-11-18T14:00:00-05:00"),
        "resolve",
        _A,
        "Mon 2026-11-23 17:00",
        UNDATED_A,
    ),
    ("fulfilled, of no time, with Dr. Roy", _booking("fulfilled", start="", who=_ROY), "", "", "", ""),
    (
        "a no-show, and a visit that names it",
        {**_booking("noshow", basedOn=[_R]), **_met("finished", **_THE_DAY, appointment=[{"reference": _A}])},
        "report",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        "",
    ),
    (
        "a no-show, and a visit later that day that answers the referral",
        {**_booking("noshow", basedOn=[_R]), **_met("finished", **_THE_DAY)},
        "report",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        "",
    ),
    (
        "a no-show that names the referral by its number",
        {
            **_booking("noshow", basedOn=[{"identifier": {"value": "R-17"}}]),
            "service_requests": (referral(identifier=[{"value": "R-17"}]),),
        },
        "no_show",
        _A,
        "Thu 2026-11-19 17:00",
        "",
    ),
    (
        "the records could not be read",
        {"unread": "Refused."},
        "resolve",
        "ServiceRequest/r",
        "Mon 2026-11-23 17:00",
        UNREAD_CHART,
    ),
    (
        "the records could not be read, and there is no referral and no visit",
        {"unread": "Refused.", **_NONE},
        "",
        "",
        "",
        "",
    ),
    (
        "the records could not be read, and there is a visit",
        {"unread": "Refused.", **_NONE, **_met("finished", **_THE_DAY)},
        "resolve",
        "Encounter/v",
        "Mon 2026-11-23 17:00",
        UNREAD_CHART,
    ),
]
ROWS = [[what, kind or "nothing", about or "-", due or "-", why or "-"] for what, _, kind, about, due, why in CASES]
NOW = local("2026-11-21 07:00")


def judged(holds: dict[str, Any]) -> Judgement:
    """What the rules say of that chart."""
    practice = replace(PRACTICE, live_from=date(2026, 11, 20)) if holds.get("live") else PRACTICE
    parts = {"service_requests": (referral(),), **{name: part for name, part in holds.items() if name != "live"}}
    return assess(Chart(**parts), Rules(practice, CODES), DIRECTORY, Decisions(), NOW)


def _about(one: Owed) -> str | None:
    return one.visit or one.appointment or one.referral


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_whatever_is_unresolved_has_a_time(case: Case) -> None:
    _, holds, kind, about, due, why = case
    owed = judged(holds).owed
    assert [(one.kind, _about(one)) for one in owed] == ([(kind, about)] if kind else [])
    for one in owed:
        assert shown(one.deadline.due_at) == due
        assert one.patient == "Patient/p"
        if why:
            assert any(reason.because.startswith(why) for reason in one.deadline.reasons)


def test_only_what_nothing_dates_counts_from_when_it_was_found() -> None:
    dated = (
        {"unread": "Refused."},
        _held(since=None),
        _held(),
        _UNMAPPED,
        {**_task(code={"text": "Consult"}), **_NONE},
    )
    assert [[one.first_seen for one in judged(holds).owed] for holds in dated] == [
        [True],
        [True],
        [False],
        [False],
        [True],
    ]


def test_records_that_could_not_be_read_count_from_when_they_first_could_not() -> None:
    (owed,) = judged({"unread": "Refused.", "unread_since": local("2026-11-18 09:00")}).owed
    assert (shown(owed.deadline.due_at), owed.first_seen) == ("Thu 2026-11-19 17:00", False)


def test_a_missed_visit_is_told_to_who_asked() -> None:
    (owed,) = judged(_booking("noshow", basedOn=[_R])).owed
    assert owed.referrer is not None and owed.referrer.reference == "Practitioner/lee"
    assert (owed.referral, owed.patient) == ("ServiceRequest/r", "Patient/p")


def test_the_oldest_referral_stands_for_records_that_could_not_be_read() -> None:
    both = (referral("old", "2026-10-01"), referral("new", "2026-11-01"), referral("undated", None))
    (owed,) = judged({"unread": "Refused.", "service_requests": both}).owed
    assert owed.referral == "ServiceRequest/old"
