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
from typing import Any, Generic, TypeVar

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
        self.hands = min(hands, site.settings.parallel - 1) if db.is_shared else 0
        self._pool: ProcessPoolExecutor | None = None
        self._told = get_context("spawn").SimpleQueue()
        self._stage: _Stage[Any, Any] | None = None

    @property
    def at_work(self) -> bool:
        """Whether there are processes beside this one."""
        return self._pool is not None

    @property
    def parallel(self) -> int:
        """Requests that each process may make at once."""
        return self._site.settings.parallel // (self.hands + 1 if self.at_work else 1)

    def start(self) -> None:
        """Start the processes and wait until they are up; otherwise they start with their first work."""
        self._open()
        if self._pool is not None:
            wait([self._pool.submit(hand.here) for _ in range(self.hands)])

    def expect(self, amount: int) -> None:
        """So much is to be done: where a process pays for its start, what is left of the tasks is shared."""
        if amount > self._worth_it:
            self._open()
            if self._stage is not None:
                self._stage.give(keep=0)

    def offer(self, task: object) -> bool:
        """Give one more task to a process that has nothing to do; False where there is none such."""
        return self._stage is not None and self._stage.offer(task)

    def share(
        self,
        tasks: deque[T],
        here: Callable[[T], R],
        there: Callable[[Hand, Terms, T], R],
        terms: Terms,
        progress: Progress = silent,
    ) -> Iterator[tuple[T, R]]:
        """Do each task once, ``here`` or ``there`` in a process; gives each with its result, as they are done.

        Here they are taken from the left, there from the right; they may be added to meanwhile. The first error of a
        task is raised, once those under way have ended.
        """
        stage = self._stage = _Stage(self, tasks, lambda task: self._submit(hand.do, there, terms, task))
        try:
            while tasks or stage.given:
                stage.give(keep=1)
                if tasks:
                    task = tasks.popleft()
                    yield task, here(task)
                else:
                    wait(stage.given, timeout=LOOK_UP, return_when=FIRST_COMPLETED)
                self.listen(progress)
                yield from stage.done()
        finally:
            self._stage = None
            for future in stage.given:
                future.cancel()
            wait(stage.given)

    def listen(self, progress: Progress) -> None:
        """Pass on how far the processes say they are."""
        while not self._told.empty():
            progress(*self._told.get())

    def go_alone(self) -> None:
        """A process was killed, and the others with it: what they had in hand is done here."""
        self.hands, self._pool = 0, None

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
        if self.hands > 0 and self._pool is None:
            begun_with = (self._url, self._site, self._told)
            self._pool = ProcessPoolExecutor(self.hands, get_context("spawn"), hand.begin, begun_with)

    def _submit(self, *what: Any) -> Future[Any] | None:
        """None where no process is there to do it."""
        try:
            return self._pool.submit(*what) if self._pool is not None else None
        except BrokenProcessPool:
            self.go_alone()
            return None


class _Stage(Generic[T, R]):
    """Tasks of one kind: those that nobody has yet, and those given to processes."""

    def __init__(self, crew: Crew, tasks: deque[T], submit: Callable[[T], Future[R] | None]) -> None:
        self._crew, self._tasks, self._submit = crew, tasks, submit
        self.given: dict[Future[R], T] = {}

    def give(self, keep: int) -> None:
        """Have every process do one task and have one more in hand, but for those kept for this one."""
        while len(self._tasks) > keep and len(self.given) < 2 * self._crew.hands:
            future = self._submit(self._tasks[-1])
            if future is None:
                return
            self.given[future] = self._tasks.pop()

    def offer(self, task: T) -> bool:
        """Give a task to a process that has nothing to do."""
        if sum(not future.done() for future in self.given) >= self._crew.hands:
            return False
        future = self._submit(task)
        if future is not None:
            self.given[future] = task
        return future is not None

    def done(self) -> Iterator[tuple[T, R]]:
        """What the processes have done; what a killed one had goes back to the tasks."""
        for future in [one for one in self.given if one.done()]:
            task = self.given.pop(future)
            try:
                result = future.result()
            except BrokenProcessPool:
                self._crew.go_alone()
                self._tasks.append(task)
            else:
                yield task, result
