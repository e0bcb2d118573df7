"""The threads beside the web server: whatever a look at what is due raises, the next one comes."""

from __future__ import annotations

import threading
from typing import Any

from loopclose.cli.serving import TICK_SECONDS, _keep_ticking
from loopclose.flows.schedule import LANES


class Passing(threading.Event):
    """An event for which nobody waits; it is set after so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left, self.waited = times, []

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is set by now."""
        self.waited.append(timeout)
        self.left -= 1
        return self.left < 0


class Broken:
    """A scheduler that fails in every way there is."""

    def __init__(self) -> None:
        self.problems: list[Exception] = [
            KeyError("name"),
            MemoryError(),
            RecursionError(),
            BrokenPipeError("the log is gone"),
        ]
        self.ticks = 0

    def tick(self) -> None:
        """Fail."""
        self.ticks += 1
        if self.problems:
            raise self.problems.pop()


def test_nothing_that_a_tick_raises_ends_the_thread() -> None:
    scheduler: Any = Broken()
    stop = Passing(6)
    _keep_ticking(scheduler, stop)
    assert scheduler.ticks == 6 and stop.waited == [TICK_SECONDS] * 7


def test_reading_and_telling_have_a_thread_each() -> None:
    assert len(LANES) == 3 and not frozenset.intersection(*LANES.values())
    assert frozenset.union(*LANES.values()) == {"sync", "events", "tell", "night", "seal", "mails", "deliver"}
