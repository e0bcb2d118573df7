"""Reading what surrounds the referrals and visits of each patient, and noticing what is no longer there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fhir_adapters.client import Entry, Search
from fhir_adapters.errors import Gone, NotFound
from loopclose.flows.sync.arrivals import arrive, entry_of
from loopclose.flows.sync.intake import Intake, Progress, by_ids
from loopclose.store import intake as kept

PATIENT_TYPES = (
    "ServiceRequest",
    "Encounter",
    "Appointment",
    "Task",
    "DocumentReference",
    "Communication",
    "Procedure",
    "DiagnosticReport",
    "EpisodeOfCare",
)
"""What is read of each patient, where the server has the type."""
AT_ONCE = 25
"""Patients whose records are fetched together and kept in one transaction."""


def read_records(intake: Intake, patients: Iterable[str], progress: Progress) -> None:
    """Read each patient, the records linked to them, and everything of theirs that the rules look at."""
    waiting = sorted(patients)
    done: set[str] = set()
    while waiting:
        batch, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        done |= set(batch)
        before = set(intake.touched)
        _read_batch(intake, batch)
        newly = (intake.touched - before) - done - set(waiting)
        waiting += sorted(newly)
        progress("patients", len(done), len(done) + len(waiting))


def _read_batch(intake: Intake, patients: Sequence[str]) -> None:
    ids = [patient.split("/", 1)[1] for patient in patients]
    entries: list[Entry] = list(by_ids(intake.client, "Patient", ids)) if "Patient" in intake.types else []
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.types]
    searches = [Search(kind, (("patient", patient),)) for patient in patients for kind in kinds]
    for _, pages in intake.client.search_many(searches):
        for page in pages:
            entries += page.entries
    intake.take(entries)
    found = {(entry.type, entry.id) for entry in entries}
    for patient in patients:
        _look_for_missing(intake, patient, found, {*kinds, "Patient"} & intake.types)


def _look_for_missing(intake: Intake, patient: str, found: set[tuple[str, str]], kinds: set[str]) -> None:
    """What was kept of a patient and is not among their records any more is asked for by id."""
    with intake.db.read() as session:
        before = kept.ids_of_patient(session, intake.site.scope, intake.site.ehr, patient)
    for kind, fhir_id in sorted(before - found):
        if kind not in kinds:
            continue
        try:
            raw = intake.client.read(kind, fhir_id)
        except (NotFound, Gone):
            with intake.db.write() as session:
                kept.keep_gone(session, intake.site.scope, intake.site.ehr, kind, fhir_id)
                kept.judge_again(session, intake.site.scope, intake.site.ehr, [patient])
            continue
        arrival = arrive(entry_of(raw, kind), intake.base_url)
        if intake.keep([arrival]) and arrival.patient != patient:
            with intake.db.write() as session:
                kept.judge_again(session, intake.site.scope, intake.site.ehr, [patient])
