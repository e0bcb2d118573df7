"""How often a server may be asked: so many requests a minute of the clock and a day, none while it wants rest.

Some servers count by the minute and answer 429 until the next full one begins, without saying so in Retry-After
(eClinicalWorks: 250 a minute of one practice since October 2025, says its developer page). Going on asking then only
uses up tries; waiting costs less than a minute, and nothing that was read is read again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from fhir_adapters.errors import BudgetSpent

MINUTE, DAY = 60.0, 86_400.0
OTHER = "other"
_REASON = ContextVar("reason", default=OTHER)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """What is asked meanwhile, by this thread and those that it has ask, is counted under that reason."""
    before = _REASON.set(reason)
    try:
        yield
    finally:
        _REASON.reset(before)


class Budget(Protocol):
    """The requests that all who ask one server have in common, whichever process they are."""

    block: int
    """How many are taken at once, at most: a twentieth of what there is, where that is less."""

    def take(self, span: str, began: int, wanted: int, most: int) -> int:
        """Take some of the ``most`` of the minute or day (``span``) that has this number; gives how many were left to
        take."""

    def taken(self, span: str, began: int) -> int:
        """How many were taken of it."""


class Alone:
    """The budget of one process that shares it with nobody."""

    block = 1

    def __init__(self) -> None:
        self._taken = Counter[tuple[str, int]]()

    def take(self, span: str, began: int, wanted: int, most: int) -> int:
        """As a budget says it."""
        found = max(0, min(wanted, most - self._taken[span, began]))
        self._taken[span, began] += found
        return found

    def taken(self, span: str, began: int) -> int:
        """As a budget says it."""
        return self._taken[span, began]


class Pace:
    """Shared by the threads that ask one server."""

    def __init__(
        self,
        per_minute: int | None = None,
        now: Callable[[], float] = time.time,
        per_day: int | None = None,
        budget: Budget | None = None,
        day_of: Callable[[float], int] = lambda seconds: int(seconds // DAY),
    ) -> None:
        self.per_minute = per_minute
        """Most requests between one full minute and the next; None: as many as there are."""
        self.per_day = per_day
        self.made = Counter[str]()
        """Requests made, by reason."""
        self._now, self._budget, self._day_of = now, budget or Alone(), day_of
        self._lock = threading.Lock()
        self._minute, self._left = 0, 0
        self._day, self._left_today = 0, 0
        self._rest_until = 0.0

    def turn(self) -> float:
        """Seconds to wait before the next request, which is counted as made then.

        Raises ``BudgetSpent`` where the day has none left.
        """
        with self._lock:
            now = max(self._now(), self._rest_until)
            if self.per_day is not None:
                self._take_of_the_day(now, self.per_day)
            minute = int(now // MINUTE)
            if minute > self._minute:
                self._minute, self._left = minute, 0
            if self.per_minute is not None:
                self._take_of_a_minute(self.per_minute)
            self.made[_REASON.get()] += 1
            return max(0.0, max(now, self._minute * MINUTE) - self._now())

    def rest(self, seconds: float) -> None:
        """Nobody is to ask for so long."""
        with self._lock:
            self._rest_until = max(self._rest_until, self._now() + seconds)

    def left_today(self) -> int | None:
        """Requests that the day has left; None where it has no limit."""
        if self.per_day is None:
            return None
        with self._lock:
            return self.per_day - self._budget.taken("day", self._day_of(self._now())) + self._left_today

    def _take_of_a_minute(self, most: int) -> None:
        """Of this one, or of the first that has some left."""
        while not self._left:
            self._left = self._budget.take("minute", self._minute, self._block(most), most)
            self._minute += not self._left
        self._left -= 1

    def _take_of_the_day(self, now: float, most: int) -> None:
        day = self._day_of(now)
        if day != self._day:
            self._day, self._left_today = day, 0
        if not self._left_today:
            self._left_today = self._budget.take("day", day, self._block(most), most)
        if not self._left_today:
            raise BudgetSpent(
                f"The {most} requests that this EHR may be asked in a day are used up (requests_per_day); "
                "reading goes on tomorrow."
            )
        self._left_today -= 1

    def _block(self, most: int) -> int:
        return max(1, min(self._budget.block, most // 20))


def until_next_minute(server_seconds: float) -> float:
    """Seconds until a server whose clock says that begins a new minute, and one more: its Date has whole seconds."""
    return MINUTE - server_seconds % MINUTE + 1
