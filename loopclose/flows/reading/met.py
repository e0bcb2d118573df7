"""Which resources a run met, in a few bytes each: a run may meet hundreds of thousands."""

from __future__ import annotations

from array import array

FIRST = 1024
"""Places at first; there are always half as many again as are taken."""
NAME = 0xFFFFFFFFFFFFFFFE
"""The bits of a place that say who it is: the last one says whether it is known what became of it."""


class Met:
    """A set of resources, each with one bit beside it. Of a name only a digest of 63 bits is kept.

    A dict of the same takes some ninety bytes for each resource, this one twelve to twenty-four: a table with open
    addressing, in which whoever finds a place taken goes on to the next.
    """

    def __init__(self) -> None:
        self._places = array("Q", bytes(8 * FIRST))
        self._taken = 0

    def has(self, kind: str, fhir_id: str) -> bool:
        """Whether it was met."""
        return self._places[self._place(_digest(kind, fhir_id))] != 0

    def is_settled(self, kind: str, fhir_id: str) -> bool:
        """Whether it is known what became of it."""
        return self._places[self._place(_digest(kind, fhir_id))] & 1 == 1

    def add(self, kind: str, fhir_id: str) -> bool:
        """Note that it was met; whether for the first time."""
        name = _digest(kind, fhir_id)
        place = self._place(name)
        if self._places[place]:
            return False
        self._places[place] = name
        self._taken += 1
        if 3 * self._taken > 2 * len(self._places):
            self._grow()
        return True

    def settle(self, kind: str, fhir_id: str) -> bool:
        """Note that it is known what became of it; whether for the first time."""
        self.add(kind, fhir_id)
        place = self._place(_digest(kind, fhir_id))
        before = self._places[place]
        self._places[place] = before | 1
        return before & 1 == 0

    def _place(self, name: int) -> int:
        """Where it stands, or would stand."""
        places, last = self._places, len(self._places) - 1
        at = (name >> 1) & last
        while places[at] and places[at] & NAME != name:
            at = (at + 1) & last
        return at

    def _grow(self) -> None:
        before, self._places = self._places, array("Q", bytes(16 * len(self._places)))
        for one in before:
            if one:
                self._places[self._place(one & NAME)] = one


def _digest(kind: str, fhir_id: str) -> int:
    """Never 0, which is an empty place."""
    return hash((kind, fhir_id)) & NAME or NAME
