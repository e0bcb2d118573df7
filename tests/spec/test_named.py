"""What a chart names as the referral of a visit, seen or not."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.chart import Chart, Held, LinkVerdict
from loopclose.domain.judgement import Decisions, Judgement, Rules
from loopclose.domain.linking import BOOKED_THAT_DAY, LinkDecision
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, referral

TITLE = "What a chart names as the referral"
TEXT = """
The visit is with Dr. Heart on Thu 2026-11-19 from 10:00 to 10:30. The patient has a referral `r` by Dr. Lee that
fits, and a laboratory order `lab`, unless it is said otherwise. A request that is named and cannot be seen is never
replaced by one that fits: a person is asked. A rung that names no referral says nothing.
"""
COLUMNS = ["what the chart holds", "linked to", "by", "a person is asked because", "not seen"]
_V, _R, _LAB, _HIDDEN = (
    {"reference": key} for key in ("Encounter/v", "ServiceRequest/r", "ServiceRequest/lab", "ServiceRequest/x")
)
_BOOKED = {"appointment": [{"reference": "Appointment/a"}]}
_EPISODE = {"episodeOfCare": [{"reference": "EpisodeOfCare/e"}]}
_X = ("ServiceRequest/x",)
_NUMBER = {"system": "urn:order", "value": "R-17"}
_ZERO = {"system": "urn:order", "value": "0"}
LAB = referral("lab", code={"text": "Laboratory: lipid panel"}, requisition={"system": "urn:group", "value": "G1"})
ODD = referral("odd", code={"text": "Zeta 17"})
ROY = referral("s", requester={"reference": "Practitioner/roy"})
_HEART, _ROY = {"reference": "Practitioner/heart"}, {"reference": "Practitioner/roy"}
_OWN = referral("own", code={"text": "Zeta 18"}, requester=_HEART, encounter=_V, authoredOn="2026-11-19")
_OUT = referral(
    "out", code={"text": "Referral to vascular surgery"}, requester=_HEART, encounter=_V, authoredOn="2026-11-19"
)
_SAME_NUMBER = referral("s", identifier=[{"system": "urn:mrn", "value": "R-17"}])
_REFERS: dict[str, Any] = {"code": {"text": "Referral"}, "authoredOn": "2026-11-03"}
_GIVEN = {
    "code": {"coding": [{"code": "fulfill"}]},
    "authoredOn": "2026-11-03",
    "requester": {"reference": "Practitioner/lee"},
    "owner": _HEART,
}


def _report(**elements: Any) -> Any:
    return fact("DiagnosticReport", "d", encounter=_V, **elements)


def _task(**elements: Any) -> Any:
    return fact("Task", "t", **{"status": "completed", "encounter": _V, **elements})


def _held(key: str, *names: str) -> dict[str, Any]:
    return {"quarantined": frozenset({key}), "held": {key: Held(frozenset(names))}}


_IN_QUARANTINE = _held("Appointment/a", "ServiceRequest/r", "Patient/p")
_S_FITS = referral("s", requester={"reference": "Practitioner/roy"}, performer=[_HEART])
_THAT_DAY = {"status": "fulfilled", "start": "2026-11-19T09:40:00-05:00", "participant": [{"actor": _HEART}]}
_ASKED = "Encounter.basedOn names a request, and nobody has said yet that it is a referral to us."


def _aside(**elements: Any) -> dict[str, Any]:
    return {"service_requests": (referral(**elements), _S_FITS)}


def _booked_then(*named: dict[str, str], **elements: Any) -> dict[str, Any]:
    shape = {**_THAT_DAY, "basedOn": list(named), **elements}
    return {"appointments": (fact("Appointment", "a", **shape),), "service_requests": (referral(), LAB, _S_FITS)}


Case = tuple[str, dict[str, Any], dict[str, Any], tuple[str, ...], str, str, tuple[str, ...]]
CASES: list[Case] = [
    ("nothing", {}, {}, ("r",), "inferred", "", ()),
    (
        "a lipid panel of the visit: its report names the laboratory order",
        {},
        {"diagnostic_reports": (_report(basedOn=[_LAB], issued="2026-11-19"),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a procedure names the laboratory order",
        {},
        {"procedures": (fact("Procedure", "x", basedOn=[_LAB], encounter=_V),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    ("a task names the laboratory order", {}, {"tasks": (_task(focus=_LAB),)}, ("r",), "inferred", "", ()),
    ("Encounter.basedOn names the laboratory order", {"basedOn": [_LAB]}, {}, ("r",), "inferred", "", ()),
    ("Encounter.basedOn names both", {"basedOn": [_LAB, _R]}, {}, ("r",), "Encounter.basedOn", "", ()),
    (
        "a report of that day names the referral",
        {},
        {"diagnostic_reports": (_report(basedOn=[_R], effectiveDateTime="2026-11-19T22:00:00-05:00"),)},
        ("r",),
        "DiagnosticReport",
        "",
        (),
    ),
    (
        "a report of that day, by when it was issued",
        {},
        {"diagnostic_reports": (_report(basedOn=[_R], issued="2026-11-19T22:00:00-05:00"),)},
        ("r",),
        "DiagnosticReport",
        "",
        (),
    ),
    (
        "a report of the next day names the referral",
        {},
        {"diagnostic_reports": (_report(basedOn=[_R], effectivePeriod={"start": "2026-11-20"}),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a report of the day before",
        {},
        {"diagnostic_reports": (_report(basedOn=[_R], effectiveDateTime="2026-11-18"),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a procedure that was not done names the referral",
        {},
        {"procedures": (fact("Procedure", "x", status="not-done", basedOn=[_R], encounter=_V),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a report entered in error names it",
        {},
        {"diagnostic_reports": (_report(status="entered-in-error", basedOn=[_R], issued="2026-11-19"),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    ("a cancelled task names it", {}, {"tasks": (_task(status="cancelled", focus=_R),)}, ("r",), "inferred", "", ()),
    (
        "a procedure names a referral to others that Dr. Heart wrote at the visit",
        {},
        {
            "service_requests": (referral(), _OUT),
            "procedures": (fact("Procedure", "x", basedOn=[{"reference": "ServiceRequest/out"}], encounter=_V),),
        },
        ("r",),
        "inferred",
        "",
        (),
    ),
    ("a report without a time", {}, {"diagnostic_reports": (_report(basedOn=[_R]),)}, ("r",), "inferred", "", ()),
    (
        "the episode of care names the referral",
        _EPISODE,
        {"episodes": (fact("EpisodeOfCare", "e", referralRequest=[_R]),)},
        ("r",),
        "EpisodeOfCare",
        "",
        (),
    ),
    (
        "a task's group identifier is the referral's requisition",
        {},
        {"service_requests": (referral("r", requisition=_NUMBER), ROY), "tasks": (_task(groupIdentifier=_NUMBER),)},
        ("r",),
        "identifier",
        "",
        (),
    ),
    (
        "the visit's number is the referral's",
        {"identifier": [_NUMBER]},
        {"service_requests": (referral("r", identifier=[_NUMBER]), ROY)},
        ("r",),
        "identifier",
        "",
        (),
    ),
    (
        "the appointment's number is the referral's",
        _BOOKED,
        {
            "service_requests": (referral("r", identifier=[_NUMBER]), ROY),
            "appointments": (fact("Appointment", "a", identifier=[_NUMBER]),),
        },
        ("r",),
        "identifier",
        "",
        (),
    ),
    (
        "the number is a laboratory order's too",
        {"identifier": [_NUMBER]},
        {
            "service_requests": (
                referral("r", requisition=_NUMBER),
                referral("lab", requisition=_NUMBER, code={"text": "Laboratory"}),
            )
        },
        ("r",),
        "identifier",
        "",
        (),
    ),
    (
        "the number is '0', as one referral's is",
        {"identifier": [_ZERO]},
        {"service_requests": (referral("r", identifier=[_ZERO]), ROY)},
        (),
        "",
        "Several referrals fit equally well.",
        (),
    ),
    (
        "the same value of another system",
        {"identifier": [_NUMBER]},
        {"service_requests": (referral("r", identifier=[{"system": "urn:mrn", "value": "R-17"}]), ROY)},
        (),
        "",
        "Several referrals fit equally well.",
        (),
    ),
    (
        "Encounter.basedOn by the referral's identifier alone",
        {"basedOn": [{"identifier": _NUMBER}]},
        {"service_requests": (referral("r", identifier=[_NUMBER]), ROY)},
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn by the laboratory order's identifier alone",
        {"basedOn": [{"identifier": {"system": "urn:group", "value": "G1"}}]},
        {},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "Encounter.basedOn by that identifier as a search",
        {"basedOn": [{"reference": "ServiceRequest?identifier=urn:order|R-17"}]},
        {"service_requests": (referral("r", identifier=[_NUMBER]), ROY)},
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn names a contained request with that identifier",
        {"basedOn": [{"reference": "#c"}], "contained": [{"id": "c", "identifier": [_NUMBER]}]},
        {"service_requests": (referral("r", identifier=[_NUMBER]), ROY)},
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn by that identifier, its system in another spelling",
        {"basedOn": [{"identifier": {"system": "URN:order/", "value": "R-17 "}}]},
        {"service_requests": (referral("r", identifier=[_NUMBER]), ROY)},
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn by a number without its system, which two referrals have in two systems",
        {"basedOn": [{"identifier": {"value": "R-17"}}]},
        {"service_requests": (referral("r", identifier=[_NUMBER]), _SAME_NUMBER)},
        (),
        "",
        "The visit names a referral that we cannot see (|R-17).",
        ("|R-17",),
    ),
    (
        "a task of the visit names the referral by its identifier alone",
        {},
        {
            "service_requests": (referral("r", identifier=[_NUMBER]), ROY),
            "tasks": (_task(focus={"identifier": _NUMBER}),),
        },
        ("r",),
        "Task",
        "",
        (),
    ),
    (
        "Encounter.basedOn by an identifier that nobody has",
        {"basedOn": [{"identifier": _NUMBER}]},
        {},
        (),
        "",
        "The visit names a referral that we cannot see (urn:order|R-17).",
        ("urn:order|R-17",),
    ),
    (
        "Encounter.basedOn by a name alone",
        {"basedOn": [{"display": "Referral 17"}]},
        {},
        (),
        "",
        "The visit names a referral that we cannot see (Referral 17).",
        ("Referral 17",),
    ),
    ("Encounter.basedOn names a care plan", {"basedOn": [{"reference": "CarePlan/c"}]}, {}, ("r",), "inferred", "", ()),
    (
        "Encounter.basedOn names a request that the EHR does not show",
        {"basedOn": [_HIDDEN]},
        {},
        (),
        "",
        "The visit names a referral that we cannot see (ServiceRequest/x).",
        _X,
    ),
    (
        "Encounter.basedOn names another patient's request",
        {"basedOn": [_HIDDEN]},
        {"of_others": frozenset(_X)},
        (),
        "",
        "The visit names a referral of another patient (ServiceRequest/x).",
        _X,
    ),
    (
        "Encounter.basedOn names one in quarantine",
        {"basedOn": [_HIDDEN]},
        _held("ServiceRequest/x"),
        (),
        "",
        "The visit names a referral that is in quarantine (ServiceRequest/x).",
        _X,
    ),
    (
        "Encounter.basedOn names the referral, and one that the EHR does not show",
        {"basedOn": [_R, _HIDDEN]},
        {},
        ("r",),
        "Encounter.basedOn",
        "",
        _X,
    ),
    (
        "the appointment names a request that the EHR does not show",
        _BOOKED,
        {"appointments": (fact("Appointment", "a", basedOn=[_HIDDEN]),)},
        (),
        "",
        "The visit names a referral that we cannot see (ServiceRequest/x).",
        _X,
    ),
    (
        "the episode of care names one that the EHR does not show",
        _EPISODE,
        {"episodes": (fact("EpisodeOfCare", "e", referralRequest=[_HIDDEN]),)},
        (),
        "",
        "The visit names a referral that we cannot see (ServiceRequest/x).",
        _X,
    ),
    (
        "a procedure names an order that the EHR does not show",
        {},
        {"procedures": (fact("Procedure", "x", basedOn=[_HIDDEN], encounter=_V),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a task of the visit names an order that the EHR does not show",
        {},
        {"tasks": (_task(focus=_HIDDEN, code={"text": "Fulfill"}),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a task of the visit says 'Referral to cardiology' of a request that the EHR does not show",
        {},
        {"tasks": (_task(focus=_HIDDEN, description="Referral to cardiology"),)},
        (),
        "",
        "The visit names a referral that we cannot see (ServiceRequest/x).",
        _X,
    ),
    (
        "no referral, and such a task that names no visit",
        {},
        {
            "service_requests": (),
            "tasks": (_task(encounter=None, basedOn=[_HIDDEN], code={"text": "Consult"}, authoredOn="2026-11-03"),),
        },
        (),
        "",
        "Task/t names a referral that we cannot see.",
        _X,
    ),
    (
        "no referral, and a task 'Referral' by an identifier that nobody has",
        {},
        {"service_requests": (), "tasks": (_task(encounter=None, focus={"identifier": _NUMBER}, **_REFERS),)},
        (),
        "",
        "Task/t names a referral that we cannot see.",
        ("urn:order|R-17",),
    ),
    (
        "no referral, and a task 'Referral' that names no request at all",
        {},
        {"service_requests": (), "tasks": (_task(encounter=None, **_REFERS),)},
        (),
        "",
        "Task/t names a referral that we cannot see.",
        ("Task/t",),
    ),
    (
        "a task 'Referral' that names none",
        {},
        {"tasks": (_task(encounter=None, **_REFERS),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "a task 'Referral' of a hidden request, by Dr. Heart",
        {},
        {"tasks": (_task(focus=_HIDDEN, requester={"reference": "Practitioner/heart"}, **_REFERS),)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "no referral, and a task to fulfil a hidden request, which Dr. Lee gave to Dr. Heart",
        {},
        {"service_requests": (), "tasks": (_task(encounter=None, focus=_HIDDEN, **_GIVEN),)},
        (),
        "",
        "Task/t names a referral that we cannot see.",
        _X,
    ),
    (
        "no referral, and such a task written after the visit",
        {},
        {
            "service_requests": (),
            "tasks": (_task(encounter=None, focus=_HIDDEN, code={"text": "Consult"}, authoredOn="2026-11-20"),),
        },
        (),
        "",
        "",
        (),
    ),
    (
        "no referral, and such a task that was rejected",
        {},
        {
            "service_requests": (),
            "tasks": (_task(encounter=None, focus=_HIDDEN, code={"text": "Consult"}, status="rejected"),),
        },
        (),
        "",
        "",
        (),
    ),
    (
        "no referral, and a request in quarantine",
        {},
        {"service_requests": (), **_held("ServiceRequest/x")},
        (),
        "",
        "ServiceRequest/x of this patient is in quarantine, and may be the referral.",
        _X,
    ),
    (
        "one that fits, and a request in quarantine that nothing names",
        {},
        _held("ServiceRequest/x"),
        ("r",),
        "inferred",
        "",
        (),
    ),
    ("an appointment in quarantine names the one that fits", {}, _IN_QUARANTINE, ("r",), "inferred", "", ()),
    (
        "an appointment in quarantine names another than fits best",
        {},
        {"service_requests": (referral("r", code={"text": "Referral to vascular surgery"}), ROY), **_IN_QUARANTINE},
        (),
        "",
        "Appointment/a may name the referral, and cannot be read.",
        (),
    ),
    (
        "an appointment in quarantine names a request that the EHR does not show",
        {},
        _held("Appointment/a", "ServiceRequest/x", "Patient/p"),
        (),
        "",
        "Appointment/a may name the referral, and cannot be read.",
        (),
    ),
    (
        "the visit's appointment is in quarantine",
        _BOOKED,
        _held("Appointment/a"),
        (),
        "",
        "Appointment/a may name the referral, and cannot be read.",
        (),
    ),
    (
        "a task in quarantine names the visit and another than fits best",
        {},
        {
            "service_requests": (referral("r", code={"text": "Referral to vascular surgery"}), ROY),
            **_held("Task/t", "ServiceRequest/r", "Encounter/v"),
        },
        (),
        "",
        "Task/t may name the referral, and cannot be read.",
        (),
    ),
    (
        "a task in quarantine names another visit",
        {},
        {
            "service_requests": (referral("r", code={"text": "Referral to vascular surgery"}), ROY),
            **_held("Task/t", "ServiceRequest/r", "Encounter/w"),
        },
        ("s",),
        "inferred",
        "",
        (),
    ),
    (
        "Encounter.basedOn names it although the appointment is in quarantine",
        {**_BOOKED, "basedOn": [_R]},
        _held("Appointment/a"),
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn names a request that no map knows",
        {"basedOn": [{"reference": "ServiceRequest/odd"}]},
        {"service_requests": (referral(), ODD)},
        (),
        "",
        _ASKED,
        (),
    ),
    (
        "Encounter.basedOn names it beside the referral",
        {"basedOn": [_R, {"reference": "ServiceRequest/odd"}]},
        {"service_requests": (referral(), ODD)},
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn names an order that no map knows and that Dr. Heart wrote at the visit",
        {"basedOn": [{"reference": "ServiceRequest/own"}]},
        {"service_requests": (referral(), _OWN)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    ("such an order, and no referral", {}, {"service_requests": (_OWN,)}, (), "", "", ()),
    (
        "a request that no map knows, and no referral",
        {},
        {"service_requests": (ODD,)},
        (),
        "",
        "A request of this patient may be the referral: nobody knows yet what it is.",
        (),
    ),
    (
        "a request that no map knows, beside the referral",
        {},
        {"service_requests": (referral(), ODD)},
        ("r",),
        "inferred",
        "",
        (),
    ),
    (
        "Encounter.basedOn names the referral, which is a draft",
        {"basedOn": [_R]},
        _aside(status="draft"),
        (),
        "",
        _ASKED,
        (),
    ),
    (
        "Encounter.basedOn names the referral, which is a proposal",
        {"basedOn": [_R]},
        _aside(intent="proposal"),
        (),
        "",
        _ASKED,
        (),
    ),
    (
        "Encounter.basedOn names the referral, which was entered in error",
        {"basedOn": [_R]},
        _aside(status="entered-in-error"),
        (),
        "",
        _ASKED,
        (),
    ),
    (
        "Encounter.basedOn names the referral, which asks Dr. Roy",
        {"basedOn": [_R]},
        _aside(performer=[_ROY]),
        (),
        "",
        _ASKED,
        (),
    ),
    (
        "Encounter.basedOn names the referral, which asks Dr. Roy, and is by Dr. Heart",
        {"basedOn": [_R]},
        _aside(performer=[_ROY], requester=_HEART),
        ("s",),
        "inferred",
        "",
        (),
    ),
    (
        "Encounter.basedOn names the referral as a request before R4",
        {"basedOn": [{"reference": "ReferralRequest/r"}]},
        _aside(),
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn names the referral by a task on it",
        {"basedOn": [{"reference": "Task/t"}]},
        {**_aside(), "tasks": (fact("Task", "t", focus=_R),)},
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "Encounter.basedOn names the referral as a contained request, by its second number",
        {
            "basedOn": [{"reference": "#c"}],
            "contained": [{"resourceType": "ServiceRequest", "id": "c", "identifier": [_ZERO, _NUMBER]}],
        },
        _aside(identifier=[_NUMBER]),
        ("r",),
        "Encounter.basedOn",
        "",
        (),
    ),
    (
        "an appointment of that day names the referral, and another fits better",
        {},
        _booked_then(_R),
        (),
        "",
        BOOKED_THAT_DAY,
        (),
    ),
    (
        "an appointment of that day names one that the EHR does not show",
        {},
        _booked_then(_HIDDEN),
        (),
        "",
        BOOKED_THAT_DAY,
        _X,
    ),
    (
        "an appointment of that day names the referral, and it fits",
        {},
        _booked_then({"reference": "ServiceRequest/s"}),
        ("s",),
        "inferred",
        "",
        (),
    ),
    ("an appointment of that day names the laboratory order", {}, _booked_then(_LAB), ("s",), "inferred", "", ()),
    (
        "an appointment of that day names the referral, and it was cancelled",
        {},
        _booked_then(_R, status="cancelled"),
        ("s",),
        "inferred",
        "",
        (),
    ),
    (
        "an appointment of that day names the referral, and it was with Dr. Roy",
        {},
        _booked_then(_R, participant=[{"actor": _ROY}]),
        ("s",),
        "inferred",
        "",
        (),
    ),
    (
        "an appointment of that day names the referral, and it was of another day",
        {},
        _booked_then(_R, start="2026-11-18T09:40:00-05:00"),
        ("s",),
        "inferred",
        "",
        (),
    ),
]
ROWS = [
    [
        what,
        ", ".join(keys) or "-",
        by or "-",
        (why or "-").replace("|", r"\|"),
        ", ".join(unseen).replace("|", r"\|") or "-",
    ]
    for what, _, _, keys, by, why, unseen in CASES
]
NOW = local("2026-11-21 07:00")


def judged(elements: dict[str, Any], others: dict[str, Any], decisions: Decisions | None = None) -> Judgement:
    """What the rules say of the visit in that chart."""
    shape = {
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2026-11-19T10:00:00-05:00", "end": "2026-11-19T10:30:00-05:00"},
        "participant": [{"individual": {"reference": "Practitioner/heart"}}],
        **elements,
    }
    chart = Chart(encounters=(fact("Encounter", "v", **shape),), **{"service_requests": (referral(), LAB), **others})
    return assess(chart, Rules(PRACTICE, CODES), DIRECTORY, decisions or Decisions(), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_only_referrals_count_and_what_cannot_be_seen_is_asked(case: Case) -> None:
    _, elements, others, keys, method, why, unseen = case
    found = judged(elements, others)
    verdict = found.verdicts["Encounter/v"]
    assert verdict.referrals == tuple(f"ServiceRequest/{key}" for key in keys)
    assert (verdict.method or "", verdict.unseen) == (method, unseen)
    visit_owed = [one.kind for one in found.owed if one.visit == "Encounter/v"]
    if why:
        assert (verdict.band, verdict.because[0], visit_owed) == ("person", why, ["resolve"])
    elif keys:
        assert verdict.band == "automatic" and visit_owed == ["report", *(["resolve"] if unseen else [])]
    else:
        assert (verdict.band, visit_owed) == ("none", [])


def _decided(*referrals: str, unseen: tuple[str, ...] = ()) -> Decisions:
    return Decisions(links={"Encounter/v": LinkDecision("Encounter/v", referrals, unseen)})


def test_a_decision_stands_while_what_it_did_not_see_stays_unseen() -> None:
    found = judged({"basedOn": [_HIDDEN]}, {}, _decided(unseen=_X))
    assert (found.outcomes["Encounter/v"], found.owed) == ("decided_none", ())


def test_a_decision_is_asked_again_when_what_it_did_not_see_is_seen() -> None:
    requests = {"service_requests": (referral("x", requester={"reference": "Practitioner/roy"}), referral())}
    verdict = judged({"basedOn": [_HIDDEN]}, requests, _decided("ServiceRequest/r", unseen=_X)).verdicts["Encounter/v"]
    assert verdict.band == "person" and verdict.because == ("A person decided before ServiceRequest/x could be read.",)
    assert [one.referral for one in verdict.candidates] == ["ServiceRequest/x", "ServiceRequest/r"]


def test_it_is_not_asked_again_when_what_is_seen_is_no_referral_or_was_decided_on() -> None:
    lab = {"service_requests": (referral("x", code={"text": "Laboratory"}), referral())}
    assert judged({}, lab, _decided(unseen=_X)).outcomes["Encounter/v"] == "decided_none"
    seen = {"service_requests": (referral("x"),)}
    assert judged({}, seen, _decided("ServiceRequest/x", unseen=_X)).outcomes["Encounter/v"] == "report"


def test_one_answer_settles_the_visit_and_the_request_that_no_map_knows() -> None:
    chart = {"service_requests": (ODD,)}
    assert [(one.kind, one.visit) for one in judged({}, chart).owed] == [("resolve", "Encounter/v")]
    linked = judged({}, chart, _decided("ServiceRequest/odd"))
    assert [(one.kind, one.referral) for one in linked.owed] == [("report", "ServiceRequest/odd")]
    assert linked.requests["ServiceRequest/odd"].disposition == "admitted"
    assert judged({}, chart, _decided()).owed == ()


def test_a_request_that_no_visit_waits_for_is_asked_by_itself() -> None:
    later = {"service_requests": (referral("odd", "2027-11-20", code={"text": "Zeta 17"}),)}
    assert [(one.kind, one.referral) for one in judged({}, later).owed] == [("resolve", "ServiceRequest/odd")]
    linked = judged({}, {"service_requests": (referral(), ODD)}, _decided("ServiceRequest/r"))
    assert [(one.kind, one.referral) for one in linked.owed] == [
        ("report", "ServiceRequest/r"),
        ("resolve", "ServiceRequest/odd"),
    ]


def test_two_visits_do_not_ask_about_the_same_request() -> None:
    both = [
        fact(
            "Encounter",
            name,
            status="finished",
            **{"class": {"code": "AMB"}},
            period={"start": f"{day}T10:00:00-05:00"},
            participant=[{"individual": {"reference": "Practitioner/heart"}}],
        )
        for name, day in (("v", "2026-11-18"), ("w", "2026-11-19"))
    ]
    chart = Chart(encounters=tuple(both), service_requests=(ODD,))
    found = assess(chart, Rules(PRACTICE, CODES), DIRECTORY, Decisions(), NOW)
    assert found.outcomes == {"Encounter/v": "resolve", "Encounter/w": "no_referral"}
    assert len(found.owed) == 1


def test_what_is_named_comes_first_among_the_candidates() -> None:
    vascular = referral("r", code={"text": "Referral to vascular surgery"})
    verdict: LinkVerdict = judged({}, {"service_requests": (vascular, ROY), **_IN_QUARANTINE}).verdicts["Encounter/v"]
    assert [one.referral for one in verdict.candidates] == ["ServiceRequest/r", "ServiceRequest/s"]
    assert verdict.confidence == max(one.confidence for one in verdict.candidates) > 0.7
