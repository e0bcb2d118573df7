"""Judging one person again after somebody decided something: no network, only what was read before."""

from __future__ import annotations

from fhir_adapters.facts import Organization, Practitioner, PractitionerRole
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.clock import Clock
from loopclose.domain.directory import Directory
from loopclose.flows.site import Site
from loopclose.flows.sync.arrivals import PEOPLE
from loopclose.flows.sync.judging import judge_persons
from loopclose.store import records
from loopclose.store.engine import Database


def judge_person(db: Database, clock: Clock, site: Site, person: str) -> None:
    """Judge one person as the chart and people's words stand now."""
    judge_persons(db, clock, site, stored_directory(db, site), [person])


def stored_directory(db: Database, site: Site) -> Directory:
    """Everybody that was read from the site's EHR."""
    practitioners: dict[str, Practitioner] = {}
    roles: dict[str, PractitionerRole] = {}
    organizations: dict[str, Organization] = {}
    with db.read() as session:
        for kind, _, raw in records.read_types(session, site.scope, site.ehr, PEOPLE):
            fact = read(kind, raw)
            if isinstance(fact, Unreadable):
                continue
            if isinstance(fact, Practitioner):
                practitioners[fact.key] = fact
            elif isinstance(fact, PractitionerRole):
                roles[fact.key] = fact
            elif isinstance(fact, Organization):
                organizations[fact.key] = fact
    return Directory(practitioners, roles, organizations, site.settings.base_url)
