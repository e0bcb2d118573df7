"""What is asked beside the visits, and what is not asked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from loopclose.domain.chart import Held
from loopclose.domain.judgement import Decisions, Judgement, Rules
from loopclose.domain.linking import LinkDecision
from tests.spec.cast import CODES, PRACTICE, fact, local, referral
from tests.unit.domain.test_case import judged, met

GONE = {"reference": "ServiceRequest/gone"}
REFERS = {"coding": [{"system": "http://snomed.info/sct", "code": "103696004"}]}
ODD: dict[str, Any] = {"code": {"text": "Zeta 17"}}


def task(key: str = "t", **elements: Any) -> Any:
    """A task that is a referral, about a request that nobody can see."""
    shape = {"status": "requested", "code": REFERS, "focus": GONE, "authoredOn": "2026-11-20", **elements}
    return fact("Task", key, **shape)


def booking(key: str = "a", status: str = "booked", who: tuple[str, ...] = ("Patient/p", "Practitioner/heart")) -> Any:
    """An appointment on 18 November."""
    people = [{"actor": {"reference": one}} for one in who]
    times = {"start": "2026-11-18T14:00:00-05:00", "end": "2026-11-18T14:20:00-05:00"}
    return fact("Appointment", key, status=status, participant=people, **times)


def questions(found: Judgement) -> list[str | None]:
    """What every question is about."""
    return [one.visit or one.referral or one.appointment for one in found.owed if one.kind == "resolve"]


def alone(**parts: Any) -> Judgement:
    """A chart whose only visit was cancelled."""
    return judged(met(status="cancelled"), **{"service_requests": (), **parts})


def test_two_tasks_about_one_unseen_referral_are_one_question() -> None:
    assert questions(alone(tasks=(task("t"), task("u")))) == ["ServiceRequest/gone"]


def test_what_a_person_decided_without_seeing_it_is_not_asked_again() -> None:
    said = LinkDecision("Encounter/v", ("ServiceRequest/r",), ("ServiceRequest/gone",))
    assert questions(judged(tasks=(task(),), decisions=Decisions(links={"Encounter/v": said}))) == []
    assert questions(judged(tasks=(task(),))) == ["ServiceRequest/gone"]


def test_no_referral_said_of_a_visit_answers_only_for_requests_that_could_be_its() -> None:
    none = Decisions(links={"Encounter/v": LinkDecision("Encounter/v", ())})
    before, long_after = referral("b", **ODD), referral("c", "2026-12-25", **ODD)
    assert questions(judged(service_requests=(before, long_after), decisions=none)) == ["ServiceRequest/c"]


def test_a_request_without_a_date_waits_since_it_was_last_changed() -> None:
    undated = referral("b", None, meta={"lastUpdated": "2026-11-18T09:00:00-05:00"}, **ODD)
    dated = referral("c", "2026-11-16", meta={"lastUpdated": "2026-11-18T09:00:00-05:00"}, **ODD)
    bare = referral("d", "2026-11-16", **ODD)
    since = {one.referral: one.since for one in alone(service_requests=(undated, dated, bare)).owed}
    assert since == {
        "ServiceRequest/b": local("2026-11-18 09:00"),
        "ServiceRequest/c": local("2026-11-16 00:00"),
        "ServiceRequest/d": local("2026-11-16 00:00"),
    }


def test_what_one_of_us_ordered_at_a_visit_of_ours_is_no_referral_to_ask_about() -> None:
    def order(where: str) -> Any:
        ours, at = {"reference": "Practitioner/heart"}, {"reference": f"Encounter/{where}"}
        return referral("own", "2026-11-19", requester=ours, encounter=at, **ODD)

    assert questions(judged(service_requests=(referral(), order("v")))) == []
    assert questions(judged(service_requests=(referral(), order("elsewhere")))) == ["ServiceRequest/own"]


def test_a_booking_left_open_is_asked_about_beside_others_that_were_closed() -> None:
    both = (booking("a"), booking("b", "cancelled"))
    assert questions(alone(service_requests=(referral(),), appointments=both)) == ["Appointment/a"]


def test_what_came_about_as_the_practice_went_live_counts() -> None:
    live = Rules(replace(PRACTICE, live_from=date(2026, 11, 20)), CODES)
    assert questions(alone(tasks=(task(),), rules=live)) == ["ServiceRequest/gone"]
    assert questions(alone(tasks=(task(authoredOn="2026-11-19"),), rules=live)) == []


def _undated(*based_on: str, requests: tuple[Any, ...] = ()) -> Judgement:
    named = [{"reference": one} for one in based_on]
    return judged(met(period=None, basedOn=named), service_requests=requests)


def test_a_visit_without_any_time_is_asked_about_where_it_names_a_referral_or_an_unseen_one() -> None:
    (one,) = _undated("ServiceRequest/r", requests=(referral(),)).owed
    assert (one.visit, one.first_seen) == ("Encounter/v", True)
    assert questions(_undated("ServiceRequest/gone")) == ["Encounter/v"]
    assert questions(_undated("CarePlan/c")) == []
    order = referral("x", code={"coding": [{"system": "http://snomed.info/sct", "code": "363679005"}]})
    assert questions(_undated("ServiceRequest/x", requests=(order,))) == []


def _in_quarantine(*names: str, **parts: Any) -> Judgement:
    key = "Encounter/q"
    return alone(quarantined=frozenset({key}), held={key: Held(frozenset(names))}, **parts)


def test_a_visit_in_quarantine_is_asked_about_unless_it_names_others_alone() -> None:
    assert questions(_in_quarantine("Patient/p")) == ["Encounter/q"]
    assert questions(_in_quarantine("Patient/p", "Practitioner/lee")) == []
    assert questions(_in_quarantine("Practitioner/lee", "PractitionerRole/heart-role")) == ["Encounter/q"]
    assert questions(_in_quarantine("Practitioner/lee", "ServiceRequest/gone")) == ["Encounter/q"]
    ours: dict[str, Any] = {"service_requests": (referral(),)}
    assert questions(_in_quarantine("Practitioner/lee", "ServiceRequest/r", **ours)) == ["Encounter/q"]
    order = referral("x", code={"coding": [{"system": "http://snomed.info/sct", "code": "363679005"}]})
    assert questions(_in_quarantine("Practitioner/lee", "ServiceRequest/x", service_requests=(order,))) == []


def test_a_visit_in_quarantine_that_names_no_patient_is_of_the_person_of_the_chart() -> None:
    def patient(*encounters: Any) -> str:
        key = "Encounter/q"
        found = judged(*encounters, service_requests=(), quarantined=frozenset({key}))
        return next(one.patient for one in found.owed if one.visit == key)

    by_another_record = met("w", subject={"reference": "Patient/z"}, status="cancelled")
    assert patient(by_another_record, met("v", basedOn=[])) == "Patient/p"
    assert patient(met("u", subject={"display": "Somebody"}, status="cancelled"), by_another_record) == "Patient/z"


def test_where_more_may_hide_the_booking_with_us_says_whose_it_is() -> None:
    with_us = booking("a", "cancelled", ("Practitioner/heart", "Patient/p"))
    (one,) = alone(appointments=(with_us,), unread="The server refused a page.").owed
    assert (one.appointment, one.patient) == ("Appointment/a", "Patient/p")
    nowhere = fact("Appointment", "b", status="cancelled", participant=[{"actor": {"display": "Dr. Heart"}}])
    assert questions(alone(appointments=(nowhere,), unread="The server refused a page.")) == []
