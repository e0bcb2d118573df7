"""Taking in pages: read, judge by admission, keep, count. The network is done before a transaction begins."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fhir_adapters.bundle import Entry
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import GoesOn, OneRequest
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
from fhir_adapters.facts.references import OwnServer, local_key
from loopclose.clock import Clock
from loopclose.domain.directory import Directory
from loopclose.domain.patients import shown_of
from loopclose.domain.referrals import admit_request
from loopclose.domain.visits import admit_encounter
from loopclose.flows.arrivals import PATIENT_TYPES, PEOPLE, Arrival, arrive, is_of_no_patient, names_of, newest_copies
from loopclose.flows.judging.charts import Facts
from loopclose.flows.people import people_read
from loopclose.flows.reading.people import PeopleReader
from loopclose.flows.reading.subjects import name_subjects
from loopclose.flows.reading.tally import Tally
from loopclose.flows.site import Site
from loopclose.store import intake as kept
from loopclose.store.engine import Database
from loopclose.store.persons import clinicians_ready, names_ready, one_person, touch_known, touch_ready

FOLLOWED_LATER = frozenset({"planned", "not_happened_yet"})
"""Codes of encounters of ours that are no visits yet: their patients are followed all the same."""


@dataclass
class Intake:
    """The reading of one EHR in one run."""

    db: Database
    clock: Clock
    site: Site
    client: FhirClient
    types: frozenset[str]
    """Types that are read, of those that the server has."""
    by_patient: frozenset[str] = frozenset()
    """Types that the server finds by patient."""
    tally: Tally = field(default_factory=Tally)
    followed: set[str] = field(default_factory=set)
    """Patients whose records are to be read, as far as it is known."""
    expected: dict[str, datetime] = field(default_factory=dict)
    """Patients whose turn has come today, as a roster says it; with the hour."""
    changed: set[str] = field(default_factory=set)
    """Patients of whom something was read in this run that is not as it was before; none in a first run, in which
    everybody is read whole."""
    people_changed: bool = False
    """Whether somebody was met in this run who was not known so before: what is open may hang on it."""
    first: bool = False
    """Whether nothing was kept of this EHR before: only what was met in this run need be looked up."""
    incomplete: list[OneRequest | GoesOn] = field(default_factory=list)
    """What of the EHR was not read in this run and concerns no one patient: everybody is judged, and no mark moves."""

    facts: Facts = field(default_factory=Facts)
    """What was decoded and is not judged yet."""

    def __post_init__(self) -> None:
        self._own = OwnServer(self.client.base_url, self.site.settings.also_known_as)
        self.people = PeopleReader(self.client, self.arrive, self.keep, self.types, incomplete=self.incomplete)
        self._subjects: dict[str, str | None] = {}

    def limit_to(self, types: frozenset[str], by_patient: frozenset[str]) -> None:
        """Read those types, and the latter of them by patient."""
        self.types = self.people.types = types
        self.by_patient = by_patient

    def directory(self) -> Directory:
        """Everybody known so far."""
        return self.people.known.directory()

    def load_people(self) -> None:
        """Know everybody who is kept: whom earlier runs read, and other processes."""
        with self.db.read() as session:
            self.people.known = people_read(session, self.site)

    def take(self, entries: Iterable[Entry], found_for: Mapping[str, str] | None = None) -> list[Arrival]:
        """Keep some entries, after the people they name; gives them back as they were read.

        ``found_for``: by ``Type/id``, the patient by whom the EHR found what it does not say itself.
        """
        arrivals = self.arrive(entries)
        named = {entry.type + entry.id: entry for entry in name_subjects(self.client, arrivals, self._subjects)}
        if named:
            arrivals = [
                arrive(named[one.type + one.id], self._own) if one.type + one.id in named else one for one in arrivals
            ]
        if found_for:
            arrivals = [one.found_for(found_for.get(one.key)) for one in arrivals]
        self.people.fetch(names_of(arrivals))
        self.keep(arrivals)
        return arrivals

    def arrive(self, entries: Iterable[Entry]) -> list[Arrival]:
        """Read some entries, and note that they were met: from here on each must become something."""
        arrivals = [arrive(entry, self._own) for entry in entries]
        for arrival in arrivals:
            self.tally.meet(arrival.type, arrival.id)
        return arrivals

    def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Write what is new or changed in one transaction, and note what became of each."""
        wanted = newest_copies(arrival for arrival in arrivals if arrival.type in self.types)
        for arrival in arrivals:
            if arrival.type not in self.types:
                self.tally.count(arrival.type, arrival.id, "ignored", "not_asked_for")
        kept_before = [one for one in wanted if not self.first or self.tally.is_counted(one.type, one.id)]
        before = self.known(kept_before) if kept_before else {}
        directory = self.directory()
        rows: list[kept.Kept] = []
        facts: list[Resource | Unreadable] = []
        replaced: list[kept.Known] = []
        for arrival in wanted:
            was = before.get((arrival.type, arrival.id))
            if was is not None and was.sha256 == arrival.sha256 and _as_before(arrival, was):
                self.tally.count(arrival.type, arrival.id, "unchanged", None)
                self._follow(arrival, was.disposition, was.reason)
                continue
            disposition, reason, detail = self._dispose(arrival.fact, directory)
            same = was is not None and was.sha256 == arrival.sha256
            self.tally.count(arrival.type, arrival.id, "unchanged" if same else disposition, reason)
            self._follow(arrival, disposition, reason)
            self.people_changed = self.people_changed or (not same and arrival.type in PEOPLE)
            if not self.first and arrival.patient is not None and arrival.type in PATIENT_TYPES:
                self.changed.add(arrival.patient)
            if arrival.patient in self.followed and not isinstance(arrival.fact, Unreadable):
                self.facts.keep(arrival.sha256, arrival.fact)
            facts.append(arrival.fact)
            if was is not None:
                replaced.append(was)
            rows.append(_kept(arrival, disposition, reason, detail))
        if rows:
            self._write(rows, replaced, facts)

    def _write(
        self, rows: Sequence[kept.Kept], replaced: Sequence[kept.Known], facts: Sequence[Resource | Unreadable]
    ) -> None:
        people = [fact for fact in facts if isinstance(fact, (Practitioner, Organization))]
        patients = [fact for fact in facts if isinstance(fact, Patient)]
        shown = {fact.key: shown_of(fact) for fact in patients}
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
        gc.collect(0)  # statements that name many ids are circles, and would add up

    def _linked(self, patient: Patient) -> list[str]:
        others = (local_key(link.other) for link in patient.link)
        return [patient.key, *(key for key in others if key and key.startswith("Patient/"))]

    def _names(self, people: Iterable[Practitioner | Organization]) -> list[dict[str, Any]]:
        """Clinicians and organizations as the screens show them."""
        directory = self.directory()
        found = [(fact.key, directory.person(Reference(reference=fact.key))) for fact in people]
        return [
            {"key": key, "name": who.name, "npi": who.npi, "ours": directory.is_ours(who, self.site.practice)}
            for key, who in found
        ]

    def known(self, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], kept.Known]:
        """By (type, id): what is kept of some arrivals from earlier."""
        found: dict[tuple[str, str], kept.Known] = {}
        with self.db.read() as session:
            for kind in {one.type for one in arrivals}:
                ids = [one.id for one in arrivals if one.type == kind]
                known = kept.known(session, self.site.scope, self.site.ehr, kind, ids)
                found.update({(kind, fhir_id): one for fhir_id, one in known.items()})
        return found

    def _dispose(self, fact: Resource | Unreadable, directory: Directory) -> tuple[str, str | None, str | None]:
        """(disposition, reason, detail) of a new resource: whom to follow must be known before anybody is judged.

        Judging asks the same rules with everybody known and the whole chart at hand, and has the last word.
        """
        if isinstance(fact, Unreadable):
            return "quarantined", fact.code, fact.sentence
        if is_of_no_patient(fact):
            return "ignored", "no_patient", None
        practice, code_map = self.site.practice, self.site.rules.code_map
        if isinstance(fact, ServiceRequest):
            verdict = admit_request(fact, practice, directory, code_map)
        elif isinstance(fact, Encounter):
            verdict = admit_encounter(fact, practice, directory, code_map, self.clock())
        else:
            return "admitted", None, None
        return *verdict.kept_as, verdict.because

    def _follow(self, arrival: Arrival, disposition: str, reason: str | None) -> None:
        """Whoever holds a referral or a visit is read whole; so is whoever may hold one that cannot be read."""
        if disposition == "ignored" and reason not in FOLLOWED_LATER:
            return
        self.people.note_interest(arrival.fact)
        if arrival.patient is not None and arrival.type in ("ServiceRequest", "Encounter"):
            self.followed.add(arrival.patient)


def _as_before(arrival: Arrival, was: kept.Known) -> bool:
    """Whether the same bytes still mean the same: what could not be read, or had nobody, may have been mended."""
    readable = was.disposition != "quarantined" or isinstance(arrival.fact, Unreadable)
    return readable and arrival.patient in (None, was.patient)


def _kept(arrival: Arrival, disposition: str, reason: str | None, detail: str | None) -> kept.Kept:
    digest, stamp = arrival.sha256, arrival.last_updated
    return kept.Kept(arrival.type, arrival.id, digest, arrival.raw, stamp, disposition, reason, detail, arrival.patient)


def _matters(one: kept.Kept | kept.Known) -> bool:
    """Whether its patient is to be judged for it: most orders of a hospital are none of ours, and some types
    are read for drafts alone."""
    return one.type in ("Patient", *PATIENT_TYPES) and (one.disposition != "ignored" or one.reason in FOLLOWED_LATER)
