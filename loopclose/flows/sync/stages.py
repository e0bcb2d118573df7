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
from loopclose.flows.sync.worklist import TYPES, Listed, Page, read_listed
from loopclose.store.persons import count_touched, touched_persons

READ_AT_MOST, JUDGED_AT_MOST = 800, 600
"""Patients, and persons, in one task: a slow EHR takes minutes for so many (see ``run.LEASE_SECONDS``)."""
MOST = 20_000
"""Persons whose names are held at a time."""


@dataclass
class Stages:
    """One run, stage by stage. Each stage begins when the one before is committed as a whole."""

    intake: Intake
    crew: Crew
    progress: Progress
    tally: Tally = field(default_factory=Tally)
    followed: set[str] = field(default_factory=set)
    """Patients whose records are to be read, as the worklist has it so far."""
    _stage: int = 0

    def read_worklist(self, searches: Iterable[Listed]) -> dict[tuple[str, str], datetime]:
        """Read every search; gives the marks to move by (type, source) once all is judged."""
        marks: dict[tuple[str, str], datetime] = {}
        tasks: deque[Listed | Page] = deque(searches)

        def keep(page: Page) -> None:
            if not self.crew.offer(page):
                self.intake.take(page)
                self._add(self.intake.hand_over())

        def here(task: Listed | Page) -> Taken:
            if isinstance(task, Listed):
                return read_listed(self.intake, task, keep, self._heard)
            self.intake.take(task)
            return self.intake.hand_over()

        for task, taken in self.crew.share(tasks, here, hand.read_worklist, self._terms(), self.progress):
            self._add(taken)
            if taken.newest is not None and isinstance(task, Listed):
                key = (task.search.type, task.source)
                marks[key] = max(marks.get(key, taken.newest), taken.newest)
        return marks

    def read_patients(self, others: Iterable[str]) -> None:
        """Read the records of those who are followed by the worklist, and of others; and of whoever is tied to them."""
        patients = sorted(self.followed.union(others))
        self.followed.clear()
        first = bool(self.intake.new)
        self.intake.new -= {*TYPES.values()}  # what the worklist brought comes again
        if self.intake.by_patient & {*TYPES.values()}:
            self._know_everybody()  # for a new referral or visit it is asked who is ours
        known = set(patients)
        tasks = self._portions(patients, READ_AT_MOST)
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
            tasks += self._portions(newly, READ_AT_MOST)
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
            tasks = self._portions(rest, JUDGED_AT_MOST)
            for persons, _ in self.crew.share(tasks, here, hand.judge, self._terms()):
                done += len(persons)
                self.progress("judging", min(done, whole), whole)

    def _add(self, taken: Taken) -> None:
        self.tally.add(taken)
        self.followed |= taken.followed

    def _portions(self, names: Sequence[str], most: int) -> deque[list[str]]:
        """In tasks, small ones in the middle: taken from both ends, they are all done at about the same time."""
        ends: tuple[list[list[str]], list[list[str]]] = ([], [])
        left = list(names)
        while left:
            size = max(most // 8, min(most, len(left) // 4))
            ends[len(ends[0]) > len(ends[1])].append(left[:size])
            del left[:size]
        return deque([*ends[0], *reversed(ends[1])])

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
