"""Questions about one person that no visit asks: what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fhir_adapters.facts import Reference
from fhir_adapters.facts.references import local_key
from loopclose.domain.case import Case
from loopclose.domain.chart import Referral
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.judgement import Owed
from loopclose.domain.named_requests import REQUEST
from loopclose.domain.scoring import fits_on

OPEN = frozenset({"active", "on-hold", "unknown"})
"""Referrals of these still wait for a visit."""


@dataclass
class Questions:
    """One person's case, as far as questions beside its visits look at it."""

    case: Case
    referrals: tuple[Referral, ...]
    undecided: tuple[Referral, ...]
    outcomes: Mapping[str, str]
    days_seen: frozenset[date]
    now: datetime

    def __post_init__(self) -> None:
        self.practice = self.case.rules.practice

    def _resolve(
        self,
        patient: str,
        since: datetime,
        why: str,
        *,
        visit: str | None = None,
        referral: str | None = None,
        appointment: str | None = None,
        first_seen: bool = False,
    ) -> Owed:
        deadline = other_deadline("resolve", since, self.practice.calendar, why)
        return Owed(
            "resolve",
            patient,
            deadline,
            since,
            visit=visit,
            referral=referral,
            appointment=appointment,
            first_seen=first_seen,
        )

    def _is_under(self, named: Iterable[Reference], end: datetime) -> bool:
        """Whether something names a referral, seen or not, or one waits for it."""
        keys, day = {local_key(reference) for reference in named}, self.practice.calendar.day_of(end)
        known = any(one.id in keys or (self._waits(one) and self._fits(one, day)) for one in self.referrals)
        return (known or bool(self._hidden(keys))) and not self._is_before(end)

    def _waits(self, referral: Referral) -> bool:
        answered = (referral.id in verdict.referrals for verdict in self.case.verdicts.values())
        return referral.status in OPEN and not any(answered)

    def _hidden(self, named: set[str | None]) -> set[str | None]:
        """The requests among them that nobody can see."""
        present = {request.key for request in self.case.chart.service_requests}
        return {key for key in named if key is not None and key.startswith(REQUEST) and key not in present}

    def _may_be_referral(self, request: str) -> bool:
        """Whether a request is a referral, or not seen at all."""
        return request in self.case.referrals or bool(self._hidden({request}))

    def _may_be_ours(self, people: set[str]) -> bool:
        return any(self.case.directory.is_one_of_us(key, self.practice) for key in people)

    def _fits(self, referral: Referral, day: date) -> bool:
        return fits_on(referral, day, self.practice.zone) is not False

    def _is_before(self, at: datetime) -> bool:
        live_since = self.practice.live_since()
        return live_since is not None and at < live_since

    def _patient(self) -> str:
        """Any record of this person."""
        known = [one.patient for one in (*self.referrals, *self.undecided)]
        known += [visit.patient for visit in self.case.visits]
        subjects = [local_key(one.subject) for one in self.case.chart.encounters]
        return next((key for key in (*known, *subjects) if key), "")


def patient_key(reference: Reference | None) -> str | None:
    key = local_key(reference)
    return key if key is not None and key.startswith("Patient/") else None
