"""In which ways an EHR is kept up with: what it answers is found by trial, anew at the end of each pass.

What did not change is not read again. Some EHRs give what changed of a type (``_lastUpdated``), some give many
patients in one search, many neither. Nothing is believed that the EHR did not show: a search by what changed must find
what is known to be there and nothing from tomorrow on, and a list of patients must find something of each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from fhir_adapters.bundle import Search
from fhir_adapters.errors import IgnoredFilter, OneRequest, TemporaryError
from fhir_adapters.failures import NO_DATE
from fhir_adapters.lists import listing, sorted_out
from loopclose.flows.reading.intake import Intake
from loopclose.flows.site import Site
from loopclose.store import followed, runs
from loopclose.store.base import Scope

TOGETHER = 50
"""Patients in one search, at most: an address of some 2,000 characters."""
RELIED_ON = timedelta(days=7)
"""How long lists of patients are asked for by a command, when no pass tried them anew."""
ANY, TOMORROW = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=2)


@dataclass(frozen=True)
class Pass:
    """A reading of everybody who is followed, that may take several runs."""

    began: datetime
    """By our clock: whoever was read whole since is done."""
    server: datetime
    """The same by the EHR's: everything older is seen once the pass is over."""


class Count(NamedTuple):
    """Resources of one type: how many an EHR says that its list holds, and how many are kept, however found."""

    there: int
    kept: int

    @property
    def ahead(self) -> int:
        """How many more are there than are kept; below 0 where more was found by patient than the list holds."""
        return self.there - self.kept


@dataclass(frozen=True)
class Ways:
    """How what changed is asked for."""

    by_type: frozenset[str] = frozenset()
    """Types of which the EHR gives what changed, of whomever."""
    together: int = 1
    """Patients that one search may name."""
    tried_at: datetime | None = None
    under_way: Pass | None = None
    passed: datetime | None = None
    """When the newest pass that was finished began."""
    counted: Mapping[str, Count] = field(default_factory=dict)
    """By type: the count of both sides, see ``counts``."""
    counted_at: datetime | None = None

    def covers(self, kinds: Collection[str]) -> bool:
        """Whether every change of those types is seen without asking for each patient."""
        return {*kinds} <= self.by_type


def known(intake: Intake) -> Ways:
    """The ways as they were kept; none where the EHR has another address by now."""
    with intake.db.read() as session:
        row = runs.ehr_row(session, intake.site.scope, intake.site.ehr)
    kept = (row.keeping_up if row else None) or {}
    if kept.get("of") != intake.site.settings.base_url:
        return Ways()
    under_way = kept.get("pass")
    return Ways(
        frozenset(kept["by_type"]),
        kept["together"],
        _when(kept["tried_at"]),
        Pass(datetime.fromisoformat(under_way["began"]), datetime.fromisoformat(under_way["server"]))
        if under_way
        else None,
        _when(kept["passed"]),
        counted_in(kept),
        _when(kept.get("counted_at")),
    )


def counted_in(kept: Mapping[str, Any]) -> dict[str, Count]:
    """The count of both sides in what is kept of an EHR's ways."""
    return {kind: Count(*both) for kind, both in kept.get("counted", {}).items()}


def keep(intake: Intake, ways: Ways) -> None:
    """Keep the ways with the EHR."""
    with intake.db.write() as session:
        runs.note_keeping_up(session, intake.site.scope, intake.site.ehr, _as_kept(intake.site, ways))


def relied_on(ways: Ways, now: datetime) -> bool:
    """Whether the ways were tried lately."""
    return ways.tried_at is not None and now - ways.tried_at <= RELIED_ON


def try_ways(intake: Intake, kinds: Collection[str], before: Ways) -> Ways:
    """Find out in which ways the EHR gives what changed of those types; as ``before`` where that fails for the moment.

    Raises what concerns the server as a whole.
    """
    try:
        by_type = frozenset(kind for kind in sorted(kinds) if _gives_changes(intake, kind))
        together = _gives_many(intake)
    except TemporaryError as problem:
        intake.client.warn(f"How to ask for what changed could not be tried. {problem}")
        return before
    return replace(before, by_type=by_type, together=together, tried_at=intake.clock())


def _gives_changes(intake: Intake, kind: str) -> bool:
    """Whether a search by ``_lastUpdated`` alone finds what is known to be there, and nothing from tomorrow on."""
    can = intake.client.capabilities()
    if not can.can_search(kind, "_lastUpdated") or not can.finds_by(kind, "_lastUpdated"):
        return False
    with intake.db.read() as session:
        stamps = [at for _, at in followed.examples(session, *_of(intake), kind, TOGETHER).values() if at]
    since = min(stamps) if stamps else _instant(ANY)
    found = _finds(intake, Search(kind, (("_lastUpdated", f"ge{since}"),)))
    if found is None or (stamps and not found):
        return False
    now = intake.client.met_at
    ahead = (
        ((now if now and now != NO_DATE else intake.clock()) + TOMORROW)
        .isoformat(timespec="seconds")
        .replace("+00:00", "Z")
    )
    return _finds(intake, Search(kind, (("_lastUpdated", f"ge{ahead}"),))) is False


def _finds(intake: Intake, search: Search) -> bool | None:
    """Whether a search finds something; None where the EHR does not answer it as it was asked."""
    try:
        page = intake.client.try_search(search)
    except TemporaryError:
        raise
    except (OneRequest, IgnoredFilter):
        return None
    return None if page.partial or page.withheld else bool(page.entries or page.odd)


def _gives_many(intake: Intake) -> int:
    """How many patients a search may name: as many as had something of theirs found by one."""
    with intake.db.read() as session:
        patients = sorted(followed.examples(session, *_of(intake), "Encounter", 4 * TOGETHER))[:TOGETHER]
        theirs = {one: followed.ids_of(session, *_of(intake), "Encounter", [one]) for one in patients}
    if len(patients) < 2 or "Encounter" not in intake.by_patient:
        return 1
    (answer,) = intake.client.search_many([listing("Encounter", patients)])
    if isinstance(answer.problem, TemporaryError):
        raise answer.problem
    found = None if answer.problem else sorted_out(answer.entries, patients)
    if found is None or any(not {entry.id for entry in found.get(one, ())} & theirs[one] for one in patients):
        return 1
    return TOGETHER if len(patients) == TOGETHER else len(patients)


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _of(intake: Intake) -> tuple[Scope, str]:
    return intake.site.scope, intake.site.ehr


def _as_kept(site: Site, ways: Ways) -> dict[str, Any]:
    under_way = ways.under_way
    return {
        "of": site.settings.base_url,
        "by_type": sorted(ways.by_type),
        "together": ways.together,
        "tried_at": ways.tried_at.isoformat() if ways.tried_at else None,
        "pass": {"began": under_way.began.isoformat(), "server": under_way.server.isoformat()} if under_way else None,
        "passed": ways.passed.isoformat() if ways.passed else None,
        "counted": {kind: [*both] for kind, both in sorted(ways.counted.items())},
        "counted_at": ways.counted_at.isoformat() if ways.counted_at else None,
    }


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
