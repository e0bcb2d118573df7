"""Reading what surrounds the referrals and visits of each patient, and noticing what is no longer there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from fhir_adapters.client import Entry, Search
from fhir_adapters.errors import Gone, NotFound
from loopclose.flows.sync.arrivals import PATIENT_TYPES, entry_of
from loopclose.flows.sync.intake import Intake, Progress, by_ids
from loopclose.store import records
from loopclose.store.intake import keep_gone
from loopclose.store.persons import judge_again

AT_ONCE = 200
"""Patients whose records are fetched together and kept in one transaction."""


def read_records(
    intake: Intake, patients: Sequence[str], progress: Progress, done_with: Callable[[Sequence[str]], None]
) -> None:
    """Read each patient, the records linked to them, and everything of theirs that the rules look at.

    They are read in the order given. ``done_with`` is told of each batch of patients once all of it is kept.
    """
    order = list(patients)
    known = set(order)
    done = 0
    for batch, entries in _batches(intake, order):
        intake.touched.clear()
        intake.take(entries)
        if not intake.first_read:
            _look_for_missing(intake, batch)
        done_with(batch)
        done += len(batch)
        newly = sorted(intake.touched - known)  # records linked to theirs
        known.update(newly)
        order += newly
        progress("patients", done, len(order))


def _batches(intake: Intake, order: Sequence[str]) -> Iterator[tuple[Sequence[str], list[Entry]]]:
    """Batches of patients with what the EHR has of them, the next one fetched meanwhile; ``order`` may grow."""
    ahead = ThreadPoolExecutor(1, thread_name_prefix="patients")
    waiting: deque[tuple[Sequence[str], Future[list[Entry]]]] = deque()
    begun = 0
    try:
        while waiting or begun < len(order):
            while len(waiting) < 2 and begun < len(order):
                batch = order[begun : begun + AT_ONCE]
                begun += len(batch)
                waiting.append((batch, ahead.submit(_fetch, intake, batch)))
            batch, fetched = waiting.popleft()
            yield batch, fetched.result()
    finally:
        ahead.shutdown(cancel_futures=True)


def _fetch(intake: Intake, patients: Sequence[str]) -> list[Entry]:
    ids = [patient.split("/", 1)[1] for patient in patients]
    entries: list[Entry] = list(by_ids(intake.client, "Patient", ids)) if "Patient" in intake.types else []
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.by_patient]
    searches = [Search(kind, (("patient", patient),)) for patient in patients for kind in kinds]
    for _, pages in intake.client.search_many(searches):
        for page in pages:
            entries += page.entries
    return entries


def _look_for_missing(intake: Intake, patients: Sequence[str]) -> None:
    """What was kept of some patients and was not met in this run is asked for by id."""
    with intake.db.read() as session:
        before = records.ids_of_patients(session, intake.site.scope, intake.site.ehr, patients)
    wanted = {*PATIENT_TYPES, "Patient"} & intake.types
    for (kind, fhir_id), patient in sorted(before.items()):
        if kind not in wanted or intake.tally.has_met(kind, fhir_id):
            continue
        try:
            raw = intake.client.read(kind, fhir_id)
        except (NotFound, Gone):
            with intake.db.write() as session:
                keep_gone(session, intake.site.scope, intake.site.ehr, kind, fhir_id)
                judge_again(session, intake.site.scope, intake.site.ehr, [patient])
            continue
        intake.take([entry_of(raw, kind)])
