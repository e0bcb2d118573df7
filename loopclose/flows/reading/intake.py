"""Taking in pages: read, judge by admission, keep, count. The network is done before a transaction begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from fhir_adapters.bundle import Entry, Search
from fhir_adapters.client import FhirClient
from fhir_adapters.facts import (
    Encounter,
    Organization,
    Patient,
    Practitioner,
    Reference,
    Resource,
    ServiceRequest,
)
from fhir_adapters.facts.reading import Unreadable
from fhir_adapters.facts.references import local_key
from loopclose.clock import Clock
from loopclose.domain.directory import Directory
from loopclose.domain.referrals import admit_request
from loopclose.domain.visits import admit_encounter
from loopclose.flows.people import PeopleRead, people_read
from loopclose.flows.reading.arrivals import PATIENT_TYPES, PEOPLE, Arrival, arrive, names_of, patient_names
from loopclose.flows.reading.tally import Tally
from loopclose.flows.site import Site
from loopclose.store import intake as kept
from loopclose.store.base import chunks
from loopclose.store.engine import Database
from loopclose.store.persons import clinicians_ready, names_ready, one_person, touch_known, touch_ready

FOLLOWED_LATER = frozenset({"planned", "not_happened_yet"})
"""Codes of encounters of ours that are no visits yet: their patients are followed all the same."""
BATCH = 50
"""Ids in one search by ``_id``."""


@dataclass
class Intake:
    """The reading of one EHR in one run."""

    db: Database
    clock: Clock
    site: Site
    client: FhirClient
    types: frozenset[str]
    """Types that the server has."""
    by_patient: frozenset[str] = frozenset()
    """Types that the server finds by patient."""
    people: PeopleRead = field(default_factory=PeopleRead)
    asked: set[str] = field(default_factory=set)
    """People that were asked for in this run, found or not."""
    tally: Tally = field(default_factory=Tally)
    followed: set[str] = field(default_factory=set)
    """Patients whose records are to be read, as far as it is known."""

    @property
    def base_url(self) -> str:
        """The server's base address."""
        return self.client.base_url

    def directory(self) -> Directory:
        """Everybody known so far."""
        return self.people.directory(self.base_url)

    def load_people(self) -> None:
        """Know everybody who is kept: whom earlier runs read, and other processes."""
        with self.db.read() as session:
            self.people = people_read(session, self.site)

    def take(self, entries: Iterable[Entry]) -> None:
        """Keep some entries, after the people they name."""
        arrivals = [arrive(entry, self.base_url) for entry in entries]
        self.fetch_people(names_of(arrivals, self.base_url))
        self.keep(arrivals)

    def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Write what is new or changed in one transaction, and note what became of each."""
        before = self._known(arrivals)
        directory = self.directory()
        rows: list[kept.Kept] = []
        facts: list[Resource | Unreadable] = []
        replaced: list[kept.Known] = []
        for arrival in arrivals:
            kind, fhir_id, fact = arrival.type, arrival.id, arrival.fact
            was = before.get((kind, fhir_id))
            if was is not None and was.sha256 == arrival.sha256:
                self.tally.count(kind, fhir_id, "unchanged", None)
                if was.disposition == "admitted" or was.reason in FOLLOWED_LATER:
                    self._follow(arrival)
                continue
            disposition, reason, detail = self._dispose(fact, directory)
            self.tally.count(kind, fhir_id, disposition, reason)
            if disposition == "admitted" or reason in FOLLOWED_LATER:
                self._follow(arrival)
            facts.append(fact)
            if was is not None:
                replaced.append(was)
            digest, stamp = arrival.sha256, arrival.last_updated
            rows.append(
                kept.Kept(kind, fhir_id, digest, arrival.raw, stamp, disposition, reason, detail, arrival.patient)
            )
        if rows:
            self._write(rows, replaced, facts)

    def fetch_people(self, keys: Iterable[str]) -> None:
        """Read people by id, once a run each; a role brings its practitioner and organization along."""
        wanted = {key for key in keys if key not in self.asked}
        while wanted:
            self.asked |= wanted
            arrivals: list[Arrival] = []
            for kind in PEOPLE:
                if kind in self.types:
                    ids = sorted(key.split("/", 1)[1] for key in wanted if key.startswith(f"{kind}/"))
                    arrivals += [arrive(entry, self.base_url) for entry in by_ids(self.client, kind, ids)]
            for arrival in arrivals:
                self.people.remember(arrival.fact)
            self.keep(arrivals)
            roles = [one for one in arrivals if one.type == "PractitionerRole"]
            wanted = {key for key in names_of(roles, self.base_url) if key not in self.asked}

    def _write(
        self, rows: Sequence[kept.Kept], replaced: Sequence[kept.Known], facts: Sequence[Resource | Unreadable]
    ) -> None:
        people = [fact for fact in facts if isinstance(fact, (Practitioner, Organization))]
        patients = [fact for fact in facts if isinstance(fact, Patient)]
        shown = {fact.key: patient_names(fact) for fact in patients}
        # who held it before is judged too: a record that moved leaves two patients touched
        both: list[kept.Kept | kept.Known] = [*rows, *replaced]
        touched = {one.patient for one in both if one.patient and _matters(one)}
        named = {row.patient for row in rows if row.patient and row.type in PATIENT_TYPES}
        linked = [self._linked(fact) for fact in patients if fact.link]
        self.followed.update(key for keys in linked for key in keys)
        scope, ehr, dialect = self.site.scope, self.site.ehr, self.db.dialect
        statements = [
            *kept.kept_ready(dialect, scope, ehr, rows, self.clock()),
            touch_ready(dialect, scope, ehr, touched - shown.keys()),
            names_ready(dialect, scope, ehr, shown),
            clinicians_ready(dialect, scope, ehr, self._names(people)),
        ]
        given_up = {was.sha256 for was in replaced if was.sha256} - {row.sha256 for row in rows}

        def write(session: Session) -> None:
            for statement in statements:
                statement.execute(session)
            kept.drop_uncited(session, scope, given_up)
            touch_known(session, scope, ehr, named - touched)
            for keys in linked:
                one_person(session, scope, ehr, keys)

        self.db.in_write(write)

    def _linked(self, patient: Patient) -> list[str]:
        others = (local_key(link.other, self.base_url) for link in patient.link)
        return [patient.key, *(key for key in others if key and key.startswith("Patient/"))]

    def _names(self, people: Iterable[Practitioner | Organization]) -> list[dict[str, Any]]:
        """Clinicians and organizations as the screens show them."""
        directory = self.directory()
        found = [(fact.key, directory.person(Reference(reference=fact.key))) for fact in people]
        return [
            {"key": key, "name": who.name, "npi": who.npi, "ours": directory.is_ours(who, self.site.practice)}
            for key, who in found
        ]

    def _known(self, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], kept.Known]:
        found: dict[tuple[str, str], kept.Known] = {}
        with self.db.read() as session:
            for kind in {one.type for one in arrivals}:
                ids = [one.id for one in arrivals if one.type == kind]
                known = kept.known(session, self.site.scope, self.site.ehr, kind, ids)
                found.update({(kind, fhir_id): one for fhir_id, one in known.items()})
        return found

    def _dispose(self, fact: Resource | Unreadable, directory: Directory) -> tuple[str, str | None, str | None]:
        """(disposition, reason, detail) of a new resource."""
        if isinstance(fact, Unreadable):
            return "quarantined", fact.code, fact.sentence
        practice, code_map = self.site.practice, self.site.rules.code_map
        if isinstance(fact, ServiceRequest):
            verdict = admit_request(fact, practice, directory, code_map)
        elif isinstance(fact, Encounter):
            verdict = admit_encounter(fact, practice, directory, code_map, self.clock())
        else:
            return "admitted", None, None
        if verdict.disposition == "ignored":
            return "ignored", verdict.code, verdict.because
        return "admitted", None if verdict.disposition == "admitted" else "undecided", verdict.because

    def _follow(self, arrival: Arrival) -> None:
        if arrival.patient is not None and arrival.type in ("ServiceRequest", "Encounter"):
            self.followed.add(arrival.patient)


def _matters(one: kept.Kept | kept.Known) -> bool:
    """Whether its patient is to be judged for it: most orders of a hospital are none of ours, and some types
    are read for drafts alone."""
    return one.type in ("Patient", *PATIENT_TYPES) and (one.disposition != "ignored" or one.reason in FOLLOWED_LATER)


def by_ids(client: FhirClient, kind: str, ids: Sequence[str]) -> list[Entry]:
    """The resources of that type with those ids, as far as the server has them."""
    searches = [Search(kind, (("_id", ",".join(batch)),)) for batch in chunks(ids, BATCH)]
    return [entry for _, pages in client.search_many(searches) for page in pages for entry in page.entries]
