"""Reading the worklist: the searches by which an EHR's referrals and visits are found, each read by one process."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fhir_adapters.bundle import Entry, Page, Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import Failed, FinalError, OneRequest, PartialResults, Refused
from fhir_adapters.facts.elements import Meta
from fhir_adapters.failures import NO_DATE
from fhir_adapters.pace import because
from fhir_adapters.worklist.roster import Listed, roster
from loopclose.errors import ConfigError
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.sources import (
    FINDS,
    FORMS,
    Asked,
    as_kept,
    choose,
    kept_of,
    lost,
    our_practitioners,
    searches_of,
    try_sources,
)
from loopclose.flows.site import Site
from loopclose.store import runs

Progress = Callable[[str, int, int | None], None]
"""Told of (stage, done, total if known)."""
AHEAD = timedelta(minutes=15)
"""How far a server's clock may be ahead of ours."""
AT_ONCE = 1000
"""Resources of the worklist kept in one transaction: each one writes the pages of many indexes anew."""


@dataclass(frozen=True)
class Listing:
    """One search of one worklist source."""

    source: str
    search: Search


def sources_of(intake: Intake, capabilities: Capabilities) -> dict[str, str]:
    """The sources by which this EHR is read, each with the form in which it is asked: those that are configured, else
    those that were found by trial.

    Raises ``FhirError`` where there is none.
    """
    site = intake.site
    if "schedule" in site.settings.sources:
        intake.people.find(site.practice.npis)
    if site.settings.sources:
        return {source: FORMS.get(source, ("",))[0] for source in site.settings.sources}
    with intake.db.read() as session:
        row = runs.ehr_row(session, site.scope, site.ehr)
    before, fresh = kept_of(site, row.worklist if row else None, intake.clock())
    if fresh:
        return before
    intake.people.find(site.practice.npis)
    asked = _asked(intake, capabilities)
    with because("trials"):
        tried = try_sources(intake.client, asked)
    if lost(before, tried):
        return before
    try:
        found = choose(tried, site.settings)
    except FinalError as problem:
        if not site.settings.takes_events:
            raise
        intake.incomplete.append(Refused(f"What no event tells of is not found. {problem}"))
        return {}
    failed = [one.problem for one in tried if isinstance(one.problem, Failed)]
    if failed:
        intake.incomplete += failed  # it may well be a source: what the others find is read, and no mark moves
        return found
    with intake.db.write() as session:
        runs.note_worklist(session, site.scope, site.ehr, as_kept(asked, found, tried))
    return found


def searches(
    intake: Intake, capabilities: Capabilities, sources: Mapping[str, str], *, anew: bool = False
) -> Iterator[Listing]:
    """What to ask: since the mark of each source; everything where there is none, or ``anew``."""
    site, asked = intake.site, _asked(intake, capabilities)
    for source, form in ((one, form) for one, form in sources.items() if one in FINDS):
        with intake.db.read() as session:
            mark = None if anew else runs.watermark(session, site.scope, site.ehr, FINDS[source], source)
        for search in searches_of(asked, source, form, mark):
            yield Listing(source, search)


def _asked(intake: Intake, capabilities: Capabilities) -> Asked:
    ours = our_practitioners(intake.site.practice, intake.directory())
    return Asked(intake.site, capabilities, ours, intake.clock(), intake.client.vendor.together)


def follow_listed(intake: Intake, sources: Collection[str]) -> None:
    """Follow everybody on the site's roster, and expect those whose day and hour, where it says one, have come."""
    zone, now = intake.site.practice.zone, intake.clock()
    for patient, at in listed_patients(intake.site, sources):
        intake.followed.add(patient)
        local = None if at is None else at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)
        if local is not None and local <= now and local.date() == now.astimezone(zone).date():
            intake.expected[patient] = local


def listed_patients(site: Site, sources: Collection[str]) -> list[Listed]:
    """Everybody on the site's roster; raises ``ConfigError`` where it cannot be read."""
    path = site.settings.roster
    if path is None or "roster" not in sources:
        return []
    try:
        return roster(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(f"The roster {path} cannot be read: {problem.strerror}.") from problem
    except ValueError as problem:
        raise ConfigError(f"The roster {path} cannot be used: {problem}.") from problem


def read_listed(intake: Intake, listed: Listing, progress: Progress) -> datetime | None:
    """Take in everything that one search finds; gives the server's own time up to which it was read.

    What the EHR will not answer, or not whole, makes the run incomplete; what was read is taken in all the same.
    """
    try:
        with because("worklist"):
            return _read(intake, listed, progress)
    except OneRequest as problem:
        intake.incomplete.append(problem.set_aside())
        return None


def _read(intake: Intake, listed: Listing, progress: Progress) -> datetime | None:
    done, newest = 0, None
    waiting: list[Entry] = []
    for page in intake.client.search(listed.search.type, listed.search.params):
        waiting += (*page.entries, *page.odd)
        if page.partial:
            intake.incomplete.append(PartialResults(page.partial))
        if page.withheld:
            intake.client.warn(page.withheld)
        if len(waiting) >= AT_ONCE:
            _take(intake, listed, waiting)
            waiting = []
        done += len(page.entries)
        progress(f"{listed.source}: {listed.search.type}", done, page.total)
        stamp = _up_to(page, listed.source, intake.clock())
        newest = stamp if newest is None else max(newest, stamp)
    _take(intake, listed, waiting)
    return newest


def _take(intake: Intake, listed: Listing, entries: Sequence[Entry]) -> None:
    """Keep some entries; whoever stands in a schedule is followed, whatever came of the booking."""
    arrivals = intake.take(entries)
    if listed.source == "schedule":
        intake.followed.update(one.patient for one in arrivals if one.patient is not None)


def _up_to(page: Page, source: str, now: datetime) -> datetime:
    """A schedule is asked for by day: it was read up to now, however long ago its bookings were changed."""
    if source == "schedule" and page.server_time != NO_DATE:
        return page.server_time
    return newest_of(page, now)


def newest_of(page: Page, now: datetime) -> datetime:
    """The newest change of a page, never later than the server's own clock: a slip of its hand says 2062.

    Where it does not tell its time, what it says to have changed after ``now``, by our clock, counts for nothing.
    """
    if page.server_time != NO_DATE:
        newest = _newest([entry.last_updated for entry in page.entries])
        return page.server_time if newest is None else min(newest, page.server_time)
    each = (_newest([entry.last_updated]) for entry in page.entries)
    return max((one for one in each if one is not None and one <= now + AHEAD), default=page.server_time)


def _newest(written: list[str | None]) -> datetime | None:
    """The greatest ``meta.lastUpdated`` of a page: the server's own clock."""
    greatest: dict[tuple[int, str], str] = {}  # texts of one form and offset compare as the times they mean
    for text in written:
        if text:
            form = len(text), text[-6:] if text[-1] != "Z" else "Z"
            greatest[form] = max(greatest.get(form, ""), text)
    told = (Meta(last_updated=text).updated for text in greatest.values())
    return max((when.start(UTC) for when in told if when is not None), default=None)
