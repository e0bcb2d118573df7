"""Waiting for an export: never asking before the server wants to be asked, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fhir_adapters.bulk.problems import NotYet
from fhir_adapters.bulk.status import Manifest, Wait
from fhir_adapters.errors import Failed

FIRST, LONGEST = 5.0, 300.0
"""Seconds between two questions where the server names none: twice as long each time, up to the latter."""
LEAST = 1.0
"""Seconds between two questions whatever the server says."""
MOST = 7 * 86_400.0
"""The longest wait that is believed."""
FAILURES = 5
"""Failures one after another after which the export is given up for this time."""


@dataclass
class Waiting:
    """``ask`` for the status; ``pause`` for some seconds. ``note`` is told how long it waits, and how far it is."""

    ask: Callable[[], Manifest | Wait]
    pause: Callable[[float], None]
    note: Callable[[float, str], None]

    def until_done(self, first: float, at_most: float) -> Manifest:
        """The manifest, once it is there. ``first``: seconds before the first question; ``at_most``: in all.

        Raises ``NotYet`` where it would take longer, and whatever ``ask`` raises.
        """
        waited, own, failed, wait, words = 0.0, FIRST, 0, first, ""
        while True:
            if waited + wait > at_most:
                how_far = f" ({words})" if words else ""
                raise NotYet(f"The EHR is still making its export{how_far}; the next sync goes on with it.", wait)
            if wait > 0:
                self.pause(wait)
            waited += wait
            found = self.ask()
            if isinstance(found, Manifest):
                return found
            failed = failed + 1 if found.problem is not None else 0
            if failed >= FAILURES:
                raise Failed(str(found.problem))
            wait, words = min(max(own if found.seconds is None else found.seconds, LEAST), MOST), found.words or words
            if found.seconds is None:
                own = min(own * 2, LONGEST)
            self.note(wait, words)
