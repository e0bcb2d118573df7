"""What providers say of themselves and the keys that they publish, kept for minutes by one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fhir_adapters.openid.key_sets import KeySets
from fhir_adapters.openid.provider import Provider, discover, discover_ehr
from fhir_adapters.smart.asking import Reach
from loopclose.flows.openid.doors import LAUNCH, Door

KEPT_SECONDS = 300.0


class Providers:
    """Those of one application. ``monotonic`` counts seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, Provider]] = {}
        self._keys: dict[Reach, KeySets] = {}
        self._lock = threading.Lock()

    def of(self, door: Door) -> Provider:
        """The provider behind a door; raises what ``discover`` raises. A failure is not kept."""
        kept = self._told.get(door.key)
        if kept is not None and self._monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        found = discover_ehr(door.address, door.reach) if door.kind == LAUNCH else discover(door.address, door.reach)
        self._told[door.key] = (self._monotonic(), found)
        return found

    def keys(self, reach: Reach) -> KeySets:
        """The published keys that are reached like this."""
        with self._lock:
            return self._keys.setdefault(reach, KeySets(reach, self._monotonic))
