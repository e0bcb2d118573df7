"""What one patient's chart makes us owe: referrals, visits, links, referrers, deadlines and evidence together.

``assess`` is the whole rule book for one person, as a pure function: the same chart, the same words of people
and the same time give the same judgement, whatever was stored before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from fhir_adapters.facts import ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Admission
from loopclose.domain.chart import Chart, LinkVerdict, Referral, Referrer, Visit
from loopclose.domain.deadlines import Deadline, other_deadline, report_deadline, resolve_deadline
from loopclose.domain.directory import Directory
from loopclose.domain.evidence import report_evidence
from loopclose.domain.judgement import ByHand, Decisions, Judgement, Owed, Rules
from loopclose.domain.linking import link_visits
from loopclose.domain.referrals import admit_request, referrals_of
from loopclose.domain.referrer import find_referrer
from loopclose.domain.returns import first_return
from loopclose.domain.visits import admit_encounter, missed_of, visits_of


def assess(chart: Chart, rules: Rules, directory: Directory, decisions: Decisions, now: datetime) -> Judgement:
    """Apply every rule to one person's chart. ``now`` (aware UTC) serves the 12-hour rule alone."""
    practice, code_map = rules.practice, rules.code_map
    requests = {r.key: admit_request(r, practice, directory, code_map) for r in chart.service_requests}
    encounters = {e.key: admit_encounter(e, practice, directory, code_map, now) for e in chart.encounters}
    referrals = referrals_of(chart, requests, practice, directory)
    visits = _promoted(visits_of(chart, encounters, practice, directory, now), decisions.promoted)
    verdicts = link_visits(visits, referrals, chart, practice, directory, code_map, decisions.links)
    case = _Case(chart, rules, directory, decisions, {r.id: r for r in referrals}, verdicts, visits)
    outcomes: dict[str, str] = {}
    owed: list[Owed] = []
    for visit in visits:
        outcome, more = case.outcome(visit)
        outcomes[visit.id] = outcome
        owed.extend(more)
    owed.extend(case.undecided(chart.service_requests, requests))
    owed.extend(case.missed(referrals))
    return Judgement(requests, encounters, referrals, visits, verdicts, outcomes, tuple(owed))


def _promoted(visits: Iterable[Visit], promoted: frozenset[str]) -> tuple[Visit, ...]:
    return tuple(replace(v, baseline=False) if v.baseline and v.id in promoted else v for v in visits)


