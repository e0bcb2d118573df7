"""Reading the people and organizations that records name: by id, and their roles by practitioner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fhir_adapters.bundle import Entry, Found, Search
from fhir_adapters.by_id import BATCH, by_ids, is_absent
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import GoesOn, NotSupported, OneRequest, TemporaryError
from fhir_adapters.facts import Appointment, PractitionerRole, Resource, ServiceRequest
from fhir_adapters.facts.reading import Unreadable
from fhir_adapters.facts.references import local_key
from fhir_adapters.pace import because
from loopclose.domain.npi import NPI_SYSTEM
from loopclose.flows.arrivals import PEOPLE, Arrival, names_of
from loopclose.flows.people import PeopleRead
from loopclose.store.base import chunks

PROBES = 3
"""Practitioners whose roles are asked for one by one before it is believed that the others have none."""
SEARCHES = 10
"""For roles, side by side: so many are kept before the next are asked for."""
ROLES_UNKNOWN = "PractitionerRole is not found by practitioner: who works with whom is known only where records say so."


@dataclass
class PeopleReader:
    """Everybody that one run meets; each is asked for once a run."""

    client: FhirClient
    arrive: Callable[[Iterable[Entry]], list[Arrival]]
    keep: Callable[[Sequence[Arrival]], None]
    types: frozenset[str] = frozenset()
    """Types that the server has."""
    known: PeopleRead = field(default_factory=PeopleRead)
    asked: set[str] = field(default_factory=set)
    """People that were asked for in this run, found or not."""
    of_interest: set[str] = field(default_factory=set)
    """Practitioners whose roles matter: our clinicians, referrers, whoever a patient has an appointment with."""
    roles_known: set[str] = field(default_factory=set)
    """Practitioners whose roles are not asked for in this run."""
    incomplete: list[OneRequest | GoesOn] = field(default_factory=list)
    """What failed and may be better next time."""

    def trust_known(self) -> None:
        """Do not ask again in this run for whoever is known, nor for the roles of those who have some."""
        known = self.known
        self.asked |= {*known.practitioners, *known.roles, *known.organizations}
        named = (local_key(role.practitioner) for role in known.roles.values())
        self.roles_known |= {key for key in named if key is not None}

    def fetch(self, keys: Iterable[str]) -> None:
        """Read people by id; a role brings its practitioner and organization along."""
        with because("people"):
            self._fetch({key for key in keys if key not in self.asked})

    def _fetch(self, wanted: set[str]) -> None:
        while wanted:
            self.asked |= wanted
            entries: list[Entry] = []
            for kind in PEOPLE:
                ids = sorted(key.split("/", 1)[1] for key in wanted if key.startswith(f"{kind}/"))
                if ids and kind in self.types:
                    entries += self._by_ids(kind, ids)
            wanted = self._take(entries)

    def find(self, npis: Iterable[str]) -> None:
        """Look up whoever has one of some NPIs and is not known yet, where the server finds them so."""
        known = self.known.directory()
        entries, problems = with_npis(self.client, [npi for npi in npis if not known.with_npi(npi)])
        for problem in problems:
            self._note("Practitioner", problem)
        self.fetch(self._take(entries))

    def fetch_roles(self) -> None:
        """Read the roles of everybody of interest, many at a time, where the server finds them so."""
        self.of_interest -= self.roles_known
        if "PractitionerRole" not in self.types or not self.of_interest:
            return
        if not self.client.capabilities().finds_by("PractitionerRole", "practitioner"):
            self.client.warn(ROLES_UNKNOWN)
            return
        with because("people"):
            self._fetch_roles()

    def _fetch_roles(self) -> None:
        alone: list[str] = []
        for batches in chunks(list(chunks(sorted(self.of_interest), BATCH)), SEARCHES):
            entries: list[Entry] = []
            for batch, found in self._roles_of(batches):
                named = [key for key in batch if any(_names_one(entry, [key]) for entry in found.entries)]
                entries += [entry for entry in found.entries if _names_one(entry, batch)]
                few = not found.problem and len(named) <= 1
                if len(batch) > 1 and (isinstance(found.problem, NotSupported) or few):
                    alone += [key for key in batch if key not in named]
                elif found.problem is not None:
                    self._note("PractitionerRole", found.problem)
            self.fetch(self._take(entries))
        self.of_interest.clear()
        self.fetch(self._take(self._roles_alone(alone)))

    def _roles_of(self, batches: list[list[str]]) -> Iterator[tuple[list[str], Found]]:
        searches = [Search("PractitionerRole", (("practitioner", ",".join(batch)),)) for batch in batches]
        yield from zip(batches, self.client.search_many(searches), strict=True)

    def _roles_alone(self, practitioners: list[str]) -> Iterator[Entry]:
        """The roles of some, each asked for by itself: some servers do not understand several in one search. Where
        the first few have none either, it was not that."""
        for few in (practitioners[:PROBES], practitioners[PROBES:]):
            having = 0
            for batch, found in self._roles_of([[key] for key in few]):
                if found.problem is not None:
                    self._note("PractitionerRole", found.problem)
                roles = [entry for entry in found.entries if _names_one(entry, batch)]
                having += bool(roles)
                yield from roles
            if not having:
                return

    def note_interest(self, fact: Resource | Unreadable) -> None:
        """Remember whose roles matter for a referral or an appointment."""
        if isinstance(fact, ServiceRequest):
            references = [fact.requester]
        elif isinstance(fact, Appointment):
            references = [one.actor for one in fact.participant]
        else:
            return
        keys = (local_key(reference) for reference in references)
        self.of_interest.update(key for key in keys if key and key.startswith("Practitioner/"))

    def _take(self, entries: Iterable[Entry]) -> set[str]:
        """Keep and know them; gives back whom the roles among them name and nobody asked for yet."""
        arrivals = self.arrive(entries)
        for arrival in arrivals:
            self.known.remember(arrival.fact)
            self.asked.add(arrival.key)
        self.keep(arrivals)
        roles = [one for one in arrivals if isinstance(one.fact, PractitionerRole)]
        return {key for key in names_of(roles) if key not in self.asked}

    def _by_ids(self, kind: str, ids: Sequence[str]) -> list[Entry]:
        found = by_ids(self.client, kind, ids)
        for problem in found.problems.values():
            if not is_absent(problem):
                self._note(kind, problem)
        return found.entries

    def _note(self, kind: str, problem: OneRequest) -> None:
        """Some people are not known for it: who may not be read is said, what failed makes the run incomplete."""
        if isinstance(problem, TemporaryError):
            self.incomplete.append(problem)
        self.client.warn(f"Not every {kind} could be read. {problem}")


def with_npis(client: FhirClient, npis: Iterable[str]) -> tuple[list[Entry], list[OneRequest]]:
    """The practitioners who have one of some NPIs, nobody else, and what kept some from being found; nothing is asked
    where the server finds nobody so.
    """
    if not client.capabilities().finds_by("Practitioner", "identifier"):
        return [], []
    wanted = sorted(npis)
    tokens = (",".join(f"{NPI_SYSTEM}|{npi}" for npi in some) for some in chunks(wanted, BATCH))
    answers = [*client.search_many(Search("Practitioner", (("identifier", token),)) for token in tokens)]
    entries = [one for found in answers for one in found.entries if any(npi.encode() in one.raw for npi in wanted)]
    return entries, [found.problem for found in answers if found.problem is not None]


def _names_one(entry: Entry, practitioners: Sequence[str]) -> bool:
    """Whether a role is of somebody who was asked for: some servers ignore what they do not know."""
    return any(key.partition("/")[2].encode() in entry.raw for key in practitioners)
