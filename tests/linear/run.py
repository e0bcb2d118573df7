"""Feeds every pattern of ours, and prints what is not linear: ``python -m tests.linear.run``. A process of its own.

Before each it prints what it is at, so that whoever ends it for taking too long knows by what.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tests.linear.attacks import texts
from tests.linear.measure import slow_at
from tests.linear.patterns import Pattern, found


def way_of(pattern: Any, way: str) -> Callable[[Any], object]:
    """How a pattern is used, to its end."""
    if way == "finditer":
        return lambda text: sum(1 for _ in pattern.finditer(text))
    return getattr(pattern, way)  # type: ignore[no-any-return]


def ways_of(one: Pattern) -> list[str]:
    """The ways that are tried: whatever goes through a whole text does as ``finditer`` does, and more than a search."""
    through = one.ways & {"sub", "subn", "split", "findall", "finditer"}
    return sorted((one.ways - through - {"search"}) | {"finditer"} if through else one.ways)


def offences(one: Pattern, *, first_only: bool = True) -> list[str]:
    """What takes one pattern more than linear time, in words."""
    told = []
    for way in ways_of(one):
        for text_of, most in texts(one.pattern):
            print("at", one.where, way, text_of.__doc__, file=sys.stderr, flush=True)
            slow = slow_at(way_of(one.pattern, way), text_of, most)
            if slow is not None:
                told.append(
                    f"{one.where} {one.pattern.pattern!r} {way} {text_of.__doc__}: {slow[1]:.2f} s at {slow[0]}"
                )
                if first_only:
                    break
    return told


if __name__ == "__main__":
    everything = found()
    for where in everything.unknown:
        print("unknown", where)
    for one in everything.patterns:
        for words in offences(one):
            print("slow", words)
    print("done", len(everything.patterns))