class _Case(msgspec.Struct, frozen=True):
    """One person's case: what every outcome below looks at."""

    chart: Chart
    rules: Rules
    directory: Directory
    decisions: Decisions
    referrals: Mapping[str, Referral]
    verdicts: Mapping[str, LinkVerdict]
    visits: tuple[Visit, ...]

    def outcome(self, visit: Visit) -> tuple[str, list[Owed]]:
        """Exactly one of: reports, a resolve, or a coded reason why neither."""
        verdict = self.verdicts[visit.id]
        if visit.baseline:
            return "baseline", []
        if self._is_series(visit):
            return "series_visit", []
        if verdict.band == "person":
            return "resolve", [self._resolve(visit, [c.referral for c in verdict.candidates])]
        if not verdict.referrals:
            if verdict.band == "decided":
                return "decided_none", []
            if any(key.startswith("ServiceRequest/") for key in self.chart.quarantined):
                return "resolve", [self._resolve(visit, [])]
            return "no_referral", []
        return self._answered(visit, verdict)

    def undecided(self, requests: Iterable[ServiceRequest], admissions: Mapping[str, Admission]) -> list[Owed]:
        """Requests whose codes nobody has mapped: a person says whether they are referrals."""
        owed = []
        zone, live_since = self.rules.practice.zone, self.rules.practice.live_since()
        for request in requests:
            if admissions[request.key].disposition != "undecided":
                continue
            written = request.authored_on or (request.meta.updated if request.meta else None)
            since = written.start(zone) if written else live_since
            if since is None or (live_since is not None and since < live_since):
                continue
            deadline = other_deadline("resolve", since, self.rules.practice.calendar)
            patient = local_key(request.subject) or ""
            owed.append(Owed("resolve", patient, deadline, since, referral=request.key))
        return owed

    def missed(self, referrals: tuple[Referral, ...]) -> list[Owed]:
        """No-shows and cancellations under a referral: the referrer is told."""
        practice, live_since = self.rules.practice, self.rules.practice.live_since()
        owed = []
        for missed in missed_of(self.chart, referrals, practice, self.directory):
            if live_since is not None and missed.at < live_since:
                continue
            referral = self.referrals[missed.referral]
            owed.append(
                Owed(
                    "no_show",
                    referral.patient,
                    other_deadline("no_show", missed.at, practice.calendar),
                    missed.at,
                    referral=referral.id,
                    appointment=missed.appointment,
                    referrer=self._referrer(referral, None),
                    priority=referral.priority,
                )
            )
        return owed

    def _answered(self, visit: Visit, verdict: LinkVerdict) -> tuple[str, list[Owed]]:
        owed: list[Owed] = []
        internal = False
        for key in verdict.referrals:
            referral = self.referrals.get(key)
            if referral is None:  # quarantined, gone, or no referral by its codes
                owed.append(self._resolve(visit, []))
                continue
            if self._is_internal(referral):
                internal = True
                continue
            referrer = self._referrer(referral, visit)
            if referrer is None:
                owed.append(replace(self._resolve(visit, [key]), referral=key))
            else:
                owed.append(self._report(visit, referral, referrer))
        kinds = {one.kind for one in owed}
        if "report" in kinds:
            return "report", owed
        return ("resolve", owed) if kinds else ("internal" if internal else "no_referral", [])

    def _report(self, visit: Visit, referral: Referral, referrer: Referrer) -> Owed:
        rules = self.rules
        evidence = report_evidence(
            visit,
            referrer,
            self.chart,
            rules.practice,
            self.directory,
            rules.code_map.notes,
            rules.docstatus_absent_counts,
        )
        return Owed(
            "report",
            visit.patient,
            self._deadline(visit, referral, referrer),
            visit.end,
            visit=visit.id,
            referral=referral.id,
            referrer=referrer,
            scope=self._scope(visit, referral),
            priority=referral.priority,
            author=visit.author,
            evidence=tuple(evidence),
        )

    def _resolve(self, visit: Visit, candidates: list[str]) -> Owed:
        deadlines = [
            self._deadline(visit, referral, self._referrer(referral, visit))
            for referral in (self.referrals.get(key) for key in candidates)
            if referral is not None
        ]
        deadline = resolve_deadline(visit, deadlines, self.rules.practice.calendar)
        return Owed("resolve", visit.patient, deadline, visit.end, visit=visit.id, author=visit.author)

    def _deadline(self, visit: Visit, referral: Referral, referrer: Referrer | None) -> Deadline:
        rules = self.rules
        by_hand = self.decisions.by_hand.get((visit.id, referral.id), ByHand())
        returns = None
        if referrer is not None:
            returns = first_return(visit, referrer, self.chart, rules.practice, self.directory.person)
        return report_deadline(
            visit,
            referral.priority,
            rules.policy,
            rules.practice.calendar,
            returns=returns,
            returns_by_hand=by_hand.returns_on,
            asked_for=self._asked_for(visit, referral),
            by_hand=by_hand.due_at,
        )

    def _asked_for(self, visit: Visit, referral: Referral) -> list[tuple[datetime, str]]:
        """The time by which a Task on the referral wants it done, when that is after the visit."""
        asked = []
        for task in self.chart.tasks:
            period = task.restriction.period if task.restriction else None
            if period is None or period.end is None:
                continue
            about = {local_key(task.focus), *(local_key(reference) for reference in task.based_on)}
            end = period.end.end(self.rules.practice.zone)
            if referral.id in about and end > visit.end:
                asked.append((end, task.key))
        return asked

    def _referrer(self, referral: Referral, visit: Visit | None) -> Referrer | None:
        said, who = self.decisions.who_asked(referral)
        return who if said else find_referrer(referral, visit, self.chart, self.rules.practice, self.directory)

    def _is_internal(self, referral: Referral) -> bool:
        """A person said that it came from within the practice."""
        return self.decisions.who_asked(referral) == (True, None)

    def _scope(self, visit: Visit, referral: Referral) -> str:
        """The first visit under a referral owes the full note, later ones a progress report."""
        under = [v for v in self.visits if referral.id in self.verdicts[v.id].referrals]
        first = min(under, key=lambda v: (v.start, v.id))
        return "full" if first.id == visit.id else "progress"

    def _is_series(self, visit: Visit) -> bool:
        if visit.encounter is None:
            return False
        return any(token in self.rules.code_map.series for kind in visit.encounter.type for token in kind.tokens)
