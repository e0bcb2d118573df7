"""The ladder: who is told, and when, as a deadline comes near and passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loopclose.domain.business_time import Calendar


@dataclass(frozen=True)
class Rung:
    """One level: business days from the deadline (negative: before it), and the roles that are told."""

    no: int
    offset_days: int
    roles: tuple[str, ...]


DEFAULT_LADDER = (
    Rung(1, -1, ("author",)),
    Rung(2, 0, ("author", "coordinator")),
    Rung(3, 2, ("lead",)),
    Rung(4, 5, ("manager",)),
)


def coordinators(ladder: Sequence[Rung]) -> tuple[Rung, ...]:
    """The same ladder for what is the coordinator's to do: nobody is its author."""
    return tuple(
        Rung(
            rung.no,
            rung.offset_days,
            tuple(dict.fromkeys("coordinator" if role == "author" else role for role in rung.roles)),
        )
        for rung in ladder
    )


def rung_moments(due_at: datetime, ladder: Sequence[Rung], calendar: Calendar) -> list[tuple[int, datetime]]:
    """When each rung fires."""
    return [(rung.no, calendar.shifted(due_at, rung.offset_days)) for rung in ladder]


def next_alert_after(due_at: datetime, fired: int, ladder: Sequence[Rung], calendar: Calendar) -> datetime | None:
    """When the first rung above ``fired`` is due; None at the top of the ladder."""
    return next((calendar.shifted(due_at, rung.offset_days) for rung in ladder if rung.no > fired), None)


def due_rung(
    due_at: datetime,
    fired: int,
    fired_on: date | None,
    until: datetime,
    night: date,
    ladder: Sequence[Rung],
    calendar: Calendar,
) -> Rung | None:
    """The one rung to fire on that practice-local date, lowest first, or None.

    ``until`` is the moment up to which rungs count as due: now for the night run, and a little later where
    what falls due before the next night is told at once. At most one rung a date: what was passed before we
    knew of it fires on the dates that follow.
    """
    if fired_on is not None and fired_on >= night:
        return None
    for rung, (_, at) in zip(ladder, rung_moments(due_at, ladder, calendar), strict=True):
        if rung.no > fired:
            return rung if at <= until else None
    return None


def told(rung: Rung, author: str | None, by_role: dict[str, Collection[str]]) -> list[str]:
    """E-mails of those a rung tells; ``nobody:ROLE`` for a role without a user.

    An author without an account counts as the coordinator.
    """
    found: list[str] = []
    for role in rung.roles:
        if role == "author" and author is not None:
            found.append(author)
            continue
        role = "coordinator" if role == "author" else role
        found += sorted(by_role.get(role, ())) or [f"nobody:{role}"]
    return list(dict.fromkeys(found))
