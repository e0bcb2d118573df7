"""Linking against a slow oracle, which weighs every pair of a visit and a referral out of plain tuples; and what is
said of a link, how sure it is, and what may hide its referral.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loopclose.domain import scoring
from loopclose.domain.chart import Chart, LinkVerdict
from loopclose.domain.inference import ENOUGH, TIE
from loopclose.domain.judgement import Decisions, Rules
from loopclose.domain.linking import LinkDecision
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, referral
from tests.unit.domain.test_case import ROY, R, S, judged, met

BEGIN = date(2026, 1, 5)
SPECIALTIES = {None: "Consultation", "cardiology": "Referral to cardiology", "vascular": "Referral to vascular surgery"}
OF_CLINICIAN = {"heart": "cardiology", "vessel": "vascular"}


@dataclass(frozen=True)
class Asked:
    """A referral in plain words; ``day`` counts from BEGIN."""

    name: str
    day: int | None
    status: str
    requester: str
    specialty: str | None
    performer: str | None


@dataclass(frozen=True)
class Seen:
    """A visit in plain words."""

    name: str
    day: int
    clinician: str
    names: frozenset[str]


asked = st.builds(
    Asked,
    st.just(""),
    st.none() | st.integers(-400, 60),
    st.sampled_from(["active", "active", "completed", "revoked"]),
    st.sampled_from(["lee", "roy"]),
    st.sampled_from(list(SPECIALTIES)),
    st.sampled_from([None, None, "heart", "vessel"]),
)
seen = st.builds(
    Seen,
    st.just(""),
    st.integers(0, 30),
    st.sampled_from(["heart", "vessel"]),
    st.frozensets(st.sampled_from(["r0", "r1"]), max_size=2) | st.just(frozenset()),
)


def weight(visit: Seen, one: Asked, answered: set[str]) -> float | None:
    """Points of a pair, or None where it cannot be."""
    if one.status == "revoked" or (one.day is not None and not -30 <= visit.day - one.day <= 365):
        return None
    points = scoring.BASE
    if one.performer:
        points += scoring.PERFORMER if one.performer == visit.clinician else scoring.OTHER_PERFORMER
    wants = one.specialty or OF_CLINICIAN.get(one.performer or "")
    if wants:
        points += scoring.SPECIALTY if wants == OF_CLINICIAN[visit.clinician] else scoring.OTHER_SPECIALTY
    if one.name in answered:
        points += scoring.ANSWERED
    return round(min(max(points, 0), 0.99), 2)


def is_dated(visit: Seen, one: Asked) -> bool:
    """Whether a rule may link it."""
    return one.day is not None and one.day <= visit.day


Plain = tuple[str, frozenset[str], dict[str, float]]
"""Band, referrals, and every candidate's confidence."""


def oracle(visits: list[Seen], requests: list[Asked]) -> dict[str, Plain]:
    """By visit, what is to be said of it."""
    found: dict[str, Plain] = {}
    known = {one.name for one in requests}
    in_order = sorted(visits, key=lambda visit: (visit.day, visit.name))
    answered: set[str] = set()
    for visit in in_order:
        if visit.names & known:
            found[visit.name] = ("automatic", visit.names & known, {})
            answered |= visit.names & known
    for visit in in_order:
        if visit.name in found:
            continue
        points = {one: got for one in requests if (got := weight(visit, one, answered)) is not None}
        stay = [one for one in points if not any(_older_copy(visit, one, other) for other in points)]
        stay.sort(key=lambda one: (-points[one], one.name))
        band, linked = "person" if points or visit.names else "none", frozenset[str]()
        if not visit.names and stay and is_dated(visit, stay[0]) and points[stay[0]] >= ENOUGH:
            rivals = [one for one in stay[1:] if round(points[stay[0]] - points[one], 2) <= TIE]
            if not rivals:
                band, linked = "automatic", frozenset({stay[0].name})
        answered |= linked
        found[visit.name] = (band, linked, {one.name: got for one, got in points.items()})
    return found


def _older_copy(visit: Seen, one: Asked, other: Asked) -> bool:
    """Whether ``other`` is the same request, made later."""
    if one is other or not (is_dated(visit, one) and is_dated(visit, other)) or one.requester != other.requester:
        return False
    mine, theirs = (x.specialty or OF_CLINICIAN.get(x.performer or "") for x in (one, other))
    assert one.day is not None and other.day is not None
    return mine == theirs and (other.day, other.name) > (one.day, one.name)


