"""Time at n against time at 4n, in processor time of this thread, so that a busy machine changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", str, bytes)
MOST = 2**20
SIZES = tuple(4**power for power in range(3, 11))
"""From 64 characters to 1 MB: what is cubic is met before it takes minutes."""
GENEROUS = 9.0
"""4 times the text takes 4 times as long where it is linear, and 16 times where it is quadratic."""
TOO_SHORT = 0.005
"""Seconds below which a ratio says nothing; what is quadratic takes 0.01 s and more of 16,000 characters."""
TRIES = 4


def slow_at(
    do: Callable[[T], object], text_of: Callable[[int], T], most: int = MOST, generous: float = GENEROUS
) -> tuple[int, float] | None:
    """The size at which ``do`` took more than in proportion, and its seconds there; None where it never did."""
    before = 0.0
    for size in (size for size in SIZES if size <= most):
        text, smaller = text_of(size), text_of(size // 4)
        took = _seconds(do, text)
        tries = 0
        while took > TOO_SHORT and took > generous * max(before, TOO_SHORT / generous) and tries < TRIES:
            took, before, tries = min(took, _seconds(do, text)), max(before, _seconds(do, smaller)), tries + 1
        if tries == TRIES and took > generous * before:
            return size, took
        before = took
    return None


def _seconds(do: Callable[[T], object], text: T) -> float:
    begun = time.thread_time()
    do(text)
    return time.thread_time() - begun
