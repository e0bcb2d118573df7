"""The chart of one person, read for a draft: afterwards what is kept of it is what the EHR has just answered.

What the EHR would not give, or not surely all of, is no reason to end the draft: the paper says so. What is worth
another try (no answer, too many requests, a failure of the server) ends it, before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fhir_adapters.bundle import ODD, Entry, Found
from fhir_adapters.by_patient import of_patient
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import Failed, Gone, NotFound, OneRequest, PartialResults
from fhir_adapters.filters import others
from loopclose.clock import Clock
from loopclose.drafting.gaps import OPTIONAL, refused, warned, withheld
from loopclose.flows.arrivals import PEOPLE
from loopclose.flows.reading.intake import Intake
from loopclose.flows.site import Site
from loopclose.store import records
from loopclose.store.engine import Database
from loopclose.store.intake import keep_gone

DRAFT_TYPES = (
    "Condition",
    "Observation",
    "MedicationRequest",
    "AllergyIntolerance",
    "CarePlan",
    "MedicationStatement",
    "MedicationAdministration",
    "Immunization",
    "DeviceRequest",
    "NutritionOrder",
)
"""What only a draft needs; it is read for that patient when the draft is made."""
SYNCED_TYPES = ("DocumentReference", "DiagnosticReport", "Procedure", "ServiceRequest")
"""What a paper is made from and the syncs read as well: read again, so that a refusal of today is known today."""
SOMEBODY_ELSE = "the answer holds another patient's records"
Key = tuple[str, str]


@dataclass
class Reading:
    """What was answered for one draft."""

    entries: list[Entry] = field(default_factory=list)
    found_for: dict[str, str] = field(default_factory=dict)
    """By ``Type/id``: the patient by whom it was found."""
    gaps: dict[str, str] = field(default_factory=dict)
    """By type: a sentence why not all of it was had."""
    refused: set[str] = field(default_factory=set)
    """Types of which nothing was had: what is kept of them from earlier may be anybody's by now."""

    def refuse(self, kind: str, why: str) -> None:
        """Nothing was had of that type."""
        self.refused.add(kind)
        self.gaps[kind] = refused(kind, why)


def read_chart(
    db: Database, clock: Clock, site: Site, client: FhirClient, patient: str, records_of: Sequence[str]
) -> Reading:
    """Read and keep what a draft needs of a person, by every record of theirs; what the EHR no longer has leaves.

    ``patient``: the record that the report is about. Where an answer may not be whole, only that leaves of which the
    EHR says by its id that it is gone, or another patient's. Raises ``TemporaryError`` for what is worth another try.
    """
    capabilities = client.capabilities()
    asked = [kind for kind in DRAFT_TYPES if kind not in OPTIONAL or capabilities.finds_by(kind, "patient")]
    kinds = [kind for kind in asked if kind in capabilities.types]
    kinds += [kind for kind in SYNCED_TYPES if capabilities.finds_by(kind, "patient")]
    done = Reading()
    for record in dict.fromkeys((patient, *records_of)):
        for found in of_patient(client, kinds, record):
            _note(done, found, record, {patient, *records_of}, is_other=record != patient)
    gone = _look_for_missing(db, site, client, done, kinds, [patient, *records_of])
    people = [kind for kind in PEOPLE if kind in capabilities.types]  # whoever prescribed by a role, say
    intake = Intake(db, clock, site, client, frozenset((*kinds, *people)))
    intake.load_people()
    intake.take(done.entries, done.found_for)
    if gone:
        with db.write() as session:
            for key in gone:
                keep_gone(session, site.scope, site.ehr, *key)
    return done


def _note(done: Reading, found: Found, record: str, own: set[str], *, is_other: bool) -> None:
    """Take what one search gave, and note why it may not be everything."""
    kind, problem = found.search.type, found.problem
    if isinstance(problem, Failed) and not isinstance(problem, PartialResults):
        raise problem
    if others(record, (one for one in found.entries if one.type == kind)) - own:
        done.refuse(kind, SOMEBODY_ELSE)
        return
    done.entries += found.entries
    done.found_for.update((f"{one.type}/{one.id}", record) for one in found.entries)
    warning = next((page.warned for page in found.pages if page.warned), None)
    if isinstance(problem, PartialResults):
        done.gaps[kind] = withheld(kind, str(problem))
    elif isinstance(problem, NotFound | Gone) and is_other:
        return  # a record that was merged away has nothing of its own
    elif problem is not None:
        done.refuse(kind, str(problem))
    elif warning is not None:
        done.gaps.setdefault(kind, warned(kind, warning))


def _look_for_missing(
    db: Database, site: Site, client: FhirClient, done: Reading, kinds: Iterable[str], patients: Sequence[str]
) -> list[Key]:
    """Ask by id for what is kept of them and was not answered: it may have moved to its right patient, or be deleted.

    Gives what is to leave. What the syncs read and is hidden now (403, 404) stays until a person is asked; the paper
    says that it is not shown any more.
    """
    with db.read() as session:
        before = records.ids_of_patients(session, site.scope, site.ehr, [*dict.fromkeys(patients)])
    met = {(one.type, one.id) for one in done.entries}
    wanted = {*kinds} - done.refused
    missing = [key for key in sorted(before) if key[0] in wanted and key not in met]
    gone: list[Key] = []
    for key, answer in client.side_by_side(lambda key: _asked(client, key), missing):
        if isinstance(answer, Entry):
            done.entries.append(answer)
            done.found_for[f"{answer.type}/{answer.id}"] = before[key]
        elif isinstance(answer, Failed):
            raise answer
        elif isinstance(answer, OneRequest) and not isinstance(answer, Gone):
            if key[0] in SYNCED_TYPES:
                done.gaps.setdefault(key[0], withheld(key[0], f"{'/'.join(key)} is not shown any more"))
            if key[0] in done.gaps:
                continue
        if not isinstance(answer, Entry) or (answer.type, answer.id) != key:
            gone.append(key)
    return gone


def _asked(client: FhirClient, key: Key) -> tuple[Key, Entry | OneRequest | None]:
    """What the EHR says of one resource; None of one that never had an id to ask for."""
    if key[1].startswith(ODD):
        return key, None
    try:
        return key, client.read_entry(*key)
    except OneRequest as problem:
        return key, problem.set_aside()
