"""Noticing what is no longer there: what was kept of a patient and was not met again is asked for by its id."""

from __future__ import annotations

from collections.abc import Sequence

from fhir_adapters.bundle import ODD, Entry
from fhir_adapters.errors import Gone, NotFound, OneRequest
from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.patients import mark_unread
from loopclose.store import records
from loopclose.store.intake import keep_gone
from loopclose.store.persons import touch

Key = tuple[str, str]


def look_for_missing(intake: Intake, patients: Sequence[str]) -> set[str]:
    """Ask for it. What was deleted (410) is gone, and with it what rests on it. What is refused or not found (403,
    404) may be hidden or moved: what stood stays, and a person is asked; gives back of whom that is so.
    """
    scope, ehr = intake.site.scope, intake.site.ehr
    with intake.db.read() as session:
        before = records.ids_of_patients(session, scope, ehr, patients)
    wanted = {*PATIENT_TYPES, "Patient"} & intake.types
    missing = [key for key in sorted(before) if key[0] in wanted and not intake.tally.has_met(*key)]
    hidden: dict[str, str] = {}
    found: list[Entry] = []
    for key, answer in intake.client.side_by_side(lambda key: _asked(intake, key), missing):
        patient = before[key]
        if isinstance(answer, Entry):
            found.append(answer)
        elif answer is None or isinstance(answer, Gone):
            with intake.db.write() as session:
                keep_gone(session, scope, ehr, *key)
                touch(session, scope, ehr, [patient])
        else:
            hidden.setdefault(patient, _why(key, answer))
    if found:
        intake.take(found, {f"{kind}/{fhir_id}": before[kind, fhir_id] for kind, fhir_id in missing})
    if hidden:
        mark_unread(intake, hidden)
    return {*hidden}


def _asked(intake: Intake, key: Key) -> tuple[Key, Entry | OneRequest | None]:
    """What the EHR says of one resource; None of one that never had an id to ask for."""
    if key[1].startswith(ODD):
        return key, None
    try:
        return key, intake.client.read_entry(*key)
    except OneRequest as problem:
        return key, problem.set_aside()


def _why(key: Key, problem: OneRequest) -> str:
    name = "/".join(key)
    if isinstance(problem, NotFound):
        return f"{name} was read before, and the EHR does not show it any more (404)."
    return f"{name} was read before, and cannot be now. {problem}"
