"""How fast a server may be asked: so many requests a minute of the clock, and not at all while it wants rest.

Some servers count by the minute and answer 429 until the next full one begins, without saying so in Retry-After
(eClinicalWorks: 250 a minute of one practice since October 2025, says its developer page). Going on asking then only
uses up tries; waiting costs less than a minute, and nothing that was read is read again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MINUTE = 60.0


class Pace:
    """Shared by the threads that ask one server."""

    def __init__(self, per_minute: int | None = None, now: Callable[[], float] = time.time) -> None:
        self.per_minute = per_minute
        """Most requests between one full minute and the next; None: as many as there are."""
        self._now = now
        self._lock = threading.Lock()
        self._minute, self._asked = 0, 0
        self._rest_until = 0.0

    def turn(self) -> float:
        """Seconds to wait before the next request, which is counted as made then."""
        with self._lock:
            now = max(self._now(), self._rest_until)
            minute = int(now // MINUTE)
            if minute > self._minute:
                self._minute, self._asked = minute, 0
            if self.per_minute is not None and self._asked >= self.per_minute:
                self._minute, self._asked = self._minute + 1, 0
            self._asked += 1
            return max(0.0, max(now, self._minute * MINUTE) - self._now())

    def rest(self, seconds: float) -> None:
        """Nobody is to ask for so long."""
        with self._lock:
            self._rest_until = max(self._rest_until, self._now() + seconds)


def until_next_minute(server_seconds: float) -> float:
    """Seconds until a server whose clock says that begins a new minute, and one more: its Date has whole seconds."""
    return MINUTE - server_seconds % MINUTE + 1
