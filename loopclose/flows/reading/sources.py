"""Where the practice's visits and referrals are found on one EHR: as configured, or as it turned out by trial.

Few EHRs list orders and visits of everybody (US Core promises searches by patient alone), so with ``auto`` each way of
asking is tried with one resource, and what the EHR answers is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from fhir_adapters.bundle import Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError, FinalError, IgnoredFilter, OneRequest, TemporaryError
from fhir_adapters.worklist.encounters import encounters
from fhir_adapters.worklist.orders import orders
from fhir_adapters.worklist.schedule import schedule
from loopclose.config.sections import EhrConfig
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice
from loopclose.flows.site import Site

FINDS = {"orders": "ServiceRequest", "encounters": "Encounter", "schedule": "Appointment"}
"""By source that is a search: the type that it reads."""
FORMS = {"orders": ("whole", "dated"), "encounters": ("whole", "dated", "clinicians"), "schedule": ("clinicians",)}
"""By source: the forms in which it may be asked, in the order in which they are tried.

``whole``: from go-live on, or everything; ``dated``: everything that has a date, where a server answers no search
without a parameter; ``clinicians``: of each of our clinicians.
"""
LONG_AGO = date(1900, 1, 1)
"""A date before every visit."""
ORDERS_BEFORE, VISITS_BEFORE = timedelta(days=365), timedelta(days=30)
"""How long before go-live referrals and visits are read."""
OVERLAP = timedelta(minutes=10)
"""How far the next read goes back behind the mark: servers index late."""
BOOKED_BEFORE, BOOKED_AHEAD = timedelta(days=7), timedelta(days=1)
"""Which days of a schedule are read again each time: a booking's change is seen by its day alone."""
TRIED_AGAIN = timedelta(days=1)
"""How long what a trial found is relied on."""


@dataclass(frozen=True)
class Asked:
    """What the searches of a source are made of."""

    site: Site
    capabilities: Capabilities
    practitioners: Sequence[str]
    """``Practitioner/id`` of our clinicians."""
    now: datetime
    together: int = 1
    """Clinicians in one search of a schedule."""


@dataclass(frozen=True)
class Tried:
    """What became of one source. ``problem``: why it does not work, None where it does in that ``form``."""

    source: str
    problem: FhirError | None = None
    form: str = ""
    example: str | None = None
    """``Type/id`` of what was found."""

    @property
    def words(self) -> str:
        """The source and how it went, as a clause."""
        return f"{self.source} answered" if self.problem is None else f"{self.source}: {str(self.problem).rstrip('.')}"


def our_practitioners(practice: Practice, known: Directory) -> list[str]:
    """``Practitioner/id`` of the practice's clinicians: as configured, and of those known by whose NPI is."""
    ours = {*practice.clinicians, *(key for npi in practice.npis for key in known.with_npi(npi))}
    return sorted(key for key in ours if key.startswith("Practitioner/"))


def searches_of(asked: Asked, source: str, form: str, mark: datetime | None) -> list[Search]:
    """What to ask by one source in one form: since its ``mark`` (in the server's time), or everything.

    Raises ``FinalError`` where the EHR cannot be asked so.
    """
    live_from, can = asked.site.practice.live_from, asked.capabilities
    since = (mark - OVERLAP).isoformat().replace("+00:00", "Z") if mark else None
    if source == "schedule":
        first = _midnight(live_from) - VISITS_BEFORE if live_from else asked.now - ORDERS_BEFORE
        start, locations = mark - BOOKED_BEFORE if mark else first, asked.site.settings.locations
        return schedule(can, asked.practitioners, locations, start, asked.now + BOOKED_AHEAD, asked.together)
    before = ORDERS_BEFORE if source == "orders" else VISITS_BEFORE
    start_day = live_from - before if live_from else None if form == "whole" else LONG_AGO
    if source == "orders":
        return orders(can, start_day, since)
    return encounters(can, start_day, since, asked.practitioners if form == "clinicians" else None)


