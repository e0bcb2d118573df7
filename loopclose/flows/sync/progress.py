"""How far a sync is, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Told of (stage, done, total if known)."""


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """No progress shown."""
