"""Reading what changed: by type, of everybody at once, where the EHR gives it so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from fhir_adapters.bundle import Entry
from fhir_adapters.errors import IgnoredFilter, OneRequest, PartialResults, Refused
from fhir_adapters.pace import because
from loopclose.flows.arrivals import names_of
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.sources import FINDS, OVERLAP
from loopclose.flows.reading.ways import Ways, keep
from loopclose.flows.reading.worklist import newest_of
from loopclose.store import runs
from loopclose.store.followed import read_before

CHANGES = "changes"
"""The scope of their marks."""
Marks = dict[tuple[str, str], datetime]


def read_changes(intake: Intake, ways: Ways, sources: Mapping[str, str]) -> tuple[Marks, Ways]:
    """Take in what changed since the mark of each type, of those who are followed; gives the marks to move, and the
    ways that are left: a type that the EHR will not give like this any more is asked for in another.

    A type without a mark is left alone: the pass that is under way reads everything of it. What the worklist reads by
    what changed is not read again.
    """
    marks: Marks = {}
    for kind in sorted(ways.by_type - _read_already(sources)):
        with intake.db.read() as session:
            mark = runs.watermark(session, intake.site.scope, intake.site.ehr, kind, CHANGES)
        if mark is None:
            continue
        try:
            with because("changes"):
                marks[kind, CHANGES] = _read(intake, kind, mark)
        except (Refused, IgnoredFilter) as problem:
            intake.client.warn(f"What changed of {kind} is not given by type any more. {problem}")
            keep(intake, ways := replace(ways, by_type=ways.by_type - {kind}))
        except OneRequest as problem:
            intake.incomplete.append(problem.set_aside())
    return marks, ways


def first_marks(intake: Intake, ways: Ways, up_to: datetime) -> Marks:
    """The marks of types that have none, once everybody was read whole since that time of the EHR's."""
    with intake.db.read() as session:
        scope, ehr = intake.site.scope, intake.site.ehr
        return {
            (kind, CHANGES): up_to
            for kind in sorted(ways.by_type)
            if runs.watermark(session, scope, ehr, kind, CHANGES) is None
        }


def _read_already(sources: Mapping[str, str]) -> frozenset[str]:
    """Types of which the worklist reads every change; a search by clinician leaves some out."""
    return frozenset(FINDS[source] for source in ("orders", "encounters") if sources.get(source) in ("whole", "dated"))


def _read(intake: Intake, kind: str, mark: datetime) -> datetime:
    """Take in what changed of one type since its mark; gives the EHR's time up to which it was read."""
    since, newest = (mark - OVERLAP).isoformat().replace("+00:00", "Z"), mark
    for page in intake.client.search(kind, (("_lastUpdated", f"ge{since}"),)):
        take_followed(intake, (*page.entries, *page.odd))
        if page.partial:
            intake.incomplete.append(PartialResults(page.partial))
        if page.withheld:
            intake.client.warn(page.withheld)
        newest = max(newest, newest_of(page, intake.clock()))
    return newest


def take_followed(intake: Intake, entries: Iterable[Entry]) -> None:
    """Keep those that are of a patient who was read before, or that were kept before; the others are somebody's whom
    nobody referred to us, and are counted.
    """
    arrivals = intake.arrive(entries)
    before = intake.known(arrivals)
    with intake.db.read() as session:
        named = {one.patient for one in arrivals if one.patient is not None}
        followed = read_before(session, intake.site.scope, intake.site.ehr, named)
    wanted = []
    for one in arrivals:
        if one.patient in followed or one.patient in intake.followed or (one.type, one.id) in before:
            wanted.append(one)
        else:
            intake.tally.count(one.type, one.id, "ignored", "not_followed")
    intake.people.fetch(names_of(wanted))
    intake.keep(wanted)
