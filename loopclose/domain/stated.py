"""Which referrals the EHR itself ties to a visit: the rungs of the ladder above inference.

Only admitted referrals count, and requests that nobody has decided on: a rung that names none of them says nothing,
for any order done at a visit is tied to it too. ``ServiceRequest.encounter`` is where a request was ordered: never a
tie. A request that is named as a referral and cannot be seen is never passed over for another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from fhir_adapters.facts import Appointment, DiagnosticReport, Reference, Task
from fhir_adapters.facts.references import local_key
from loopclose.domain.appointment_status import NEVER_WAS, status_of
from loopclose.domain.bookings import with_us
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.directory import Directory
from loopclose.domain.named_requests import REQUEST, Requests
from loopclose.domain.practice import Practice

ASKS = ("referral", "consultation")
ENDED = frozenset({"cancelled", "rejected", "failed", "entered-in-error"})
"""Tasks of these ask nothing of anybody."""
NOT_DONE = frozenset({"not-done", "preparation", "cancelled", "entered-in-error"})
"""Procedures and reports of these are of nothing that was done."""
OF_REFERRALS = frozenset({"Encounter.basedOn", "Encounter.appointment", "EpisodeOfCare"})
"""Rungs that say what a visit answers; the others are about any order that was done at it."""


class Named(msgspec.Struct, frozen=True):
    """What one rung names: referrals, undecided requests, and what cannot be seen."""

    method: str
    referrals: tuple[str, ...]
    undecided: tuple[str, ...]
    unseen: tuple[str, ...]


class Stated:
    """The ties that one person's chart states."""

    def __init__(
        self,
        chart: Chart,
        referrals: Sequence[Referral],
        undecided: Sequence[Referral],
        practice: Practice,
        directory: Directory,
        code_map: CodeMap,
    ) -> None:
        self.chart, self.code_map, self.practice, self.directory = chart, code_map, practice, directory
        self.zone = practice.zone
        self.referrals, self.undecided = {one.id for one in referrals}, {one.id for one in undecided}
        self.ordered_at = {one.id: where for one in (*referrals, *undecided) if (where := one.ordered_by_us_at)}
        self.present = {request.key for request in chart.service_requests}
        self._requests = Requests(chart)
        self.appointments = {one.key: one for one in chart.appointments}
        self.episodes = {one.key: one for one in chart.episodes}

    def of(self, visit: Visit) -> Named | None:
        """What the first rung names that names anything."""
        for method, keys in self._rungs(visit):
            named = dict.fromkeys(keys)
            ours = {key for key in named if self.ordered_at.get(key) == visit.id}
            referrals = tuple(
                key for key in named if key in self.referrals and (key not in ours or method in OF_REFERRALS)
            )
            undecided = tuple(key for key in named if key in self.undecided - ours and method in OF_REFERRALS)
            unseen = tuple(key for key in named if key not in self.present)
            if referrals or undecided or unseen:
                return Named(method, referrals, undecided, unseen)
        return None

    def held_for(self, visit: Visit) -> dict[str, tuple[str, ...]]:
        """What stands in quarantine and may tie the visit to a referral, with the referrals it names.

        An appointment counts whether or not the visit names it; anything else where it names the visit.
        """
        booked = {local_key(one) for one in visit.encounter.appointment} if visit.encounter else set()
        found = {}
        for key in sorted(self.chart.quarantined - {visit.id}):
            told = self.chart.held.get(key)
            names = told.names if told else frozenset()
            referrals = tuple(sorted(name for name in names if name in self.referrals))
            is_booking = key.startswith("Appointment/")
            hidden = is_booking and any(name.startswith(REQUEST) and name not in self.present for name in names)
            if key in booked or hidden or (referrals and (is_booking or visit.id in names)):
                found[key] = referrals
        return found

    def booked_that_day(self, visit: Visit) -> tuple[str, ...]:
        """What appointments with us of that day name as the referral, where no encounter says whose they are: most
        EHRs never say which encounter came of which appointment."""
        if visit.encounter is None or self._booked(visit):
            return ()
        found: list[str] = []
        for one in self.chart.appointments:
            if not one.based_on or one.start is None or status_of(one) in NEVER_WAS or one.key in self._taken:
                continue
            is_that_day = self.practice.calendar.day_of(one.start.start(self.zone)) == visit.day
            if is_that_day and with_us(one, self.practice, self.directory, self.referrals):
                found += self._requests.named(one.based_on, one.contained)
        return tuple(key for key in dict.fromkeys(found) if key in self.referrals or key not in self.present)

    @cached_property
    def _taken(self) -> set[str | None]:
        return {local_key(reference) for one in self.chart.encounters for reference in one.appointment}

    @cached_property
    def hidden_tasks(self) -> list[tuple[Task, str]]:
        """Tasks that are about a referral nobody can see, with the request they name."""
        found = []
        for task in self.chart.tasks:
            if task.status in ENDED or not self._asks(task):
                continue
            named = self._requests.named([task.focus, *task.based_on], task.contained)
            hidden = [key for key in named if key not in self.present]
            if not named and not self.referrals and not self.undecided:
                hidden = [task.key]  # it names nothing, and no request in the chart could be meant
            found += [(task, key) for key in hidden[:1]]
        return found

    def _asks(self, task: Task) -> bool:
        """Whether a task is a referral to us: by its codes or words, or as one that others gave us to fulfil."""
        if self.directory.is_ours(self.directory.person(task.requester, task.contained), self.practice):
            return False
        concepts = tuple(one for one in (task.code, task.reason_code) if one is not None)
        about = [one.display for one in (task.focus, *task.based_on) if one is not None]
        said = (self.code_map.says(text, ASKS) for text in (task.description, *about) if text)
        if self.code_map.meaning(concepts, ASKS) or any(said):
            return True
        fulfil = task.code is None or any(coding.code == "fulfill" for coding in task.code.coding)
        return fulfil and task.requester is not None and self._is_given_to_us(task)

    def _is_given_to_us(self, task: Task) -> bool:
        owner = self.directory.person(task.owner, task.contained)
        return self.directory.is_ours(owner, self.practice) or self.directory.is_our_organization(
            task.owner, self.practice
        )

    def _rungs(self, visit: Visit) -> Iterator[tuple[str, list[str]]]:
        encounter = visit.encounter
        if encounter is not None:
            yield "Encounter.basedOn", self._requests.named(encounter.based_on, encounter.contained)
        booked = self._booked(visit)
        yield (
            "Encounter.appointment",
            [key for one in booked for key in self._requests.named(one.based_on, one.contained)],
        )
        noted = self._noted.get(visit.id, {})
        yield "Task", noted.get("Task", [])
        identifiers = (*(encounter.identifier if encounter else ()), *(i for one in booked for i in one.identifier))
        yield "identifier", [*noted.get("identifier", []), *self._requests.identified(identifiers)]
        if encounter is not None:
            episodes = [self.episodes[key] for r in encounter.episode_of_care if (key := local_key(r)) in self.episodes]
            yield "EpisodeOfCare", [key for one in episodes for key in self._requests.named(one.referral_request)]
        yield "Procedure", noted.get("Procedure", [])
        reports = [one for one in self._reports.get(visit.id, []) if self._is_of_that_day(one, visit)]
        yield "DiagnosticReport", [key for one in reports for key in self._requests.seen(one.based_on)]

    def _booked(self, visit: Visit) -> list[Appointment]:
        if visit.appointment is not None:
            return [visit.appointment]
        keys = [local_key(reference) for reference in visit.encounter.appointment] if visit.encounter else []
        return [self.appointments[key] for key in keys if key is not None and key in self.appointments]

    @cached_property
    def _noted(self) -> dict[str, dict[str, list[str]]]:
        """What tasks and procedures of an encounter name, by method."""
        noted: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

        def note(encounter: Reference | None, method: str, keys: list[str]) -> None:
            key = local_key(encounter)
            if key is not None and keys:
                noted[key][method] += keys

        hidden = {task.key: key for task, key in self.hidden_tasks}
        for task in (one for one in self.chart.tasks if one.status not in ENDED):
            seen = self._requests.seen([task.focus, *task.based_on])
            note(task.encounter, "Task", seen + ([hidden[task.key]] if task.key in hidden else []))
            ids = (*task.identifier, *((task.group_identifier,) if task.group_identifier else ()))
            note(task.encounter, "identifier", self._requests.identified(ids))
        for procedure in (one for one in self.chart.procedures if one.status not in NOT_DONE):
            note(procedure.encounter, "Procedure", self._requests.seen(procedure.based_on))
        return noted

    @cached_property
    def _reports(self) -> dict[str | None, list[DiagnosticReport]]:
        found: dict[str | None, list[DiagnosticReport]] = defaultdict(list)
        for report in self.chart.diagnostic_reports:
            if report.based_on and report.status not in NOT_DONE:
                found[local_key(report.encounter)].append(report)
        return found

    def _is_of_that_day(self, report: DiagnosticReport, visit: Visit) -> bool:
        """``DiagnosticReport.encounter`` may be where the test was ordered, so its own time must be the visit's."""
        started = report.effective_period.start if report.effective_period else None
        at = report.effective_date_time or started or report.issued
        return at is not None and visit.start.astimezone(self.zone).date() <= at.last_day(self.zone) <= visit.day
