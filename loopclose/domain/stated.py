"""Which referrals the EHR itself ties to a visit: the rungs of the ladder above inference.

Only admitted referrals count, and requests that nobody has decided on: a rung that names none of them says nothing,
for any order done at a visit is tied to it too. ``ServiceRequest.encounter`` is where a request was ordered: never a
tie. A request that is named as a referral and cannot be seen is never passed over for another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from fhir_adapters.facts import Appointment, DiagnosticReport, Identifier, Reference, Task
from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.references import local_key, resolve
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

REQUEST = "ServiceRequest/"
ASKS = ("referral", "consultation")
ENDED = frozenset({"cancelled", "rejected", "failed", "entered-in-error"})
"""Tasks of these ask nothing of anybody."""
NOT_DONE = frozenset({"not-done", "preparation", "cancelled", "entered-in-error"})
"""Procedures and reports of these are of nothing that was done."""
OF_REFERRALS = frozenset({"Encounter.basedOn", "Encounter.appointment", "EpisodeOfCare"})
"""Rungs that say what a visit answers; the others are about any order that was done at it."""
PLACEHOLDERS = frozenset({"none", "null", "unknown", "n/a", "na", "tbd", "test", "pending"})


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

    @cached_property
    def hidden_tasks(self) -> list[tuple[Task, str]]:
        """Tasks that are about a referral nobody can see, with the request they name."""
        found = []
        for task in self.chart.tasks:
            if task.status in ENDED or not self._asks(task):
                continue
            named = self._named([task.focus, *task.based_on], task.contained)
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
            yield "Encounter.basedOn", self._named(encounter.based_on, encounter.contained)
        booked = self._booked(visit)
        yield "Encounter.appointment", [key for one in booked for key in self._named(one.based_on, one.contained)]
        noted = self._noted.get(visit.id, {})
        yield "Task", noted.get("Task", [])
        identifiers = (*(encounter.identifier if encounter else ()), *(i for one in booked for i in one.identifier))
        yield "identifier", [*noted.get("identifier", []), *self._identified(identifiers)]
        if encounter is not None:
            episodes = [self.episodes[key] for r in encounter.episode_of_care if (key := local_key(r)) in self.episodes]
            yield "EpisodeOfCare", [key for one in episodes for key in self._named(one.referral_request)]
        yield "Procedure", noted.get("Procedure", [])
        reports = [one for one in self._reports.get(visit.id, []) if self._is_of_that_day(one, visit)]
        yield "DiagnosticReport", [key for one in reports for key in self._seen(one.based_on)]

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
            seen = self._seen([task.focus, *task.based_on])
            note(task.encounter, "Task", seen + ([hidden[task.key]] if task.key in hidden else []))
            ids = (*task.identifier, *((task.group_identifier,) if task.group_identifier else ()))
            note(task.encounter, "identifier", self._identified(ids))
        for procedure in (one for one in self.chart.procedures if one.status not in NOT_DONE):
            note(procedure.encounter, "Procedure", self._seen(procedure.based_on))
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

    @cached_property
    def _by_identifier(self) -> dict[tuple[str | None, str], set[str]]:
        """The requests that carry a business identifier, by (system, value) and by the value alone."""
        found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        for request in self.chart.service_requests:
            ids = (*request.identifier, *((request.requisition,) if request.requisition else ()))
            for system, value in _names(ids):
                found[system, value].add(request.key)
                found[None, value].add(request.key)
        return found

    def _seen(self, references: Iterable[Reference | None]) -> list[str]:
        """The requests of this chart that some references name: what else they name may be any order."""
        return [key for key in self._named(references) if key in self.present]

    def _named(self, references: Iterable[Reference | None], contained: tuple[Contained, ...] = ()) -> list[str]:
        """Every request that some references name as what a visit answers, by key or identifier, seen or not."""
        found: list[str] = []
        for reference in references:
            key = local_key(reference)
            if reference is None or key is not None:
                found += [key] if key is not None and key.startswith(REQUEST) else []
                continue
            one = _identifier_of(reference, contained)
            value = (one.value or "").strip() if one is not None else ""
            known = self._by_identifier.get((_system(one) if one else None, value), set())
            if one is not None and not one.system and len(known) > 1:
                known = set()  # the same value of two systems names neither
            shown = f"{one.system or ''}|{value}" if one is not None and value else reference.display
            other = shown or reference.reference
            found += sorted(known) or ([other] if other else [])
        return found

    def _identified(self, identifiers: Iterable[Identifier]) -> list[str]:
        return sorted({key for name in _names(identifiers) for key in self._by_identifier.get(name, ()) if name[0]})


def _identifier_of(reference: Reference, contained: tuple[Contained, ...]) -> Identifier | None:
    """The business identifier by which a reference names something that is not told by its id."""
    target = resolve(reference)
    if target.kind == "identifier":
        return Identifier(system=target.system, value=target.value)
    inside = next((one for one in contained if target.kind == "contained" and one.id == target.value), None)
    return next(iter(inside.identifiers), None) if inside is not None else reference.identifier


def _system(one: Identifier) -> str | None:
    """The system of an identifier, however it ends and in whatever case."""
    return (one.system or "").strip().rstrip("/").casefold() or None


def _names(identifiers: Iterable[Identifier]) -> Iterator[tuple[str | None, str]]:
    """Business identifiers that can tell things apart: not "0", "N/A" and what else stands for none."""
    for one in identifiers:
        value = (one.value or "").strip()
        if value.strip("0-. ") and value.casefold() not in PLACEHOLDERS:
            yield _system(one), value
