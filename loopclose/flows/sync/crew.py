"""Sharing the work of one sync among processes: searches of the worklist, patients to read, persons to judge.

A process keeps what it reads and writes what it judges by itself, so nothing is lost with it: what one that died had
in hand is done again here, and comes to the same.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import TypeVar

from loopclose.flows.site import Site
from loopclose.flows.sync import hand
from loopclose.flows.sync.hand import Hand, Terms
from loopclose.flows.sync.progress import Progress, silent
from loopclose.store.engine import Database

WORTH_IT = 1500
"""Resources or persons from which on a process pays for its start."""
LOOK_UP = 0.2
"""Seconds between two looks at how far the processes are."""
T = TypeVar("T")
R = TypeVar("R")


def hands_here() -> int:
    """Processes to work beside this one: one for every further core, three at most."""
    return min(3, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 0)


class Crew:
    """This process and those beside it. Give them back by closing it."""

    def __init__(self, db: Database, site: Site, *, hands: int = 0, worth_it: int = WORTH_IT) -> None:
        self._url, self._site, self._worth_it = db.url, site, worth_it
        # each process asks the EHR, and all of them together no more at once than the site allows
        self._hands = min(hands, site.settings.parallel - 1) if db.is_shared else 0
        self._pool: ProcessPoolExecutor | None = None
        self._told = get_context("spawn").SimpleQueue()
        self._share_rest: Callable[[], None] = _nothing_shared

    @property
    def at_work(self) -> bool:
        """Whether there are processes beside this one."""
        return self._pool is not None

    @property
    def parallel(self) -> int:
        """Requests that each process may make at once."""
        return self._site.settings.parallel // (self._hands + 1 if self.at_work else 1)

    def start(self) -> None:
        """Start the processes and wait until they are up; otherwise they start with their first work."""
        self._open()
        if self._pool is not None:
            wait([self._pool.submit(hand.here) for _ in range(self._hands)])

    def expect(self, amount: int) -> None:
        """So much is to be done: where a process pays for its start, what is left of the tasks is shared."""
        if amount > self._worth_it:
            self._open()
            self._share_rest()

    def share(
        self,
        tasks: deque[T],
        here: Callable[[T], R],
        there: Callable[[Hand, Terms, T], R],
        terms: Terms,
        progress: Progress = silent,
    ) -> Iterator[tuple[T, R]]:
        """Do each task once, ``here`` or ``there`` in a process; gives each with its result, as they are done.

        ``tasks`` may be added to meanwhile. The first error of a task is raised, once those under way have ended.
        """
        given: dict[Future[R], T] = {}

        def give(keep: int = 0) -> None:
            """Give every process one task to do and one to have in hand, but for those kept for this one."""
            try:
                while self._pool is not None and len(tasks) > keep and len(given) < 2 * self._hands:
                    given[self._pool.submit(hand.do, there, terms, tasks[-1])] = tasks[-1]
                    tasks.pop()
            except BrokenProcessPool:
                self._alone()

        self._share_rest = give
        try:
            while tasks or given:
                give(keep=1)
                if tasks:
                    task = tasks.popleft()
                    yield task, here(task)
                else:
                    wait(given, timeout=LOOK_UP, return_when=FIRST_COMPLETED)
                self.listen(progress)
                for future in [one for one in given if one.done()]:
                    task = given.pop(future)
                    try:
                        result = future.result()
                    except BrokenProcessPool:  # it was killed: what it had in hand is done here
                        self._alone()
                        tasks.append(task)
                    else:
                        yield task, result
        finally:
            self._share_rest = _nothing_shared
            for future in given:
                future.cancel()
            wait(given)

    def listen(self, progress: Progress) -> None:
        """Pass on how far the processes say they are."""
        while not self._told.empty():
            progress(*self._told.get())

    def close(self) -> None:
        """Give back the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _open(self) -> None:
        if self._hands > 0 and self._pool is None:
            begun_with = (self._url, self._site, self._told)
            self._pool = ProcessPoolExecutor(self._hands, get_context("spawn"), hand.begin, begun_with)

    def _alone(self) -> None:
        self._hands, self._pool = 0, None


def _nothing_shared() -> None:
    """No tasks are being shared."""