def _request(one: Asked) -> Any:
    authored = str(BEGIN + timedelta(days=one.day)) if one.day is not None else None
    return referral(
        one.name,
        authored,
        status=one.status,
        requester={"reference": f"Practitioner/{one.requester}"},
        code={"text": SPECIALTIES[one.specialty]},
        category=[{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
        performer=[{"reference": f"Practitioner/{one.performer}"}] if one.performer else None,
    )


def _encounter(visit: Seen) -> Any:
    day = BEGIN + timedelta(days=visit.day)
    return fact(
        "Encounter",
        visit.name,
        status="finished",
        **{"class": {"code": "AMB"}},
        period={"start": f"{day}T10:00:00-05:00", "end": f"{day}T10:30:00-05:00"},
        participant=[{"individual": {"reference": f"Practitioner/{visit.clinician}"}}],
        basedOn=[{"reference": f"ServiceRequest/{name}"} for name in sorted(visit.names)],
    )


def _short(key: str) -> str:
    return key.split("/")[1]


def _plain(verdict: LinkVerdict) -> Plain:
    candidates = {_short(one.referral): one.confidence for one in verdict.candidates}
    return verdict.band, frozenset(map(_short, verdict.referrals)), candidates


@settings(max_examples=400)
@given(st.lists(asked, max_size=4), st.lists(seen, min_size=1, max_size=3, unique_by=lambda visit: visit.day))
def test_links_are_those_of_the_slow_way(requests: list[Asked], visits: list[Seen]) -> None:
    requests = [Asked(f"r{n}", *list(vars(one).values())[1:]) for n, one in enumerate(requests)]
    visits = [Seen(f"v{n}", *list(vars(one).values())[1:]) for n, one in enumerate(visits)]
    chart = Chart(
        service_requests=tuple(_request(one) for one in requests), encounters=tuple(_encounter(one) for one in visits)
    )
    now = datetime(2026, 6, 1, tzinfo=UTC)
    found = assess(chart, Rules(PRACTICE, CODES), DIRECTORY, Decisions(), now)
    assert {_short(one.id) for one in found.referrals} == {one.name for one in requests}
    ours = {_short(key): _plain(verdict) for key, verdict in found.verdicts.items()}
    assert ours == oracle(visits, requests)


def verdict(visit: Any, **parts: Any) -> LinkVerdict:
    """The verdict on that visit."""
    return judged(visit, **parts).verdicts["Encounter/v"]


def test_what_the_chart_states_is_sure_and_counts_the_referrals() -> None:
    one = verdict(met())
    assert (one.confidence, one.because) == (1.0, ("Encounter.basedOn names the referral.",))
    two = verdict(met(basedOn=[R, S]), service_requests=(referral(), ROY))
    assert two.because == ("Encounter.basedOn names 2 referrals.",)


def test_a_persons_word_is_sure_and_says_which_it_was() -> None:
    def said(*keys: str) -> tuple[str, float, tuple[str, ...]]:
        found = verdict(met(), decisions=Decisions(links={"Encounter/v": LinkDecision("Encounter/v", keys)}))
        return found.band, found.confidence, found.because

    assert said("ServiceRequest/r") == ("decided", 1.0, ("A person linked it.",))
    assert said() == ("decided", 1.0, ("A person said that it answers no referral.",))


def test_what_is_named_and_does_not_fit_has_no_confidence() -> None:
    odd = referral("x", "2020-01-02", code={"text": "Zeta 17"})
    found = verdict(met(basedOn=[{"reference": "ServiceRequest/x"}]), service_requests=(odd,))
    assert [(one.referral, one.confidence) for one in found.candidates] == [("ServiceRequest/x", 0.0)]
    assert (found.band, found.confidence) == ("person", 0.0)
    unseen = verdict(met(basedOn=[{"reference": "ServiceRequest/gone"}]), service_requests=())
    assert (unseen.band, unseen.confidence, unseen.candidates) == ("person", 0.0, ())


def _asks(written: str) -> Any:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "103696004"}]}
    gone = {"reference": "ServiceRequest/gone"}
    return fact("Task", "t", status="requested", code=code, focus=gone, authoredOn=written)


def test_a_task_written_by_the_end_of_the_visit_may_hide_its_referral() -> None:
    def hidden(written: str) -> tuple[str, ...]:
        return verdict(met(basedOn=[]), service_requests=(), tasks=(_asks(written),)).unseen

    assert hidden("2026-11-19T10:30:00-05:00") == ("ServiceRequest/gone",)
    assert hidden("2026-11-19T10:30:01-05:00") == ()


def test_where_a_person_is_asked_anyway_the_first_reason_stays() -> None:
    held = frozenset({"ServiceRequest/q"})
    found = verdict(met(basedOn=[]), service_requests=(referral(), ROY), quarantined=held)
    assert (found.because, found.unseen) == (("Several referrals fit equally well.",), ("ServiceRequest/q",))
