"""Made-up practices that several tests look at."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.practice import generate

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@cache
def box(style: str, size: int = 80, seed: int = 1) -> Sandbox:
    """A practice as of NOW; not to be changed."""
    return generate(style, size, seed, NOW)


def of(made: Sandbox, kind: str, prefix: str = "") -> list[dict[str, Any]]:
    """The resources of a type whose ids begin so."""
    return [one for one in made.resources if one["resourceType"] == kind and one["id"].startswith(prefix)]


def by_key(made: Sandbox) -> dict[str, dict[str, Any]]:
    """Every resource by ``Type/id``."""
    return {f"{one['resourceType']}/{one['id']}": one for one in made.resources}
