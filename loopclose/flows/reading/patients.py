"""Reading what surrounds the referrals and visits of each patient.

One patient's trouble is that patient's trouble: who cannot be read whole is noted with the reason, and everybody
else goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from datetime import timedelta

from fhir_adapters.ahead import ahead
from fhir_adapters.bundle import Entry, Found, Search
from fhir_adapters.by_id import IN_A_ROW, ById, by_ids
from fhir_adapters.errors import Failed, Gone, NotFound, OneRequest, PartialResults, Refused, TemporaryError, Withheld
from fhir_adapters.filters import others
from fhir_adapters.lists import listing, patients_of, sorted_out
from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading.intake import Intake
from loopclose.store.base import chunks
from loopclose.store.followed import note_read_at
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


def read_records(
    intake: Intake, patients: Sequence[str], only: Collection[str] | None = None, together: int = 1
) -> list[str]:
    """Read and keep each patient and everything of theirs that the rules look at; gives back who was read whole.

    ``only``: of these types alone, and not the patients themselves. ``together``: so many patients in one search, where
    the EHR takes a list. Raises what concerns the server, and what failed for several patients in a row.
    """
    whole: list[str] = []
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.by_patient and (only is None or kind in only)]
    fetched = (_fetch(intake, batch, kinds, only is None, together) for batch in chunks(patients, AT_ONCE))
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
    """Note who was read whole, and when; who could not be before is judged anew."""
    scope, ehr, whole = intake.site.scope, intake.site.ehr, [*patients]
    with intake.db.write() as session:
        note_read_at(session, scope, ehr, whole, intake.clock())
        touch(session, scope, ehr, note_read(session, scope, ehr, whole))


def _note(intake: Intake, batch: Batch) -> None:
    """Write down who could not be read, and whose record was merged into another."""
    if batch.unread:
        mark_unread(intake, {patient: str(problem) for patient, problem in batch.unread.items()})
    if batch.survivors:
        with intake.db.write() as session:
            for old, new in sorted(batch.survivors.items()):
                one_person(session, intake.site.scope, intake.site.ehr, [old, new])
        intake.followed.update(batch.survivors.values())


def _fetch(intake: Intake, patients: Sequence[str], kinds: Sequence[str], themselves: bool, together: int) -> Batch:
    batch = Batch(patients)
    if themselves and "Patient" in intake.types:
        _take_patients(batch, by_ids(intake.client, "Patient", [one.split("/", 1)[1] for one in patients]))
    dated = {kind: _window(intake) for kind in intake.client.vendor.dated}
    done = _by_lists(intake, batch, kinds, dated, together) if together > 1 else frozenset[tuple[str, str]]()
    searches = [
        Search(kind, (("patient", patient), *dated.get(kind, ())))
        for patient in patients
        for kind in kinds
        if (patient, kind) not in done
    ]
    last = {search.params[0][1]: search.type for search in searches}
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
        elif found.search.type == last[patient]:
            in_a_row.clear()
        if len(in_a_row) >= IN_A_ROW:
            raise TemporaryError(str(failed))
    _judge_refusals(batch)
    _judge_left_out(intake, batch)
    return batch


def _by_lists(
    intake: Intake,
    batch: Batch,
    kinds: Sequence[str],
    dated: Mapping[str, tuple[tuple[str, str], ...]],
    together: int,
) -> frozenset[tuple[str, str]]:
    """Take what is found of many patients at once; gives the (patient, type) that need not be asked for alone.

    Whatever is wrong with a list may be wrong with one of its patients: each of them is asked for alone then.
    """
    done: set[tuple[str, str]] = set()
    some = [chunk for chunk in chunks(batch.patients, together) if len(chunk) > 1]
    for found in intake.client.search_many(listing(kind, few, dated.get(kind, ())) for few in some for kind in kinds):
        few = patients_of(found.search)
        theirs = None if found.problem else sorted_out(found.entries, few)
        if theirs is None:
            continue
        for patient, entries in theirs.items():
            batch.entries += entries
            batch.found_for.update((f"{entry.type}/{entry.id}", patient) for entry in entries)
        done.update((patient, found.search.type) for patient in few)
    return frozenset(done)


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
