"""Which referrals a visit answers: a ladder of evidence; the first rung that decides wins and says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from fhir_adapters.facts import Identifier, Reference
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Chart, LinkVerdict, Referral, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice
from loopclose.domain.scoring import Fit, same_request, score

TIE = 0.10
"""Two referrals whose confidence is this close are a tie: a person decides."""
ENOUGH = 0.70
"""Below this an inference is shown to a person."""
SURE = 1.0
_EPSILON = 1e-9


class LinkDecision(msgspec.Struct, frozen=True):
    """A person's word: the referrals that a visit answers; none when empty."""

    visit: str
    referrals: tuple[str, ...]
    unseen: tuple[str, ...] = ()
    """Referrals that could not be read when it was taken."""


def link_visits(
    visits: Sequence[Visit],
    referrals: Sequence[Referral],
    chart: Chart,
    practice: Practice,
    directory: Directory,
    code_map: CodeMap,
    decisions: Mapping[str, LinkDecision],
) -> dict[str, LinkVerdict]:
    """A verdict for every visit of one person, in the order of time: an earlier visit may have used a referral up."""
    evident = _Evident(chart)
    ladder = _Ladder(referrals, practice, directory, code_map)
    verdicts: dict[str, LinkVerdict] = {}
    stated: list[Visit] = []
    for visit in sorted(visits, key=lambda one: (one.start, one.id)):
        decision = decisions.get(visit.id)
        if decision is not None:
            verdicts[visit.id] = _decided(decision)
        elif (found := evident.of(visit)) is not None:
            method, keys = found
            because = f"{method} names {'the referral' if len(keys) == 1 else f'{len(keys)} referrals'}."
            verdicts[visit.id] = LinkVerdict("automatic", keys, method, SURE, (because,))
        else:
            stated.append(visit)
            continue
        ladder.answered.update(verdicts[visit.id].referrals)
    for visit in stated:
        verdicts[visit.id] = ladder.infer(visit)
        ladder.answered.update(verdicts[visit.id].referrals)
    return verdicts


def _decided(decision: LinkDecision) -> LinkVerdict:
    because = "A person linked it." if decision.referrals else "A person said that it answers no referral."
    return LinkVerdict("decided", decision.referrals, "person", SURE, (because,))


class _Evident:
    """Ties that the EHR states. ``ServiceRequest.encounter`` is where a request was ordered: never one."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.known = {request.key for request in chart.service_requests} | {
            key for key in chart.quarantined if key.startswith("ServiceRequest/")
        }
        self.appointments = {one.key: one for one in chart.appointments}
        self.episodes = {one.key: one for one in chart.episodes}

    @cached_property
    def by_encounter(self) -> dict[str, dict[str, list[str]]]:
        """What tasks, procedures and reports of an encounter name, by method."""
        noted: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

        def note(encounter: Reference | None, method: str, keys: list[str]) -> None:
            key = local_key(encounter)
            if key is not None and keys:
                noted[key][method] += keys

        for task in self.chart.tasks:
            note(task.encounter, "Task", self._requests([task.focus, *task.based_on]))
            ids = (*task.identifier, *((task.group_identifier,) if task.group_identifier else ()))
            note(task.encounter, "identifier", self._identified(ids))
        for procedure in self.chart.procedures:
            note(procedure.encounter, "Procedure", self._requests(procedure.based_on))
        for report in self.chart.diagnostic_reports:
            note(report.encounter, "DiagnosticReport", self._requests(report.based_on))
        return noted

    @cached_property
    def identified(self) -> dict[tuple[str, str], set[str]]:
        """The requests that carry a business identifier."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for request in self.chart.service_requests:
            for name in _names((*request.identifier, *((request.requisition,) if request.requisition else ()))):
                found[name].add(request.key)
        return found

    def of(self, visit: Visit) -> tuple[str, tuple[str, ...]] | None:
        """The method and the referrals it names, by the first rung of the ladder that names any."""
        for method, keys in self._rungs(visit):
            if keys:
                return method, tuple(dict.fromkeys(keys))
        return None

    def _rungs(self, visit: Visit) -> Iterable[tuple[str, list[str]]]:
        encounter = visit.encounter
        if encounter is not None:
            yield "Encounter.basedOn", self._requests(encounter.based_on)
        booked = (
            [visit.appointment]
            if visit.appointment is not None
            else [
                self.appointments[key]
                for reference in (encounter.appointment if encounter else ())
                if (key := local_key(reference)) in self.appointments and key is not None
            ]
        )
        yield "Encounter.appointment", [k for one in booked for k in self._requests(one.based_on)]
        noted = self.by_encounter.get(visit.id, {})
        yield "Task", noted.get("Task", [])
        identifiers = (*(encounter.identifier if encounter else ()), *(i for one in booked for i in one.identifier))
        yield "identifier", [*noted.get("identifier", []), *self._identified(identifiers)]
        if encounter is not None:
            episodes = [self.episodes[key] for r in encounter.episode_of_care if (key := local_key(r)) in self.episodes]
            yield "EpisodeOfCare", [k for one in episodes for k in self._requests(one.referral_request)]
        yield "Procedure", noted.get("Procedure", [])
        yield "DiagnosticReport", noted.get("DiagnosticReport", [])

    def _requests(self, references: Iterable[Reference | None]) -> list[str]:
        keys = (local_key(reference) for reference in references)
        return [key for key in keys if key is not None and key in self.known]

    def _identified(self, identifiers: Iterable[Identifier]) -> list[str]:
        return sorted({key for name in _names(identifiers) for key in self.identified.get(name, ())})


