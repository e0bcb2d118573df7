"""What keeping up with an EHR costs it: requests in one working day and night, and what was found late.

    python -m bench.day [--open 500] [--visits 60] [--patients 2000]

A practice with so many open reports is read every quarter of an hour of ten hours, and once at night, by the clock of
the bench: its EHR once gives what changed of a type, and once, as athenahealth does, nothing without a patient.
Patients come and are seen all day, notes are signed. Whatever is seen later than the sync after it happened is
printed. Then so many patients are read for the first time from an EHR that answers 250 requests a minute, as
eClinicalWorks does. Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from bench.day_events import EVERY, HALF_HOUR, PRESSING, Event, reports, stamp, visits
from bench.results import add
from fhir_adapters.pace import Pace
from loopclose.config.loading import parse
from loopclose.domain.codes import OPEN_STATES
from loopclose.flows.asking import Ledger
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.upgrade import open_database

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""Of a Monday, where the practice is."""
NIGHT, MORNING, QUARTER = NOON + timedelta(hours=14), NOON + timedelta(hours=19), timedelta(minutes=15)
SYNCS = 40
"""From seven in the morning on."""
TARGETS = {"by type": 600, "patient by patient": 6000}
PER_MINUTE = 250
FIRST = ("first reads",)
"""Reasons that do not count: whoever is new is read whole, however an EHR is kept up with."""


@dataclass
class Practice:
    """A practice, its EHR, and the time that both go by."""

    db: Database
    site: Site
    server: SandboxServer
    box: Sandbox
    now: datetime = NOON
    made: Counter[str] = field(default_factory=Counter)

    def sync(self, at: datetime) -> SyncResult:
        """One gentle sync at that time, which goes on while it waits for the EHR's next minute."""
        self.now = max(at, self.now)
        pace = Pace(self.site.settings.requests_per_minute, self.seconds, None, Ledger(self.db, self.site))
        with client_of(self.site, pace=pace) as client:
            client._wire.pause = self.wait
            result = sync(self.db, lambda: self.now, self.site, client, gently=True)
        self.made.update(pace.made)
        return result

    def seconds(self) -> float:
        return self.now.timestamp()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=500, help="reports that are open")
    parser.add_argument("--visits", type=int, default=60, help="visits in the day")
    parser.add_argument("--patients", type=int, default=2000, help="patients of the first reading")
    asked = parser.parse_args()
    missed = [
        *working_day("by type", round(1.85 * asked.open), asked.visits, vendor=None),
        *working_day("patient by patient", round(1.05 * asked.open), asked.visits, vendor="athena"),
        *first_reading(asked.patients),
    ]
    print(*missed, sep="\n", file=sys.stderr)
    sys.exit(1 if missed else 0)


def working_day(name: str, size: int, many: int, vendor: str | None) -> list[str]:
    """A night and a day of syncs; gives the targets missed."""
    with practice(size + many, vendor) as found:
        dice = Random(1)
        coming = [one for one in found.box.resources if one["resourceType"] == "ServiceRequest" and "sr" in one["id"]]
        coming = coming[-many:]
        found.sync(NOON)
        with found.db.read() as session:
            standing = Obligation.kind == "report", Obligation.state.in_(OPEN_STATES)
            waiting = session.scalar(select(func.count()).select_from(Obligation).where(*standing)) or 0
        found.made.clear()
        found.sync(NIGHT)
        at_night = sum(found.made.values())
        like = next(
            one for one in found.box.resources if one["resourceType"] == "Encounter" and one["status"] == "finished"
        )
        store = found.server.store
        happening = [*visits(store, like, coming, MORNING, dice), *reports(found.db, store, MORNING, dice)]
        events = sorted(happening, key=lambda one: one.at)
        began, late = time.perf_counter(), list[Event]()
        for n in range(SYNCS):
            now = MORNING + n * QUARTER
            _roster(found, coming)
            for event in events:
                if event.at <= now and event.at > now - QUARTER:
                    event.happen(event.at)
            result = found.sync(now)
            assert result.error is None, result.error
            for event in events:
                if event.at <= now and event.found_at is None and event.seen(found.db):
                    event.found_at = now
                    late += [event] if now - event.at > QUARTER else []
        missing = [event for event in events if event.found_at is None and event.at <= MORNING + SYNCS * QUARTER]
    made = sum(number for reason, number in found.made.items() if reason not in FIRST)
    why = ", ".join(f"{reason} {number:,}" for reason, number in found.made.most_common())
    print(f"\n{name}: {waiting} open reports, {many} visits, {SYNCS} syncs and a night: {made:,} requests ({why})")
    print(
        f"  at night {at_night:,}; a sync by day {(made - at_night) / SYNCS:.0f}; {time.perf_counter() - began:.0f} s"
    )
    seen = Counter(event.what for event in events if event.found_at is not None and event not in late)
    for what, whole in sorted(Counter(event.what for event in events).items()):
        print(f"  {what}: {seen[what]} of {whole} seen within 15 minutes")
    add("day", name, made, "requests", {"limit": made / TARGETS[name]}, None)
    found_late = [event.what for event in (*late, *missing) if event.what in PRESSING]
    wrong = [f"{name}: {len(found_late)} of the pressing found late: {Counter(found_late)}"] if found_late else []
    too_many = [f"{name}: {made:,} requests, at most {TARGETS[name]:,} are wanted"] if made > TARGETS[name] else []
    return wrong + too_many


