"""How often codes that open nothing were tried lately, by network and over all; kept in this process, and bounded.

It never stands before a code that opens something, so nobody can shut an office out by guessing. Of several processes
each counts for itself: a code cannot be guessed all the same (``domain.confirm_code``), so this keeps the page polite
rather than safe, and a flood writes nothing into the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=1)
OF_ONE, OVER_ALL = 20, 300
"""Wrong codes in a minute after which a network, and everybody, is asked to wait."""


@dataclass
class Gate:
    """Counts of the present minute."""

    _since: datetime | None = None
    _wrong: dict[str, int] = field(default_factory=dict)
    _total: int = 0
    _lock: Lock = field(default_factory=Lock)

    def is_too_many(self, network: str, now: datetime) -> bool:
        """Count one wrong code from a network; whether there were too many by now."""
        with self._lock:
            if self._since is None or not timedelta(0) <= now - self._since < WINDOW:
                self._since, self._total = now, 0
                self._wrong.clear()
            self._total += 1
            if self._total <= OVER_ALL:  # above that nobody is counted any more: the table stays small
                self._wrong[network] = self._wrong.get(network, 0) + 1
            return self._total > OVER_ALL or self._wrong.get(network, 0) > OF_ONE
