"""Charts out of what is kept of some patients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy.orm import Session

from fhir_adapters.facts import Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.domain.chart import Chart, Held
from loopclose.flows.judging.held import held_of, with_others
from loopclose.flows.site import Site
from loopclose.store import records
from loopclose.store.unread import unread
from loopclose.store.written import written_by_us

FIELDS = {
    "ServiceRequest": "service_requests",
    "Encounter": "encounters",
    "Appointment": "appointments",
    "Task": "tasks",
    "DocumentReference": "documents",
    "Communication": "communications",
    "Procedure": "procedures",
    "DiagnosticReport": "diagnostic_reports",
    "EpisodeOfCare": "episodes",
}
MOST_FACTS = 7_000
"""Some 18 MB."""


class Facts:
    """What a run read and has not judged yet, by digest, as far as there is room: it need not be decoded again."""

    def __init__(self) -> None:
        self._facts: dict[str, Resource] = {}

    def keep(self, sha256: str, fact: Resource) -> None:
        """Keep one, while there is room."""
        if len(self._facts) < MOST_FACTS:
            self._facts[sha256] = fact

    def take(self, sha256: str) -> Resource | None:
        """The fact of those bytes, once."""
        return self._facts.pop(sha256, None)


class Charts(NamedTuple):
    """The charts of some persons, and what else is known of the resources in them."""

    by_person: dict[str, Chart]
    kept_as: Mapping[str, dict[str, tuple[str, str | None]]]
    """By person and ``Type/id``: disposition and reason."""
    digests: dict[str, str]
    """By ``Type/id``."""


def charts_of(session: Session, site: Site, owners: Mapping[str, str], known: Facts) -> Charts:
    """The charts as they are kept now. ``owners``: person by ``Patient/id``; ``known``: what is decoded already."""
    found = _charts(session, site, owners, known)
    charts = found.by_person
    for one in unread(session, site.scope, site.ehr, sorted(owners)):
        chart = charts.get(owners[one.patient], Chart())
        charts[owners[one.patient]] = replace(chart, unread=one.reason, unread_since=one.since)
    return found._replace(by_person=with_others(session, site.scope, site.ehr, charts))


def _charts(session: Session, site: Site, owners: Mapping[str, str], known: Facts) -> Charts:
    rows = records.rows_of(session, site.scope, site.ehr, sorted(owners), FIELDS)
    decoded = {row.sha256: known.take(row.sha256) for row in rows}
    bodies = records.bodies(session, site.scope, [sha256 for sha256, fact in decoded.items() if fact is None])
    facts: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    held: dict[str, dict[str, Held]] = defaultdict(dict)
    kept_as: dict[str, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    digests: dict[str, str] = {}
    for row in rows:
        person, key = owners[row.patient], f"{row.type}/{row.id}"
        kept_as[person][key] = (row.disposition, row.reason)
        digests[key] = row.sha256
        fact = decoded[row.sha256] or read(row.type, bodies[row.sha256])
        if row.disposition == "quarantined" or isinstance(fact, Unreadable):
            held[person][key] = held_of(bodies[row.sha256], site.practice.zone)
        else:
            facts[person][FIELDS[row.type]].append(fact)
    ours = written_by_us(session, site.scope, site.ehr)
    charts = {
        person: Chart(
            **{name: tuple(found) for name, found in facts[person].items()},  # type: ignore[arg-type]
            quarantined=frozenset(held[person]),
            held=held[person],
            written_by_us=ours,
        )
        for person in {*facts, *held}
    }
    return Charts(charts, kept_as, digests)