def try_sources(client: FhirClient, asked: Asked) -> list[Tried]:
    """Ask by each source for one resource. Raises what concerns the server: nothing can be said of it then."""
    return [_tried(client, asked, source) for source in FINDS]


def choose(tried: Sequence[Tried], settings: EhrConfig) -> dict[str, str]:
    """The sources to use, each with its form: referrals and visits where both are listed, else the schedule, else the
    roster; where there is nothing at all, an export of the group that is named.

    Raises ``TemporaryError`` or ``FinalError`` where there is none.
    """
    works = {one.source: one.form for one in tried if one.problem is None}
    found: dict[str, str] = {one: works[one] for one in ("orders", "encounters") if one in works}
    if "encounters" not in works and "schedule" in works:
        found["schedule"] = works["schedule"]
    if settings.roster is not None and not works.keys() & {"encounters", "schedule"}:
        found["roster"] = ""
    if settings.bulk_group is not None and not found:
        found["bulk"] = ""
    if found:
        return found
    said = "; ".join(one.words for one in tried)
    if any(isinstance(one.problem, TemporaryError) for one in tried):
        raise TemporaryError(f"The EHR failed over every search for the practice's visits; try again. {said}.")
    raise FinalError(
        f"The EHR lists neither referrals nor visits without a patient: give it a list of patients (roster) or "
        f"a group to export (bulk_group). {said}."
    )


def as_kept(asked: Asked, sources: Mapping[str, str], tried: Sequence[Tried]) -> dict[str, Any]:
    """What a trial found, as it is kept with the EHR."""
    because = [one.words for one in tried]
    return {"sources": {**sources}, "because": because, "tried_at": asked.now.isoformat(), "of": _digest(asked.site)}


def kept_of(site: Site, kept: Mapping[str, Any] | None, now: datetime) -> tuple[dict[str, str], bool]:
    """The sources of a trial that was kept, and whether it is to be relied on without another; none where others are
    named in the configuration by now.
    """
    if kept is None or kept.get("of") != _digest(site):
        return {}, False
    return dict(kept["sources"]), now - datetime.fromisoformat(kept["tried_at"]) <= TRIED_AGAIN


def lost(before: Mapping[str, str], tried: Sequence[Tried]) -> bool:
    """Whether a source that was used is refused by now: it is asked all the same, so that the run says so."""
    return any(one.source in before and one.problem is not None for one in tried)


def _digest(site: Site) -> str:
    """Of what the configuration says that a trial goes by."""
    practice, settings = site.practice, site.settings
    ours = [*sorted(practice.clinicians), *sorted(practice.npis), *settings.locations]
    return sha256(
        "\n".join([settings.base_url, str(settings.roster), str(settings.bulk_group), *ours]).encode()
    ).hexdigest()[:16]


def _tried(client: FhirClient, asked: Asked, source: str) -> Tried:
    """The first form that the EHR answers; where it answers none, what became of the first."""
    problems: list[FhirError] = []
    asked_already: set[Search] = set()
    for form in FORMS[source]:
        try:
            search = searches_of(asked, source, form, None)[0]
        except FinalError as problem:
            problems.append(problem)
            continue
        if search in asked_already:
            continue
        asked_already.add(search)
        answered = _ask(client, search)
        if not isinstance(answered, FhirError):
            return Tried(source, None, form, answered)
        problems.append(answered)
        if isinstance(answered, TemporaryError):
            break
    return Tried(source, problems[0])


def _ask(client: FhirClient, search: Search) -> FhirError | str | None:
    """``Type/id`` of something that the search finds, None where it finds nothing; or why it is not possible."""
    try:
        page = client.try_search(search)
    except OneRequest as problem:
        return problem.set_aside()
    except IgnoredFilter as problem:
        return problem
    found = next((f"{entry.type}/{entry.id}" for entry in page.entries), None)
    return FinalError(page.partial) if page.partial and found is None else found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
