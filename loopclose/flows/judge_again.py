"""Judging one person again after somebody decided something: no network, only what was read before."""

from __future__ import annotations

from loopclose.clock import Clock
from loopclose.flows.site import Site
from loopclose.flows.sync.judging import judge_persons
from loopclose.flows.sync.people_read import people_read
from loopclose.store.engine import Database


def judge_person(db: Database, clock: Clock, site: Site, person: str) -> None:
    """Judge one person as the chart and people's words stand now."""
    with db.read() as session:
        people = people_read(session, site)
    judge_persons(db, clock, site, people.directory(site.settings.base_url), [person])
