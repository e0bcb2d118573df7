"""When the patient is back with the referrer, as a page says it: each date with its source and its age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loopclose.domain.returns import SOURCES
from loopclose.store.decisions import DecisionRow
from loopclose.store.obligations import DeadlineRow


@dataclass(frozen=True)
class KnownReturn:
    """One date that is known: entered by somebody, or read in the chart."""

    at: datetime
    because: str
    by: str | None = None
    """Who entered it; None: it stands in the chart."""
    since: datetime | None = None
    """When it was entered."""
    source: str | None = None


def known_returns(deadlines: Sequence[DeadlineRow], made: Sequence[DecisionRow]) -> list[KnownReturn]:
    """What the present deadline knows, the earliest first. ``made``: what people decided, the oldest first."""
    said = next((one for one in reversed(made) if one.move == "returns_on"), None)
    day = date.fromisoformat(said.given["day"]) if said is not None and said.given.get("day") else None
    found = []
    for reason in deadlines[0].reasons if deadlines else ():
        if "returns_at" not in reason:
            continue
        at, because = datetime.fromisoformat(reason["returns_at"]), reason["because"]
        if (
            said is not None
            and day is not None
            and "the referrer on" in because
            and because.rstrip(".").endswith((*SOURCES.values(), "as a person entered it"))
        ):
            source = SOURCES.get(said.given.get("source", ""), "entered without a source")
            found.append(KnownReturn(at, because, said.by, said.at, source))
        else:
            found.append(KnownReturn(at, because))
    return sorted(found, key=lambda one: one.at)
