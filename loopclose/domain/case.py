"""What one visit owes: reports, a question to a person, or nothing for a coded reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Chart, LinkVerdict, Referral, Referrer, Visit
from loopclose.domain.deadlines import Deadline, report_deadline, resolve_deadline
from loopclose.domain.directory import Directory
from loopclose.domain.evidence import report_evidence
from loopclose.domain.judgement import ByHand, Decisions, Owed, Rules
from loopclose.domain.referrer import find_referrer
from loopclose.domain.returns import first_return


class Case(msgspec.Struct, frozen=True):
    """One person's case: what every outcome below looks at."""

    chart: Chart
    rules: Rules
    directory: Directory
    decisions: Decisions
    referrals: Mapping[str, Referral]
    """Admitted ones, and those of which nobody knows yet what they are."""
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
            return "resolve", [self.resolve(visit, [c.referral for c in verdict.candidates])]
        if not verdict.referrals:
            return ("decided_none" if verdict.band == "decided" else "no_referral"), []
        return self._answered(visit, verdict)

    def resolve(self, visit: Visit, candidates: list[str]) -> Owed:
        """A person must say which referral it answers, or who asked."""
        deadlines = [
            self._deadline(visit, referral, self.referrer(referral, visit))
            for referral in (self.referrals.get(key) for key in candidates)
            if referral is not None
        ]
        deadline = resolve_deadline(visit, deadlines, self.rules.practice.calendar)
        return Owed("resolve", visit.patient, deadline, visit.end, visit=visit.id, author=visit.author)

    def referrer(self, referral: Referral, visit: Visit | None) -> Referrer | None:
        """Who asked, as a person said or as the chart shows; None where only a person can say."""
        said, who = self.decisions.who_asked(referral)
        return who if said else find_referrer(referral, visit, self.chart, self.rules.practice, self.directory)

    def _answered(self, visit: Visit, verdict: LinkVerdict) -> tuple[str, list[Owed]]:
        owed: list[Owed] = []
        internal = False
        for key in verdict.referrals:
            referral = self.referrals.get(key)
            if referral is None:  # a person linked what is gone, or can no longer be read
                owed.append(self.resolve(visit, []))
                continue
            if self._is_internal(referral):
                internal = True
                continue
            referrer = self.referrer(referral, visit)
            if referrer is None:
                owed.append(replace(self.resolve(visit, [key]), referral=key))
            else:
                owed.append(self._report(visit, referral, referrer))
        if verdict.unseen:
            owed.append(self.resolve(visit, []))
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
            rules.routes_notes,
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

    def _deadline(self, visit: Visit, referral: Referral, referrer: Referrer | None) -> Deadline:
        rules = self.rules
        by_hand = self.decisions.by_hand.get((visit.id, referral.id), ByHand())
        returns = None
        if referrer is not None:
            returns = first_return(visit, referrer, self.chart, rules.practice, self.directory)
        return report_deadline(
            visit,
            referral.priority,
            rules.policy,
            rules.practice.calendar,
            returns=returns,
            returns_by_hand=by_hand.returns_on,
            returns_source=by_hand.returns_source,
            asked_for=self._asked_for(visit, referral),
            by_hand=by_hand.due_at,
            unread=sorted(key for key in self.chart.quarantined if key.startswith("Appointment/")),
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
        return self.rules.code_map.coded(visit.encounter.type, ("series",)) is not None
