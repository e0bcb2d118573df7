"""Keeping what is read and judging many persons: here, or beside the reading in processes where there is much of it.

While the worklist is read, a process writes its pages; after that it judges, out of what is kept, and writes what
follows. It holds nothing that would be lost with it: a page is written here if it died, and whoever it did not get
to is still marked as touched, and is judged at the end, or by the next run.
"""

from __future__ import annotations

import gc
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context, parent_process
from types import TracebackType

from loopclose.clock import Clock, fixed
from loopclose.domain.directory import Directory
from loopclose.flows.site import Site
from loopclose.flows.sync.intake import Progress, silent
from loopclose.flows.sync.judging import judge_persons
from loopclose.flows.sync.pages import PageRead, write
from loopclose.flows.sync.people_read import PeopleRead, people_read
from loopclose.store.base import chunks
from loopclose.store.engine import Database
from loopclose.store.persons import count_touched, records_of, touched_persons

AT_ONCE = 400
"""Persons judged and written in one transaction."""
MOST = 20_000
"""Persons whose names are held at a time."""
WORTH_IT = 1500
"""Resources to keep, or persons to judge, from which on a process pays for its start."""


def hands_here() -> int:
    """Processes to work beside this one: one for every further core, three at most."""
    return min(3, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 0)


def collect_seldom() -> None:
    """For a process that syncs: facts and rows come and go by the thousand, hardly ever in a cycle."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Crew:
    """Keeps the pages and judges the persons of one site. Give its processes back by closing it."""

    def __init__(self, db: Database, clock: Clock, site: Site, *, hands: int, worth_it: int = WORTH_IT) -> None:
        self._db, self._clock, self._site = db, clock, site
        self._hands = hands if db.is_shared else 0
        self._worth_it = worth_it
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: deque[list[str]] = deque()
        self._given: set[Future[None]] = set()
        self._writing: tuple[PageRead, Future[None]] | None = None
        self._kept = 0

    def start(self) -> None:
        """Start the processes, which otherwise start with their first work."""
        if self._hands and self._pool is None:
            self._pool = ProcessPoolExecutor(self._hands, get_context("spawn"), _begin, (self._db.url, self._site))
            wait([self._pool.submit(_here) for _ in range(self._hands)])

    def keep(self, page: PageRead) -> None:
        """Write a page beside the reading, where there is much to read."""
        self.settle()
        self._kept += len(page.rows)
        if self._hands and (self._pool is not None or self._kept > self._worth_it):
            self.start()
        try:
            if self._pool is not None:
                self._writing = page, self._pool.submit(_keep, page, self._clock())
                return
        except BrokenProcessPool:
            self._alone()
        write(self._db, self._site, page, self._clock())

    def settle(self) -> None:
        """Come back when every page given is committed."""
        if self._writing is None:
            return
        (page, future), self._writing = self._writing, None
        try:
            future.result()
        except BrokenProcessPool:
            self._alone()
            write(self._db, self._site, page, self._clock())

    def judge_ahead(self, people: PeopleRead, patients: Sequence[str]) -> None:
        """Let those be judged while more is read; persons with several records wait until all of them are read."""
        if not self._hands:
            return
        with self._db.read() as session:
            found = records_of(session, self._site.scope, self._site.ehr, patients)
        self._waiting.append([patient for patient in patients if list(found.get(patient, ())) == [patient]])
        if self._pool is not None or self._crowd() > self._worth_it:
            self._give(people.version)

    def judge_touched(self, people: PeopleRead, progress: Progress = silent) -> None:
        """Judge everybody of whom something was read since last time, and wait for it."""
        directory = people.directory(self._site.settings.base_url)
        with self._db.read() as session:
            whole = count_touched(session, self._site.scope, self._site.ehr)
        self._judge_waiting(people.version, directory, whole, progress)
        while rest := self._touched():
            self._waiting.extend(chunks(rest, AT_ONCE))
            self._judge_waiting(people.version, directory, whole, progress)

    def drop(self) -> None:
        """Judge nobody more: what was read is not whole."""
        self.settle()
        self._waiting.clear()
        wait(self._given)
        self._given.clear()

    def close(self) -> None:
        """Give back the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _touched(self) -> list[str]:
        with self._db.read() as session:
            return touched_persons(session, self._site.scope, self._site.ehr, MOST)

    def _judge_waiting(self, version: int, directory: Directory, whole: int, progress: Progress) -> None:
        """Take turns with the processes until nobody waits."""
        if self._hands and self._crowd() > self._worth_it:
            self._give(version)
        while self._waiting or self._given:
            if self._waiting:
                judge_persons(self._db, self._clock, self._site, directory, self._waiting.popleft())
            else:
                wait(self._given, return_when=FIRST_COMPLETED)
            if self._pool is not None:
                self._give(version)
            left = self._crowd() + AT_ONCE * len(self._given)
            progress("judging", max(0, whole - left), whole)

    def _crowd(self) -> int:
        return sum(map(len, self._waiting))

    def _give(self, version: int) -> None:
        """Take back what is done and keep every process at work, with one batch more in hand."""
        self.start()
        done = {future for future in self._given if future.done()}
        self._given -= done
        try:
            for future in done:
                future.result()
            while self._pool is not None and self._waiting and len(self._given) <= self._hands:
                self._given.add(self._pool.submit(_judge, self._waiting.popleft(), self._clock(), version))
        except BrokenProcessPool:  # one was killed: whoever it had is still touched, and is judged here
            self._alone()

    def _alone(self) -> None:
        self._given.clear()
        self._hands, self._pool = 0, None


class _Worker:
    """What one process keeps between its batches."""

    def __init__(self, url: str, site: Site) -> None:
        self.db, self.site = Database(url), site
        self._known: tuple[int, Directory] | None = None

    def directory(self, version: int) -> Directory:
        """Everybody met so far, read again when there is somebody new."""
        if self._known is None or self._known[0] != version:
            with self.db.read() as session:
                people = people_read(session, self.site)
            self._known = version, people.directory(self.site.settings.base_url)
        return self._known[1]


_worker: list[_Worker] = []


def _begin(url: str, site: Site) -> None:
    """Make a process ready; it ends with the one that started it, however that ends."""
    _worker[:] = [_Worker(url, site)]
    collect_seldom()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _here() -> None:
    """Nothing: that it was done shows that the process is up."""


def _keep(page: PageRead, now: datetime) -> None:
    worker = _worker[0]
    write(worker.db, worker.site, page, now)


def _judge(persons: list[str], now: datetime, version: int) -> None:
    worker = _worker[0]
    judge_persons(worker.db, fixed(now), worker.site, worker.directory(version), persons)
