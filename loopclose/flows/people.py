"""The people and organizations that were read from an EHR, out of the bytes kept."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fhir_adapters.facts import Organization, Practitioner, PractitionerRole, Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.domain.directory import Directory
from loopclose.flows.arrivals import PEOPLE
from loopclose.flows.site import Site
from loopclose.store import records


class PeopleRead:
    """Facts of people by ``Type/id``, as a run meets them."""

    def __init__(self) -> None:
        self.practitioners: dict[str, Practitioner] = {}
        self.roles: dict[str, PractitionerRole] = {}
        self.organizations: dict[str, Organization] = {}
        self.version = 0
        """Another number whenever somebody was met."""

    def remember(self, fact: Resource | Unreadable) -> None:
        """Keep a fact, if it is of a person or an organization."""
        self.version += 1
        if isinstance(fact, Practitioner):
            self.practitioners[fact.key] = fact
        elif isinstance(fact, PractitionerRole):
            self.roles[fact.key] = fact
        elif isinstance(fact, Organization):
            self.organizations[fact.key] = fact

    def directory(self) -> Directory:
        """Everybody known so far."""
        return Directory(self.practitioners, self.roles, self.organizations)


def people_read(session: Session, site: Site) -> PeopleRead:
    """Everybody that was read from the site's EHR before."""
    people = PeopleRead()
    for kind, _, raw in records.read_types(session, site.scope, site.ehr, PEOPLE):
        people.remember(read(kind, raw))
    return people
