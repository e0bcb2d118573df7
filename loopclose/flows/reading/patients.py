"""Reading what surrounds the referrals and visits of each patient.

One patient's trouble is that patient's trouble: who cannot be read whole is noted with the reason, and everybody
else goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass, field
from datetime import timedelta

from fhir_adapters.ahead import ahead
from fhir_adapters.bundle import Entry, Search
from fhir_adapters.by_id import IN_A_ROW, ById, by_ids
from fhir_adapters.client import Found
from fhir_adapters.errors import Failed, Gone, NotFound, OneRequest, PartialResults, Refused, TemporaryError, Withheld
from fhir_adapters.filters import others
from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading.intake import Intake
from loopclose.store.base import chunks
from loopclose.store.persons import one_person, touch
from loopclose.store.unread import note_read, note_unread

AROUND = timedelta(days=365)
AT_ONCE = 400
"""Patients whose records are fetched together and kept in one transaction."""


@dataclass
class Batch:
    """What was fetched of some patients (``Patient/id``)."""

    patients: Sequence[str]
    entries: list[Entry] = field(default_factory=list)
    found_for: dict[str, str] = field(default_factory=dict)
    """By ``Type/id``: the patient by whom it was found."""
    unread: dict[str, OneRequest] = field(default_factory=dict)
    """By patient: why the record could not be read whole."""
    partial: dict[str, OneRequest] = field(default_factory=dict)
    """By patient: the server says that it did not give everything, of most patients."""
    survivors: dict[str, str] = field(default_factory=dict)
    """By patient: the record that the server answers with instead."""
    refused: dict[str, dict[str, OneRequest]] = field(default_factory=dict)
    """By type: the patients for whom the server will not search it."""
    left_out: dict[str, dict[str, OneRequest]] = field(default_factory=dict)
    """By type: the patients of whom the server says that it did not give everything."""

    @property
    def whole(self) -> list[str]:
        """Those of whom everything was read."""
        return [one for one in self.patients if one not in self.unread and one not in self.partial]


def read_records(intake: Intake, patients: Sequence[str]) -> list[str]:
    """Read and keep each patient and everything of theirs that the rules look at; gives back who was read whole.

    Raises what concerns the server, and what failed for several patients in a row.
    """
    whole: list[str] = []
    fetched = (_fetch(intake, batch) for batch in chunks(patients, AT_ONCE))
    for batch in ahead(fetched, 1):
        intake.take(batch.entries, batch.found_for)
        intake.incomplete += batch.partial.values()
        _note(intake, batch)
        whole += batch.whole
    return whole


def mark_unread(intake: Intake, reasons: dict[str, str]) -> None:
    """Note who could not be read whole, and have them judged with that in mind.

    What the EHR said in its own words is left out: it may name the patient, and the reason is shown on pages of health.
    """
    scope, ehr = intake.site.scope, intake.site.ehr
    reasons = {patient: reason.partition(" It says:")[0] for patient, reason in reasons.items()}
    with intake.db.write() as session:
        note_unread(session, scope, ehr, reasons, intake.clock())
        touch(session, scope, ehr, reasons)


def mark_read(intake: Intake, patients: Iterable[str]) -> None:
    """Note who was read whole; who could not be before is judged anew."""
    scope, ehr = intake.site.scope, intake.site.ehr
    with intake.db.write() as session:
        touch(session, scope, ehr, note_read(session, scope, ehr, patients))


def _note(intake: Intake, batch: Batch) -> None:
    """Write down who could not be read, and whose record was merged into another."""
    if batch.unread:
        mark_unread(intake, {patient: str(problem) for patient, problem in batch.unread.items()})
    if batch.survivors:
        with intake.db.write() as session:
            for old, new in sorted(batch.survivors.items()):
                one_person(session, intake.site.scope, intake.site.ehr, [old, new])
        intake.followed.update(batch.survivors.values())


def _fetch(intake: Intake, patients: Sequence[str]) -> Batch:
    batch = Batch(patients)
    if "Patient" in intake.types:
        _take_patients(batch, by_ids(intake.client, "Patient", [one.split("/", 1)[1] for one in patients]))
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.by_patient]
    dated = {kind: _window(intake) for kind in intake.client.vendor.dated}
    searches = [Search(kind, (("patient", patient), *dated.get(kind, ()))) for patient in patients for kind in kinds]
    in_a_row: dict[str, OneRequest] = {}
    for found in intake.client.search_many(searches):
        patient = found.search.params[0][1]
        problem = found.problem or _somebody_else(intake, batch, patient, found)
        if problem is not None:
            _note_problem(intake, batch, patient, found.search.type, problem)
        if problem is None or isinstance(problem, PartialResults):
            batch.entries += found.entries
            batch.found_for.update((f"{entry.type}/{entry.id}", patient) for entry in found.entries)
        failed = batch.unread.get(patient)
        if isinstance(failed, Failed):
            in_a_row[patient] = failed
        elif found.search.type == kinds[-1]:
            in_a_row.clear()
        if len(in_a_row) >= IN_A_ROW:
            raise TemporaryError(str(failed))
    _judge_refusals(batch)
    _judge_left_out(intake, batch)
    return batch


def _window(intake: Intake) -> tuple[tuple[str, str], ...]:
    """From a year before go-live, or before now, to two years ahead: bookings further off move no deadline."""
    now = intake.clock()
    since = min(intake.site.practice.live_since() or now, now) - AROUND
    return ("date", f"ge{since:%Y-%m-%dT00:00:00Z}"), ("date", f"lt{now + 2 * AROUND:%Y-%m-%dT00:00:00Z}")


def _take_patients(batch: Batch, found: ById) -> None:
    batch.entries += found.entries
    batch.survivors.update((f"Patient/{old}", f"Patient/{new}") for old, new in found.survivors.items())
    for fhir_id, problem in found.problems.items():
        if not isinstance(problem, Gone):  # deleted: what was kept of it is looked after by id
            batch.unread[f"Patient/{fhir_id}"] = problem


def _note_problem(intake: Intake, batch: Batch, patient: str, kind: str, problem: OneRequest) -> None:
    if isinstance(problem, PartialResults):
        batch.left_out.setdefault(kind, {})[patient] = problem
    elif isinstance(problem, (NotFound, Gone)) and "Patient" in intake.types and patient not in batch.unread:
        # the patient is shown to us: some servers say 404 where a search finds nothing
        intake.client.warn(f"Searches for {kind} are answered with {_status(problem)}: taken as nothing found.")
    elif isinstance(problem, Refused):
        batch.refused.setdefault(kind, {})[patient] = problem
    else:
        batch.unread.setdefault(patient, problem)


def _judge_refusals(batch: Batch) -> None:
    """A type refused for most patients is refused to us, and leaves the run incomplete; else each is one patient's."""
    for refused in batch.refused.values():
        of_all = _is_of_all(batch, refused)
        for patient, problem in refused.items():
            (batch.partial if of_all else batch.unread).setdefault(patient, problem)


