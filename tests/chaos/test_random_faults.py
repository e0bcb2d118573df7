"""Weeks of syncs under random faults: each is complete and owes what a new reading of everything owes, or says what
is missing. Never a traceback, never counts that do not add up, never a mark ahead of what was read.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.arrivals import PATIENT_TYPES
from loopclose.flows.reading import ways
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.sandbox.faults import FORMS, KINDS
from loopclose.sandbox.server import SandboxServer
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.followed import open_patients
from loopclose.store.people import PatientRow
from loopclose.store.upgrade import open_database
from tests.chaos.behaviours import BEHAVIOURS
from tests.chaos.told import add_up, ahead, differing, owed, persons, quarantined, says_what_is_missing
from tests.chaos.troubles import CATALOGUE, PATIENCE, Expiring, draw
from tests.chaos.weeks import SKEW, Weeks
from tests.store.line import sandbox
from tests.store.peers import emptied

SYNCS = int(os.environ.get("FAULT_SYNCS", "12"))
GENTLY = float(os.environ.get("FAULT_GENTLY", "0.5"))
"""The share of syncs that are gentle: with none, the store is compared after each."""
REFERRALS, AT_FIRST = 10, 7
CALM = 10
"""Each so many-th sync nothing fails any more."""


@dataclass(frozen=True)
class Kind:
    """An EHR: the style of its data, whose refusals it has, and how patients are found on it."""

    style: str
    source: str = "orders"
    strict: bool = False
    vendor: str | None = None


EHRS = (
    Kind("messy"),
    Kind("epic"),
    Kind("oracle"),
    Kind("messy", strict=True, vendor="nextgen-office"),
    Kind("epic", "roster", strict=True),
    Kind("oracle", "schedule", strict=True),
    Kind("messy", "roster", strict=True, vendor="athena"),
    Kind("messy", "auto"),
    Kind("messy", "roster", strict=True, vendor="ecw"),
    Kind("messy", "schedule", strict=True, vendor="meditech"),
)
FIRST = int(os.environ.get("FAULT_SEED", "0"))
KINDS_DRAWN = tuple(os.environ.get("FAULT_KINDS", "").split())
"""None but these kinds of fault come: to see that a run fails when one of them is borne wrongly."""


@dataclass
class Practice:
    """A practice, its EHR in the course of weeks, and the database of one reading by good manners to compare with."""

    weeks: Weeks
    dice: Random
    db: Database
    other: Database
    site: Site
    good_site: Site
    ended: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    """Sync by sync: how it was read, what was wrong with the EHR, and what the run says."""

    def sync(self, gently: bool) -> SyncResult:
        """A sync that waits for nothing, and not long for an answer where some are slow."""
        with client_of(self.site) as client:
            client._wire.pause, client._wire.auth = (lambda _: None), Expiring()
            if any(one.kind == "slow" for one in self.weeks.faults.faults):
                client._wire.timeout = (10, PATIENCE)
            return sync(self.db, fixed(self.weeks.now), self.site, client, gently=gently)

    def read_anew(self) -> SyncResult:
        """One sync into a new database by a server with good manners."""
        emptied(self.other)
        with client_of(self.good_site) as client:
            result = sync(self.other, fixed(self.weeks.now), self.good_site, client)
        assert result.complete and not result.unread, result
        return result

    def ways(self) -> ways.Ways:
        """In which ways the EHR is kept up with."""
        with client_of(self.site) as client:
            return ways.known(Intake(self.db, fixed(self.weeks.now), self.site, client, frozenset()))

    def reads_all(self, before: ways.Ways | None) -> bool:
        """Whether the sync that ended was to see every change: it was no gentle one, what changes was known to be
        given by type ``before``, or a pass began in it and was finished.
        """
        return before is None or before.covers(PATIENT_TYPES) or self.ways().passed == self.weeks.now

    def read_whole_now(self) -> list[str]:
        """Patients whose records were read whole by the run that ended."""
        mine = PatientRow.read_at == self.weeks.now
        with self.db.read() as session:
            return [*session.scalars(select(PatientRow.id).where(mine))]

    def open_patients(self) -> list[str]:
        """Patients of whom something is open."""
        with self.db.read() as session:
            return open_patients(session, self.site.scope, self.site.ehr)

    def check(self, result: SyncResult, before: ways.Ways | None) -> None:
        """The run is complete and right, or says what is missing; its counts add up, and its marks are not ahead."""
        unread = {*result.unread}
        assert add_up(result) or result.error is not None, result.counts
        wrong_marks = ahead(self.db, self.weeks.store, unread, self.weeks.now, self.weeks.shelf.restored)
        assert not wrong_marks, "\n".join([str(wrong_marks), *self.story[-8:]])
        said = says_what_is_missing(result)
        if said:
            self.ended["said"] += 1
            return
        assert result.complete
        self.read_anew()
        who = {**persons(self.other), **persons(self.db)}
        whole = self.reads_all(before)
        seen = {who.get(one, one) for one in self.read_whole_now()}
        odd = {patient for patient, _, _ in quarantined(self.db) - quarantined(self.other)}
        named = {who.get(one, one) for one in unread | odd}
        wrong = differing(owed(self.db), owed(self.other), who)
        silent = {who: what for who, what in wrong.items() if who not in named and (whole or who in seen)}
        assert not silent, "\n".join([str(silent), *self.story[-8:]])
        self.ended[("complete" if not unread else "unread") if whole else f"{min(len(seen), 1)} in part"] += 1


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ready") / "ready.db"
    open_database(f"sqlite:///{path}").close()
    return path


def site_of(weeks: Weeks, server: SandboxServer) -> Site:
    sources = {"orders": ["orders", "encounters"], "auto": "auto"}.get(weeks.source, [weeks.source])
    settings = tomllib.loads(config_toml(weeks.box, server.base_url, "sqlite://"))
    settings["ehr"]["main"] |= {"worklist": sources, "roster": str(weeks.roster), "page_size": 8, "max_megabytes": 1}
    return sites(parse(settings))[0]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + len(EHRS)))
def test_a_sync_is_complete_and_right_or_says_what_is_missing(seed: int, ready: Path, tmp_path: Path) -> None:
    kind, dice = EHRS[seed % len(EHRS)], Random(seed)
    box = sandbox(kind.style, REFERRALS, seed)
    weeks = Weeks(box, dice, kind.source, tmp_path / "roster.csv", kind.strict, kind.vendor, AT_FIRST)
    databases = [Database(f"sqlite:///{shutil.copy(ready, tmp_path / name)}") for name in ("ours.db", "other.db")]
    try:
        practice = Practice(
            weeks, dice, databases[0], databases[1], site_of(weeks, weeks.server), site_of(weeks, weeks.well_behaved)
        )
        _fifty(practice)
    finally:
        weeks.close()
        for db in databases:
            db.close()
    print(seed, kind, dict(practice.ended), weeks.server.requests.__len__())


def _fifty(practice: Practice) -> None:
    weeks, dice = practice.weeks, practice.dice
    gone = False
    for no in range(1, SYNCS + 1):
        calm = no % CALM == 0
        gently = dice.random() < GENTLY and not gone
        weeks.go_on(timedelta(minutes=dice.choice((15, 15, 15, 60, 240, dice.randint(15, 1200)))))
        if calm and gently:
            weeks.go_on(_until_night(practice))
        gone = weeks.happen(practice.open_patients(), may_go=not gently) or gone
        weeks.faults.faults[:] = [one for one in weeks.faults.faults if dice.random() < 0.3 and one.kind != "merged"]
        for fault in (draw(dice, weeks.patients, KINDS_DRAWN) for _ in range(dice.randint(0, 3))):
            if fault.patient is not None and dice.random() < 0.5:
                weeks.happen_to(fault.patient, practice.open_patients())
            if fault.kind != "merged":
                weeks.faults.faults.append(fault)
            elif not gently:
                gone = weeks.merge(fault) or gone
        if calm:
            weeks.faults.faults.clear()
            weeks.calm()
        weeks.faults.faults[:0] = weeks.merges
        weeks.skew_by(dice.randint(-SKEW, SKEW))
        faults = [replace(one) for one in weeks.faults.faults]
        before = practice.ways() if gently else None
        result = practice.sync(gently)
        told = result.error, result.unread, result.counts["warnings"]
        practice.story.append(f"{no} {weeks.now:%d %H:%M} {'gently' if gently else 'whole'} {faults}: {told}")
        practice.check(result, before)
        if calm:
            assert result.complete and not result.unread and practice.reads_all(before), result
        if not gently and result.complete and not result.unread and not says_what_is_missing(result):
            gone = False


def _until_night(practice: Practice) -> timedelta:
    """To the next night but one, when a pass over everybody is due."""
    now = practice.weeks.now
    return now.replace(hour=7, minute=0) + timedelta(days=2) - now


def test_the_catalogue_knows_every_kind_and_form_of_fault() -> None:
    known = {(kind, how) for kind in KINDS for how in FORMS.get(kind, ("",))}
    assert {(one.kind, one.how) for one in CATALOGUE} == known
    dice = Random(1)
    drawn = [draw(dice, ["pat1", "pat2"]) for _ in range(3000)]
    assert {(one.kind, one.how) for one in drawn} == known


def test_every_behaviour_of_real_servers_comes_about() -> None:
    catalogue = {f"{one.kind} {one.how}".strip() for one in CATALOGUE}
    catalogue |= {f"status {one.more['code']}" for one in CATALOGUE if one.kind == "status"}
    told = {fault for one in BEHAVIOURS for fault in one.faults}
    assert told == catalogue - {"status"}, "each in the table comes about, and each that comes about is in the table"
    vendors = {kind.vendor or kind.style for kind in EHRS}
    for one in BEHAVIOURS:
        assert one.faults or one.happens or one.ehrs or one.elsewhere, one.words
        assert all(hasattr(Weeks, name) for name in one.happens) and {*one.ehrs} <= vendors, one.words
        assert not one.elsewhere or Path(one.elsewhere).is_file(), one.words