def first_reading(patients: int) -> list[str]:
    """Read so many patients for the first time, within a minute's limit."""
    with practice(patients, "ecw") as found:
        _roster(found, [])
        syncs, result, began = 0, None, time.perf_counter()
        while result is None or result.error is not None:
            result = found.sync(found.now + QUARTER)
            syncs += 1
            with found.db.read() as session:
                read = session.scalar(
                    select(func.count()).select_from(PatientRow).filter(PatientRow.read_at.is_not(None))
                )
            print(f"  sync {syncs}: {read:,} of {patients:,} patients read; {result.error or 'complete'}")
            if syncs > 50:
                return [f"first reading: not complete after {syncs} syncs"]
        made = sum(found.made.values())
        minutes = (found.now - NOON).total_seconds() / 60
    print(f"first reading of {patients:,} patients at {PER_MINUTE} a minute: {made:,} requests in {syncs} syncs,")
    refused, seconds = found.server.limit.refused, time.perf_counter() - began
    print(f"  {refused} refused; {minutes:.0f} minutes by its clock; {seconds:.0f} s")
    add("first reading", "250 a minute", made, "requests", {"patients": made / patients}, None)
    return []


@contextmanager
def practice(size: int, vendor: str | None) -> Iterator[Practice]:
    """A practice of that many referrals, in a new database, and its EHR as that vendor's."""
    box = generate("tidy", size, 1, NOON)
    found: list[Practice] = []
    limit = MinuteLimit(PER_MINUTE, lambda: found[0].now) if vendor == "ecw" else MinuteLimit(None)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(box, strict=vendor is not None, vendor=vendor, limit=limit) as ehr,
    ):
        roster = "roster.csv" if vendor else None
        settings = tomllib.loads(config_toml(box, ehr.base_url, f"sqlite:///{folder}/day.db", roster=roster))
        if vendor:
            settings["ehr"]["main"]["roster"] = f"{folder}/roster.csv"
        config = parse(settings)
        db = open_database(config.database.url)
        found.append(Practice(db, sites(config)[0], ehr, box))
        ehr.clock = found[0].seconds
        if vendor:
            _roster(found[0], [])
        yield found[0]
        db.close()


def _roster(found: Practice, coming: list[dict[str, Any]]) -> None:
    """The practice's patients, with the hours of those who come today."""
    path = found.site.settings.roster
    if path is None:
        return
    lines = ["patient,date"]
    lines += [f"{one['id']}," for one in found.box.resources if one["resourceType"] == "Patient"]
    for n, request in enumerate(coming):
        lines.append(f"{request['subject']['reference']},{stamp(MORNING + EVERY * n + HALF_HOUR / 3)}")
    Path(path).write_text("\n".join(lines))


if __name__ == "__main__":
    main()
