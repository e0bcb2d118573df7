"""Reading what surrounds the referrals and visits of each patient, and noticing what is no longer there."""

from __future__ import annotations

from collections.abc import Sequence

from fhir_adapters.ahead import ahead
from fhir_adapters.bundle import Entry, Search
from fhir_adapters.errors import Gone, NotFound
from loopclose.flows.reading.arrivals import PATIENT_TYPES, entry_of
from loopclose.flows.reading.intake import Intake, by_ids
from loopclose.store import records
from loopclose.store.base import chunks
from loopclose.store.intake import keep_gone
from loopclose.store.persons import touch

AT_ONCE = 400
"""Patients whose records are fetched together and kept in one transaction."""


def read_records(intake: Intake, patients: Sequence[str]) -> None:
    """Read and keep each patient and everything of theirs that the rules look at."""
    fetched = (_fetch(intake, batch) for batch in chunks(patients, AT_ONCE))
    for entries in ahead(fetched, 1):
        intake.take(entries)


def look_for_missing(intake: Intake, patients: Sequence[str]) -> None:
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
                touch(session, intake.site.scope, intake.site.ehr, [patient])
            continue
        intake.take([entry_of(raw, kind)])


def _fetch(intake: Intake, patients: Sequence[str]) -> list[Entry]:
    ids = [patient.split("/", 1)[1] for patient in patients]
    entries: list[Entry] = list(by_ids(intake.client, "Patient", ids)) if "Patient" in intake.types else []
    kinds = [kind for kind in PATIENT_TYPES if kind in intake.by_patient]
    searches = [Search(kind, (("patient", patient),)) for patient in patients for kind in kinds]
    for _, pages in intake.client.search_many(searches):
        for page in pages:
            entries += page.entries
    return entries
