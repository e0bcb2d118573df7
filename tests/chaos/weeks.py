"""An EHR whose data changes from day to day: it comes, changes, goes, is hidden or merged, goes back and comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from loopclose.sandbox.elements import Json, stamp
from loopclose.sandbox.faults import Fault, Faults
from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from tests.chaos.charts import LATE, PATIENT, STATUSES, all_of, is_active_referral, of_another, whose
from tests.chaos.shelf import Shelf
from tests.store.line import NOW

SKEW = 600
"""Seconds by which the server's Date, and the times at which it says that it changed something, are wrong at most."""
SLIP = datetime(2062, 11, 24, tzinfo=UTC)
"""A time of a last change as a slip of somebody's hand makes it."""


@dataclass
class Weeks:
    """The data, the server that may misbehave, and beside it one with good manners that shows the same data.

    ``source``: how patients are found, which says how one is shown of whom nothing is open.
    """

    box: Sandbox
    dice: Random
    source: str
    roster: Path
    strict: bool
    vendor: str | None
    start: int
    """Patients who are there from the beginning."""
    now: datetime = NOW
    before: datetime = NOW
    later: list[Json] = field(default_factory=list)
    merges: list[Fault] = field(default_factory=list)
    made: int = 0
    skew: int = 0
    """Seconds by which the Date of the last sync was ahead."""

    def __post_init__(self) -> None:
        new = {f"pat{n}" for n in range(self.start, 1000)}
        there = []
        for one in self.box.resources:
            held = whose(one) & new or (one["resourceType"] in LATE and self.dice.random() < 0.25)
            held = one["id"] in new if one["resourceType"] == "Patient" else held
            (self.later if held else there).append(one)
        self.dice.shuffle(self.later)
        self.store, self.faults, self.good = Store(there), Faults(), Faults()
        self.shelf = Shelf(self.store, self.dice)
        self.server, self.well_behaved = (self._server(faults) for faults in (self.faults, self.good))
        self._write_roster()

    def _server(self, faults: Faults) -> SandboxServer:
        style, vendor, limit = self.box.style, self.vendor, MinuteLimit(None)
        server = SandboxServer(self.store, 0, faults, style=style, strict=self.strict, vendor=vendor, limit=limit)
        server.clock = lambda: self.now.timestamp()
        return server

    def close(self) -> None:
        """Stop both servers."""
        self.server.close()
        self.well_behaved.close()

    @property
    def patients(self) -> list[str]:
        """Ids of the patients who are there."""
        return sorted(self.store._by_type["Patient"])

    def go_on(self, by: timedelta) -> None:
        """Time passes."""
        self.before, self.now = self.now, self.now + by

    def skew_by(self, seconds: int) -> None:
        """From now on the server's clock is so far ahead."""
        self.skew = seconds
        self.server.clock = lambda: self.now.timestamp() + seconds

    def calm(self) -> None:
        """Whatever was hidden is there again."""
        for patient in all_of(self.shelf.show(self._moment(), may_be_old=False)):
            self._show(patient)

    def happen(self, open_patients: Collection[str], may_go: bool) -> bool:
        """Some of what happens in a practice; ``may_go``: things may go that no search by what changed tells of, by a
        deletion or because an older version is there again. Says whether any did.
        """
        gone = False
        for _ in range(self.dice.randint(0, 4)):
            drawn = self.dice.random()
            if drawn < 0.4 and self.later:
                changed = self._arrives()
            elif drawn < 0.55:
                changed = self._visit()
            elif drawn < 0.62:
                changed = self._signed()
            elif drawn < 0.78 and may_go:
                changed = self.dice.choice((self._deleted, self._hidden, self._went_back, self._shown_as_it_was))()
                gone = gone or bool(changed)
            elif drawn < 0.84:
                changed = self._came_back()
            elif drawn < 0.87:
                changed = self._slipped()
            else:
                changed = self._another_status()
            for patient in changed - {one.removeprefix("Patient/") for one in open_patients}:
                self._show(patient)
        self._write_roster()
        return gone

    def happen_to(self, patient: str, open_patients: Collection[str]) -> None:
        """Somebody is seen, or books: what is new of them is what an answer may leave out."""
        if self._visit(patient) and f"Patient/{patient}" not in open_patients:
            self._show(patient)

    def merge(self, fault: Fault) -> bool:
        """Two patients turn out to be one, and the server says so from now on; not where few are left."""
        if len(self.patients) < 6 or len(self.merges) > 1 or fault.patient is None:
            return False
        self.store.merge(fault.patient, fault.into, self._moment())
        self.later = [of_another(one, fault.patient, fault.into) for one in self.later]
        self.shelf.merge(fault.patient, fault.into)
        self.merges.append(fault)
        self.good.faults.append(fault)
        self._show(fault.into)
        self._write_roster()
        return True

    def _moment(self) -> datetime:
        """Some time since the last sync, by a clock of the EHR's: behind its Date by ``SKEW`` at most, or ahead."""
        since = self.now - (self.now - self.before) * self.dice.random() * 0.999
        wrong = self.dice.choice((0, 0, 0, self.dice.uniform(max(self.skew, 0) - SKEW, SKEW)))
        return since + timedelta(seconds=wrong)

    def _put(self, resource: Json) -> set[str]:
        self.store.put(resource, self._moment())
        return whose(resource)

    def _some(self, kind: str, patient: str | None = None) -> Json | None:
        there = self.store._by_type[kind]
        found = [one for one in sorted(there) if patient is None or patient in whose(there[one][0])]
        return self.store.get(kind, self.dice.choice(found)) if found else None

    def _arrives(self) -> set[str]:
        resource = self.later.pop()
        if resource["resourceType"] == "Patient":
            return self._put(resource) and set()
        for patient in whose(resource) - {*self.patients}:
            who = next(one for one in self.later if (one["resourceType"], one["id"]) == ("Patient", patient))
            self.later.remove(who)
            self._put(who)
        return self._put(resource)

    def _another_status(self) -> set[str]:
        kind = self.dice.choice(sorted(STATUSES))
        one = self._some(kind)
        if one:
            self.shelf.note(one)
        return self._put({**one, "status": self.dice.choice(STATUSES[kind])}) if one else set()

    def _signed(self) -> set[str]:
        one = self._some("DocumentReference")
        return self._put({**one, "docStatus": self.dice.choice(("final", "amended", "preliminary"))}) if one else set()

    def _deleted(self) -> set[str]:
        return self._away(self.shelf.delete)

    def _hidden(self) -> set[str]:
        return self._away(self.shelf.hide)

    def _away(self, put_away: Callable[[Json], None]) -> set[str]:
        one = self._some(self.dice.choice(sorted(STATUSES)))
        if one is not None:
            put_away(one)
        return whose(one) if one else set()

    def _went_back(self) -> set[str]:
        one = self.shelf.go_back()
        return whose(one) if one else set()

    def _shown_as_it_was(self) -> set[str]:
        return all_of(self.shelf.show(self._moment(), may_be_old=True))

    def _came_back(self) -> set[str]:
        one = self.shelf.come_back(self._moment())
        return whose(one) if one else set()

    def _slipped(self) -> set[str]:
        """Something says that it was last changed long from now."""
        one = self._some(self.dice.choice(sorted(STATUSES)))
        return whose(self.store.put(one, SLIP)) if one else set()

    def _visit(self, patient: str | None = None) -> set[str]:
        """Another visit like one that was, perhaps with times without a zone, or one that is booked, and perhaps its
        note; ``patient``: of whom.
        """
        kind = self.dice.choice(("Encounter", "Encounter", "Appointment"))
        like = self._some(kind, patient)
        if like is None:
            return set()
        self.made += 1
        start = self.now + timedelta(hours=self.dice.randint(-30, 60))
        span = {"start": stamp(start), "end": stamp(start + timedelta(minutes=20))}
        if kind == "Encounter" and self.dice.random() < 0.2:
            span = {name: text.removesuffix("Z") for name, text in span.items()}
        status = self.dice.choice(("planned", "arrived") if kind == "Encounter" else ("booked", "cancelled"))
        if start < self.now - timedelta(hours=1):
            status = self.dice.choice(STATUSES[kind][:3])
        new = {**like, "id": f"more{self.made}", "status": status}
        new |= {"period": span} if kind == "Encounter" else span
        changed = self._put(new)
        notes = [one for one, _ in self.store._by_type["DocumentReference"].values() if whose(one) == changed]
        if kind == "Encounter" and notes and self.dice.random() < 0.6:
            context = {"encounter": [{"reference": f"Encounter/{new['id']}"}]}
            self._put({**self.dice.choice(notes), "id": f"text{self.made}", "context": context, "date": span["end"]})
        return changed

    def _show(self, patient: str) -> None:
        """Have whoever is closed found again: a sync reads those of whom something is open, and whom the worklist
        shows to have a referral or a visit.
        """
        if self.source == "schedule":
            self._book(patient)
        elif self.source != "roster":
            orders = [one for one, _ in self.store._by_type["ServiceRequest"].values() if is_active_referral(one)]
            theirs = [one for one in orders if patient in whose(one)]
            if theirs:
                self._put(self.dice.choice(theirs))
            elif orders:
                text = PATIENT.sub(f'"Patient/{patient}"', json.dumps(orders[0]))
                self._put({**json.loads(text), "id": f"sr-{patient}", "identifier": []})

    def _book(self, patient: str) -> None:
        booked = [one for one, _ in self.store._by_type["Appointment"].values() if "back" not in one["id"]]
        if not booked:
            return
        like, who = booked[0], f'"Patient/{patient}"'
        text = json.dumps({**like, "status": "booked", "id": f"today-{patient}"})
        start = self.now + timedelta(hours=2)
        span = {"start": stamp(start), "end": stamp(start + timedelta(minutes=20))}
        self._put({**json.loads(PATIENT.sub(who, text)), "basedOn": [], **span})

    def _write_roster(self) -> None:
        listed = [*self.patients, *(str(one.patient) for one in self.merges)]
        self.roster.write_text("\n".join(["patient_id", *listed, ""]))
