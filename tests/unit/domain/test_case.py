"""What a visit owes, in its parts: full or progress, by when, from whom, and what stands behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from loopclose.domain.chart import Chart
from loopclose.domain.deadlines import Policy
from loopclose.domain.judgement import ByHand, Decisions, Judgement, Owed, Rules
from loopclose.domain.linking import LinkDecision
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, referral, shown

NOW = local("2026-11-28 07:00")
R, S = {"reference": "ServiceRequest/r"}, {"reference": "ServiceRequest/s"}
ROY = referral("s", requester={"reference": "Practitioner/roy"})


def met(key: str = "v", day: str = "2026-11-19", **elements: Any) -> Any:
    """A visit with Dr. Heart that names the referral ``r``."""
    shape = {
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": f"{day}T10:00:00-05:00", "end": f"{day}T10:30:00-05:00"},
        "participant": [{"individual": {"reference": "Practitioner/heart"}}],
        "basedOn": [R],
        **elements,
    }
    return fact("Encounter", key, **shape)


def judged(*encounters: Any, decisions: Decisions | None = None, rules: Rules | None = None, **parts: Any) -> Judgement:
    """What the rules say of those visits."""
    chart = Chart(encounters=encounters or (met(),), **{"service_requests": (referral(),), **parts})
    return assess(chart, rules or Rules(PRACTICE, CODES), DIRECTORY, decisions or Decisions(), NOW)


def only(found: Judgement) -> Owed:
    """The only thing owed."""
    (one,) = found.owed
    return one


def scopes(found: Judgement) -> list[tuple[str | None, str]]:
    """By visit, in order: full or progress."""
    return [(one.visit, one.scope) for one in found.owed]


def test_the_first_visit_owes_the_full_note_and_later_ones_a_progress_report() -> None:
    found = judged(met("b", "2026-11-18"), met("a", "2026-11-19"), met("c", "2026-11-17"))
    assert scopes(found) == [("Encounter/c", "full"), ("Encounter/b", "progress"), ("Encounter/a", "progress")]


def test_of_two_visits_at_one_time_the_first_by_name_owes_the_full_note() -> None:
    assert scopes(judged(met("b"), met("a"))) == [("Encounter/a", "full"), ("Encounter/b", "progress")]


def test_each_referral_has_a_first_visit_of_its_own() -> None:
    found = judged(met("a", "2026-11-18"), met("b", basedOn=[R, S]), service_requests=(referral(), ROY))
    assert [(one.visit, one.referral, one.scope) for one in found.owed] == [
        ("Encounter/a", "ServiceRequest/r", "full"),
        ("Encounter/b", "ServiceRequest/r", "progress"),
        ("Encounter/b", "ServiceRequest/s", "full"),
    ]


def test_a_visit_before_the_practice_went_live_was_the_first_all_the_same() -> None:
    rules = Rules(replace(PRACTICE, live_from=date(2026, 11, 19)), CODES)
    found = judged(met("a", "2026-11-18"), met("b"), rules=rules)
    assert scopes(found) == [("Encounter/b", "progress")] and found.outcomes["Encounter/a"] == "baseline"


def test_one_of_a_series_owes_none() -> None:
    series = {"type": [{"coding": [{"system": "http://snomed.info/sct", "code": "14152002"}]}]}
    found = judged(met(**series))
    assert (found.outcomes, found.owed) == ({"Encounter/v": "series_visit"}, ())
    consultation = {"type": [{"coding": [{"system": "http://snomed.info/sct", "code": "11429006"}]}]}
    assert judged(met(**consultation)).outcomes == {"Encounter/v": "report"}


def test_the_author_is_the_primary_performer_then_the_attender_then_whoever_is_left() -> None:
    def part(who: str, code: str | None = None) -> dict[str, Any]:
        kind = [{"coding": [{"code": code}]}] if code else []
        return {"individual": {"reference": f"Practitioner/{who}"}, "type": kind}

    def author(*parts: dict[str, Any]) -> str | None:
        return only(judged(met(participant=list(parts)))).author

    assert author(part("heart"), part("vessel", "PPRF")) == "Practitioner/vessel"
    assert author(part("heart", "ATND"), part("vessel", "PPRF")) == "Practitioner/vessel"
    assert author(part("heart"), part("vessel", "ATND")) == "Practitioner/vessel"
    assert author(part("vessel"), part("heart")) == "Practitioner/vessel"
    assert author(part("roy", "PPRF"), part("heart")) == "Practitioner/heart"
    assert author(part("vessel", "REF"), part("heart")) == "Practitioner/heart"
    everybody = Rules(replace(PRACTICE, organizations=frozenset(), clinicians=frozenset()), CODES)
    assert only(judged(met(participant=[part("roy", "PPRF")]), rules=everybody)).author == "Practitioner/roy"


def test_a_report_has_the_priority_of_its_referral_and_counts_from_the_visits_end() -> None:
    one = only(judged(service_requests=(referral(priority="urgent"),)))
    assert (one.priority, one.since, shown(one.deadline.due_at)) == (
        "urgent",
        local("2026-11-19 10:30"),
        "Fri 2026-11-20 17:00",
    )
    slow = only(judged(rules=Rules(PRACTICE, CODES, Policy(routine_days=1))))
    assert (slow.priority, shown(slow.deadline.due_at)) == ("routine", "Fri 2026-11-20 17:00")


def test_what_a_person_entered_counts_for_that_visit_and_referral() -> None:
    def due(key: tuple[str, str], entered: ByHand) -> tuple[str, str]:
        one = only(judged(decisions=Decisions(by_hand={key: entered})))
        return shown(one.deadline.due_at), one.deadline.winner

    mine = ("Encounter/v", "ServiceRequest/r")
    assert due(mine, ByHand(returns_on=date(2026, 11, 23))) == ("Fri 2026-11-20 17:00", "patient_returns")
    assert due(mine, ByHand(due_at=local("2026-11-20 12:00"))) == ("Fri 2026-11-20 12:00", "by_hand")
    assert due(mine, ByHand(due_at=local("2026-12-20 12:00"))) == ("Tue 2026-11-24 17:00", "policy")
    assert due(("Encounter/w", "ServiceRequest/r"), ByHand(due_at=local("2026-11-20 12:00")))[1] == "policy"


def _task(**elements: Any) -> Any:
    shape = {"status": "requested", "focus": R, "restriction": {"period": {"end": "2026-11-20"}}, **elements}
    return fact("Task", "t", **shape)


def test_a_task_on_the_referral_says_by_when_the_referrer_wants_it() -> None:
    def due(task: Any) -> tuple[str, str]:
        one = only(judged(tasks=(task,)))
        return shown(one.deadline.due_at), one.deadline.winner

    assert due(_task()) == ("Fri 2026-11-20 23:59", "asked_for")
    assert due(_task(focus=None, basedOn=[R])) == ("Fri 2026-11-20 23:59", "asked_for")
    policy = ("Tue 2026-11-24 17:00", "policy")
    assert due(_task(focus=S)) == policy
    assert due(_task(restriction=None)) == policy
    assert due(_task(restriction={"period": {"start": "2026-11-20"}})) == policy
    assert due(_task(restriction={"period": {"end": "2026-11-18"}})) == policy


def test_the_patients_return_shortens_a_report_and_the_question_that_it_hangs_on() -> None:
    back = fact(
        "Appointment",
        "a",
        status="booked",
        start="2026-11-19T15:00:00-05:00",
        participant=[{"actor": {"reference": "Practitioner/lee"}}],
    )
    assert shown(only(judged(appointments=(back,))).deadline.due_at) == "Thu 2026-11-19 12:30"
    tied = judged(met(basedOn=[]), service_requests=(referral(), ROY), appointments=(back,))
    assert (only(tied).kind, shown(only(tied).deadline.due_at)) == ("resolve", "Thu 2026-11-19 12:30")


def test_an_appointment_that_cannot_be_read_is_named_beside_the_deadline() -> None:
    one = only(judged(quarantined=frozenset({"Appointment/a", "Task/t"})))
    named = [reason.because for reason in one.deadline.reasons if "cannot be read" in reason.because]
    assert named == ["Appointment/a cannot be read: it may be a return."]


def test_a_note_of_the_visit_stands_behind_the_report() -> None:
    note = fact(
        "DocumentReference",
        "n",
        status="current",
        type={"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        context={"encounter": [{"reference": "Encounter/v"}]},
    )
    lenient = Rules(PRACTICE, CODES, docstatus_absent_counts=True)
    assert only(judged(documents=(note,))).evidence == ()
    assert [one.state for one in only(judged(documents=(note,), rules=lenient)).evidence] == ["signed"]


def test_nobody_knows_who_asked_for_one_of_two() -> None:
    nobody = referral("s", requester=None)
    found = judged(met(basedOn=[R, S]), service_requests=(referral(), nobody))
    assert [(one.kind, one.referral) for one in found.owed] == [
        ("report", "ServiceRequest/r"),
        ("resolve", "ServiceRequest/s"),
    ]
    assert found.outcomes == {"Encounter/v": "report"}


def test_an_internal_request_beside_another_owes_only_the_other() -> None:
    internal = Decisions(requesters={"Practitioner/roy": None})
    found = judged(met(basedOn=[R, S]), service_requests=(referral(), ROY), decisions=internal)
    assert [(one.kind, one.referral) for one in found.owed] == [("report", "ServiceRequest/r")]


def test_what_a_person_linked_and_is_gone_is_asked_again() -> None:
    gone = Decisions(links={"Encounter/v": LinkDecision("Encounter/v", ("ServiceRequest/gone",))})
    one = only(judged(service_requests=(), decisions=gone))
    assert (one.kind, one.visit, one.referral, shown(one.deadline.due_at)) == (
        "resolve",
        "Encounter/v",
        None,
        "Fri 2026-11-20 17:00",
    )


def test_a_visit_that_a_person_made_count_is_no_baseline_any_more() -> None:
    rules = Rules(replace(PRACTICE, live_from=date(2026, 11, 20)), CODES)
    promoted = Decisions(promoted=frozenset({"Encounter/v"}))
    found = judged(met("v"), met("w"), rules=rules, decisions=promoted)
    assert found.outcomes == {"Encounter/v": "report", "Encounter/w": "baseline"}
    assert isinstance(found.visits[0].start, datetime) and [one.baseline for one in found.visits] == [False, True]