@dataclass
class _Ladder:
    """The last rung: inference among one person's referrals."""

    referrals: Sequence[Referral]
    practice: Practice
    directory: Directory
    code_map: CodeMap
    answered: set[str] = field(default_factory=set)

    def infer(self, visit: Visit) -> LinkVerdict:
        """Link what fits clearly best; otherwise hand it to a person with every candidate."""
        fits = [
            fit
            for referral in self.referrals
            if (
                fit := score(
                    visit, referral, referral.id in self.answered, self.practice, self.directory, self.code_map
                )
            )
        ]
        if not fits:
            return LinkVerdict("none", (), None, 0.0, ("No referral of this patient fits.",))
        fits.sort(key=lambda fit: (-fit.candidate.confidence, fit.candidate.referral))
        fits, noted = self._newest_copies(fits)
        best = fits[0]
        candidates = tuple(fit.candidate for fit in (*fits, *noted))
        rival = next((fit for fit in fits[1:]), None)
        close = rival is not None and best.candidate.confidence - rival.candidate.confidence <= TIE + _EPSILON
        if not best.automatic or close or best.candidate.confidence < ENOUGH:
            why = self._why_a_person(best, close)
            return LinkVerdict("person", (), None, best.candidate.confidence, (why,), candidates)
        because = best.candidate.because or ("The only referral of this patient that fits.",)
        because += ("A copy of the same request is older.",) if noted else ()
        return LinkVerdict(
            "automatic", (best.candidate.referral,), "inferred", best.candidate.confidence, because, candidates
        )

    def _why_a_person(self, best: Fit, close: bool) -> str:
        if close:
            return "Several referrals fit equally well."
        if not best.automatic:
            return "The best one has no date, or was written after the visit."
        return "No referral fits well enough."

    def _newest_copies(self, fits: list[Fit]) -> tuple[list[Fit], list[Fit]]:
        """Of copies of one request the newest stays; the others are noted behind it."""
        by_id = {referral.id: referral for referral in self.referrals}
        stay: list[Fit] = []
        noted: list[Fit] = []
        newest_first = sorted(
            fits, key=lambda f: (str(by_id[f.candidate.referral].authored_at or ""), f.candidate.referral), reverse=True
        )
        for fit in newest_first:
            one = by_id[fit.candidate.referral]
            copy = any(
                same_request(one, by_id[other.candidate.referral], self.directory, self.code_map)
                and other.automatic
                and fit.automatic
                for other in stay
            )
            (noted if copy else stay).append(fit)
        order = {fit.candidate.referral: n for n, fit in enumerate(fits)}
        return sorted(stay, key=lambda f: order[f.candidate.referral]), noted


def _names(identifiers: Iterable[Identifier]) -> Iterable[tuple[str, str]]:
    """Business identifiers that can tell things apart: a value without a system could mean anything."""
    return ((one.system, one.value) for one in identifiers if one.system and one.value)
