"""Taking the files of an export into the store: resources, what the EHR says went wrong, and what it deleted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fhir_adapters.ahead import ahead
from fhir_adapters.bulk.files import Files
from fhir_adapters.bulk.places import Places
from fhir_adapters.bulk.problems import Closed, Expired, Fewer
from fhir_adapters.bulk.status import Manifest, Wait
from fhir_adapters.bundle import Entry
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import Failed, OneRequest
from fhir_adapters.outcome import Outcome, read_outcome
from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.worklist import AT_ONCE, Progress
from loopclose.store.base import chunks
from loopclose.store.intake import known
from loopclose.store.persons import touch

TRIES = 3
"""How often a file is begun that does not come whole."""
SAID_AT_MOST = 5
"""Sentences of the EHR on what went wrong that are passed on: there may be one for each patient."""
_WORDS = re.compile(r"[A-Z][A-Za-z]{2,38}")


@dataclass
class ExportFiles:
    """The files of one export in one run."""

    intake: Intake
    capabilities: Capabilities
    types: Sequence[str]
    progress: Progress
    places: Places = field(default_factory=lambda: Places(""))
    problems: dict[str, None] = field(default_factory=dict)
    """Why it is not whole, in sentences."""
    said: dict[str, None] = field(default_factory=dict)
    taken: int = 0

    def of_interest(self, manifest: Manifest) -> list[str]:
        """The names of the files to take."""
        return [name for name, one in manifest.names().items() if one in manifest.files and one.type in self.types]

    def take(self, manifest: Manifest, name: str, ask: Callable[[], Manifest | Wait]) -> Manifest:
        """Take one file. Where its address has run out, it is looked for in the manifest as it is now, which is given
        back. Raises ``Expired`` and whatever else keeps it from being read whole.
        """
        try:
            self._tried(manifest, name)
            return manifest
        except (Expired, Closed):
            newer = ask()
            if not isinstance(newer, Manifest) or name not in newer.names():
                raise
        self._tried(newer, name)
        return newer

    def take_beside(self, manifest: Manifest) -> None:
        """Read what the EHR says went wrong, and have looked at whatever it says it deleted."""
        reading = self._reading(manifest)
        for file in manifest.errors:
            for outcome in reading.outcomes(file):
                self._say(outcome)
        keys = {key for file in manifest.deleted for key in reading.deletions(file)}
        for batch in chunks(sorted(keys)):
            self._look_at(batch)

    def _reading(self, manifest: Manifest) -> Files:
        return Files(self.intake.client.wire, self.places, manifest.needs_token, self._note)

    def _tried(self, manifest: Manifest, name: str) -> None:
        file, before = manifest.names()[name], None
        for left in range(TRIES - 1, -1, -1):
            try:
                for batch in ahead(chunks(self._reading(manifest).entries(file), AT_ONCE), 1):
                    self._keep(batch, file.type)
                return
            except Expired:
                raise
            except Fewer as problem:
                if before == problem.read:
                    self.intake.client.warn(f"{problem} Two readings agreed, and were believed.")
                    return
                before = problem.read
                if not left:
                    raise
            except Failed:
                if not left:
                    raise
            self.intake.client.wire.pause(2.0 ** (TRIES - left))

    def _keep(self, entries: list[Entry], kind: str) -> None:
        for one in entries:
            if one.type == "OperationOutcome":
                self._say(read_outcome(one.raw))
        self.intake.take(one for one in entries if one.type != "OperationOutcome")
        self.taken += len(entries)
        self.progress(f"bulk: {kind}", self.taken, None)

    def _look_at(self, keys: Sequence[str]) -> None:
        """Whoever holds something of these is read by patient in this run: what does not come is asked for by id."""
        scope, ehr = self.intake.site.scope, self.intake.site.ehr
        by_type: dict[str, list[str]] = defaultdict(list)
        for kind, _, fhir_id in (key.partition("/") for key in keys):
            if kind in PATIENT_TYPES or kind == "Patient":
                by_type[kind].append(fhir_id)
        patients: set[str] = set()
        with self.intake.db.read() as session:
            for kind, ids in by_type.items():
                found = known(session, scope, ehr, kind, ids).values()
                patients |= {one.patient for one in found if one.patient and one.disposition != "gone"}
        if patients:
            with self.intake.db.write() as session:
                touch(session, scope, ehr, patients)  # read even if this run is killed now

    def _say(self, outcome: Outcome) -> None:
        words = outcome.words or "it does not say what"
        sentence = f"Its export went wrong in part: {words}"
        if outcome.partial and self._concerns_us(outcome.words):
            self.problems.setdefault(f"The EHR says that its export is not whole. It says: {words}")
        if sentence not in self.said and len(self.said) < SAID_AT_MOST:
            self.said.setdefault(sentence)
            self.intake.client.warn(sentence)

    def _concerns_us(self, words: str) -> bool:
        """Unless it names types, and none of those that are taken: who may send no ``_type`` is told of every type that
        our access does not reach."""
        named = {*_WORDS.findall(words)} & {*self.capabilities.types, *SPOKEN_OF}
        return not named or bool(named & {*self.types})

    def _note(self, problem: OneRequest) -> None:
        self.problems.setdefault(str(problem))


SPOKEN_OF = frozenset(
    {"AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Coverage", "Device", "Goal", "Immunization"}
    | {"Location", "Media", "Medication", "MedicationDispense", "MedicationRequest", "Observation", "Provenance"}
    | {"RelatedPerson", "Specimen"}
)
"""Types of certified exports beside those that a statement lists (US Core 6.1.0)."""