def _judge_left_out(intake: Intake, batch: Batch) -> None:
    """Of one patient it is that patient's trouble; of most the run's. What is kept from us of most is what we may not
    see at all, and is said: no later run would be more complete."""
    for kind, left_out in batch.left_out.items():
        of_all = _is_of_all(batch, left_out)
        for patient, problem in left_out.items():
            if not of_all:
                batch.unread.setdefault(patient, problem)
            elif isinstance(problem, Withheld):
                intake.client.warn(f"Of most patients some {kind} is kept from us: look at what our access allows.")
            else:
                batch.partial.setdefault(patient, problem)


def _is_of_all(batch: Batch, some: Sized) -> bool:
    return len(some) >= IN_A_ROW and 2 * len(some) > len(batch.patients)


def _status(problem: OneRequest) -> int:
    return 410 if isinstance(problem, Gone) else 404


def _somebody_else(intake: Intake, batch: Batch, patient: str, found: Found) -> OneRequest | None:
    """Records of one other patient, where the server does not say that both are one person, are not taken."""
    named = others(patient, _of_type(found))
    if not named:
        return None
    other = named.pop()
    if batch.survivors.get(patient) == other or _is_merged(intake, patient, other):
        batch.survivors[patient] = other
        return None
    return Refused(f"The EHR answered a search for {found.search.type} of this patient with another patient's records.")


def _of_type(found: Found) -> Iterable[Entry]:
    return (entry for entry in found.entries if entry.type == found.search.type)


def _is_merged(intake: Intake, patient: str, other: str) -> bool:
    """Whether the record itself is the other one by now, or names it as a link."""
    try:
        entry = intake.client.read_entry("Patient", patient.split("/", 1)[1])
    except OneRequest:
        return False
    return entry.id == other.split("/", 1)[1] or f'{other}"'.encode() in entry.raw
