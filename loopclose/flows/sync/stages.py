"""The stages of one run: the worklist, the records of its patients, and the judging of whoever was touched."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loopclose.flows.sync import hand
from loopclose.flows.sync.crew import Crew
from loopclose.flows.sync.hand import Terms
from loopclose.flows.sync.intake import Intake
from loopclose.flows.sync.judging import judge_persons
from loopclose.flows.sync.patients import look_for_missing, read_records
from loopclose.flows.sync.progress import Progress
from loopclose.flows.sync.taken import Taken
from loopclose.flows.sync.tally import Tally
from loopclose.flows.sync.worklist import TYPES, Listed, read_listed
from loopclose.store.base import chunks
from loopclose.store.persons import count_touched, touched_persons

READ_AT_ONCE = 400
"""Patients in one task."""
JUDGED_AT_ONCE = 400
"""Persons judged and written in one transaction."""
MOST = 20_000
"""Persons whose names are held at a time."""


@dataclass
class Stages:
    """One run, stage by stage. Each stage begins when the one before is committed as a whole."""

    intake: Intake
    crew: Crew
    progress: Progress
    tally: Tally = field(default_factory=Tally)
    _stage: int = 0

    def read_worklist(self, searches: Iterable[Listed]) -> tuple[dict[tuple[str, str], datetime], set[str]]:
        """Read every search; gives the marks to move by (type, source) once all is judged, and whom to follow."""
        marks: dict[tuple[str, str], datetime] = {}
        followed: set[str] = set()

        def here(listed: Listed) -> Taken:
            return read_listed(self.intake, listed, self._heard)

        for listed, taken in self.crew.share(deque(searches), here, hand.read_search, self._terms(), self.progress):
            self.tally.add(taken)
            followed |= taken.followed
            if taken.newest is not None:
                key = (listed.search.type, listed.source)
                marks[key] = max(marks.get(key, taken.newest), taken.newest)
        return marks, followed

    def read_patients(self, patients: Sequence[str]) -> None:
        """Read the records of those patients, and of whoever is tied to them by what is read."""
        first = bool(self.intake.new)
        self.intake.new -= {*TYPES.values()}  # what the worklist brought comes again
        if self.intake.by_patient & {*TYPES.values()}:
            self._know_everybody()  # for a new referral or visit it is asked who is ours
        known = set(patients)
        tasks = deque(chunks(patients, READ_AT_ONCE))
        self.crew.expect(len(known))
        done = 0

        def here(batch: list[str]) -> Taken:
            return read_records(self.intake, batch)

        for batch, taken in self.crew.share(tasks, here, hand.read_patients, self._terms()):
            self.tally.add(taken)
            if not first:
                missing = look_for_missing(self.intake, batch, self.tally)
                self.tally.add(missing)
                taken.followed |= missing.followed
            newly = sorted(taken.followed - known)
            known.update(newly)
            tasks.extend(chunks(newly, READ_AT_ONCE))
            done += len(batch)
            self.progress("patients", done, len(known))

    def judge(self) -> None:
        """Judge everybody of whom something was read since last time."""
        intake = self.intake
        self._know_everybody()
        with intake.db.read() as session:
            whole = count_touched(session, intake.site.scope, intake.site.ehr)
        directory, done = intake.directory(), 0

        def here(persons: list[str]) -> None:
            judge_persons(intake.db, intake.clock, intake.site, directory, persons)

        while rest := self._touched():
            self.crew.expect(len(rest))
            for persons, _ in self.crew.share(deque(chunks(rest, JUDGED_AT_ONCE)), here, hand.judge, self._terms()):
                done += len(persons)
                self.progress("judging", min(done, whole), whole)

    def _touched(self) -> list[str]:
        with self.intake.db.read() as session:
            return touched_persons(session, self.intake.site.scope, self.intake.site.ehr, MOST)

    def _know_everybody(self) -> None:
        """Have every process know whom the others have read."""
        self._stage += 1
        if self.crew.at_work:
            self.intake.load_people()

    def _terms(self) -> Terms:
        intake = self.intake
        intake.client.parallel = self.crew.parallel
        return Terms(
            intake.clock(),
            intake.client.vendor,
            intake.client.parallel,
            intake.types,
            intake.by_patient,
            intake.new,
            self._stage,
        )

    def _heard(self, stage: str, done: int, total: int | None) -> None:
        """How far this process is; a search that finds much has the others shared."""
        self.crew.expect(total if total is not None else done)
        self.crew.listen(self.progress)
        self.progress(stage, done, total)
