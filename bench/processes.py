"""Processes split off from this one, each for one task: so many at a time, silent, and ended where they never end."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Task = TypeVar("Task")
FAILED = 1
"""How a process ends that could not tell how."""


def in_processes(tasks: Iterable[Task], most: int, act: Callable[[Task], int]) -> Iterator[tuple[Task, int, int]]:
    """Each task as it ends, with the number of its process and what ``act`` gave back there."""
    running: dict[int, Task] = {}
    for task in tasks:
        if len(running) >= most:
            yield _first(running)
        child = os.fork()
        if not child:
            _act(task, act)
        running[child] = task
    while running:
        yield _first(running)


def limit(seconds: float) -> None:
    """Interrupt the process once it has worked for so long; end it at once where it is still there much later."""
    signal.signal(signal.SIGPROF, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(int(10 * seconds) + 60)


def silenced(log: str = os.devnull) -> None:
    """What the process prints goes there."""
    to = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(to, 1), os.dup2(to, 2), os.close(to)


def _act(task: Task, act: Callable[[Task], int]) -> None:
    try:
        os._exit(act(task))
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(FAILED)


def _first(running: dict[int, Task]) -> tuple[Task, int, int]:
    ended, status = os.wait()
    return running.pop(ended), ended, os.waitstatus_to_exitcode(status)
