"""So many requests a minute of the clock, as eClinicalWorks counts them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class MinuteLimit:
    """Lets ``most`` requests through between one full minute and the next; those that it refuses count as well."""

    def __init__(self, most: int | None, clock: Callable[[], datetime] = now) -> None:
        self.most, self._clock = most, clock
        self._lock = threading.Lock()
        self._minute, self._seen = datetime.min.replace(tzinfo=UTC), 0
        self.refused = 0
        """Requests that were not let through, ever."""

    def passes(self) -> bool:
        """Count one request, and say whether it is let through."""
        if self.most is None:
            return True
        minute = self._clock().replace(second=0, microsecond=0)
        with self._lock:
            if minute != self._minute:
                self._minute, self._seen = minute, 0
            self._seen += 1
            self.refused += self._seen > self.most
            return self._seen <= self.most
