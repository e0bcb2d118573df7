"""Misbehaviour on request: what real servers, proxies and networks do to a client."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One kind of trouble for requests whose path holds ``where``, ``times`` times after the first ``after``.

    Kinds: ``status`` (with ``code`` and ``retry_after``), ``reset``, ``truncated``, ``html``, ``endless``,
    ``elsewhere`` (next link to another origin), ``short`` (total says more than the pages hold), ``unfiltered``,
    ``huge`` (two gigabytes, of which nothing is said beforehand), ``announced`` (two gigabytes, as it says).
    """

    kind: str
    where: str = ""
    times: int = 1_000_000
    after: int = 0
    code: int = 500
    retry_after: str | None = None
    body: str = "{}"
    content_type: str = "application/json"


@dataclass
class Faults:
    """The faults of one server; each request takes at most one."""

    faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str) -> Fault | None:
        """The fault for a request, used up by it."""
        with self._lock:
            for fault in self.faults:
                if fault.where in path and fault.times > 0:
                    if fault.after > 0:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None
