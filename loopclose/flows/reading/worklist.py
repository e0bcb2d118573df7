"""Reading the worklist: the searches by which an EHR's referrals and visits are found, each read by one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fhir_adapters.bundle import Entry, Page, Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import OneRequest, PartialResults
from fhir_adapters.facts.elements import Meta
from fhir_adapters.wire import NO_DATE
from fhir_adapters.worklist.encounters import encounters
from fhir_adapters.worklist.orders import orders
from fhir_adapters.worklist.roster import roster
from loopclose.errors import ConfigError
from loopclose.flows.reading.intake import Intake
from loopclose.flows.site import Site
from loopclose.store import runs
from loopclose.store.engine import Database

Progress = Callable[[str, int, int | None], None]
"""Told of (stage, done, total if known)."""
OVERLAP = timedelta(minutes=10)
"""How far the next read goes back behind the mark: servers index late."""
ORDERS_BEFORE, VISITS_BEFORE = timedelta(days=365), timedelta(days=30)
"""How long before go-live referrals and visits are read."""
TYPES = {"orders": "ServiceRequest", "encounters": "Encounter"}
"""By worklist source: what it finds."""
AT_ONCE = 1000
"""Resources of the worklist kept in one transaction: each one writes the pages of many indexes anew."""


@dataclass(frozen=True)
class Listed:
    """One search of one worklist source."""

    source: str
    search: Search


def searches(db: Database, site: Site, capabilities: Capabilities) -> Iterator[Listed]:
    """What to ask: since the mark of each source, or everything."""
    live_from = site.practice.live_from
    for source in (one for one in site.settings.sources if one in TYPES):
        with db.read() as session:
            mark = runs.watermark(session, site.scope, site.ehr, TYPES[source], source)
        since = (mark - OVERLAP).isoformat().replace("+00:00", "Z") if mark else None
        if source == "orders":
            start = live_from - ORDERS_BEFORE if live_from else None
            found = orders(capabilities, start, since)
        else:
            start = live_from - VISITS_BEFORE if live_from else None
            found = encounters(capabilities, start, since, sorted(site.practice.clinicians))
        for search in found:
            yield Listed(source, search)


def listed_patients(site: Site) -> list[str]:
    """``Patient/id`` of everybody on the site's roster; raises ``ConfigError`` where it cannot be read."""
    path = site.settings.roster
    if path is None or "roster" not in site.settings.sources:
        return []
    try:
        return roster(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(f"The roster {path} cannot be read: {problem.strerror}.") from problem
    except ValueError as problem:
        raise ConfigError(f"The roster {path} cannot be used: {problem}.") from problem


def read_listed(intake: Intake, listed: Listed, progress: Progress) -> datetime | None:
    """Take in everything that one search finds; gives the server's own time up to which it was read.

    What the EHR will not answer, or not whole, makes the run incomplete; what was read is taken in all the same.
    """
    try:
        return _read(intake, listed, progress)
    except OneRequest as problem:
        intake.incomplete.append(problem.set_aside())
        return None


def _read(intake: Intake, listed: Listed, progress: Progress) -> datetime | None:
    done, newest = 0, None
    waiting: list[Entry] = []
    for page in intake.client.search(listed.search.type, listed.search.params):
        waiting += (*page.entries, *page.odd)
        if page.partial:
            intake.incomplete.append(PartialResults(page.partial))
        if page.withheld:
            intake.client.warn(page.withheld)
        if len(waiting) >= AT_ONCE:
            intake.take(waiting)
            waiting = []
        done += len(page.entries)
        progress(f"{listed.source}: {listed.search.type}", done, page.total)
        stamp = _up_to(page)
        newest = stamp if newest is None else max(newest, stamp)
    intake.take(waiting)
    return newest


def _up_to(page: Page) -> datetime:
    """The newest change of a page, never later than the server's own clock: a slip of its hand says 2062."""
    newest = _newest([entry.last_updated for entry in page.entries])
    if newest is None or page.server_time == NO_DATE:
        return newest or page.server_time
    return min(newest, page.server_time)


def _newest(written: list[str | None]) -> datetime | None:
    """The greatest ``meta.lastUpdated`` of a page: the server's own clock."""
    greatest: dict[tuple[int, str], str] = {}  # texts of one form and offset compare as the times they mean
    for text in written:
        if text:
            form = len(text), text[-6:] if text[-1] != "Z" else "Z"
            greatest[form] = max(greatest.get(form, ""), text)
    told = (Meta(last_updated=text).updated for text in greatest.values())
    return max((when.start(UTC) for when in told if when is not None), default=None)
