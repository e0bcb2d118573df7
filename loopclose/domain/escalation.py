"""The ladder: who is told, and when, as a deadline comes near and passes; and every week after it, until it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loopclose.domain.business_time import Calendar
from loopclose.domain.codes import BY_AUTHOR
from loopclose.domain.deputies import Staff
from loopclose.domain.states import Transition

WEEK = timedelta(days=7)
"""What is late and open is never left untold for longer, whatever the rungs are and however long a practice closes."""
REMINDED = ("manager", "coordinator")
"""Who is told every week once the ladder is climbed."""


@dataclass(frozen=True)
class Rung:
    """One level: business days from the deadline (negative: before it), and the roles that are told.

    Those above the top of a ladder are its weekly reminders.
    """

    no: int
    offset_days: int
    roles: tuple[str, ...]


DEFAULT_LADDER = (
    Rung(1, -1, ("author",)),
    Rung(2, 0, ("author", "coordinator")),
    Rung(3, 2, ("lead",)),
    Rung(4, 5, ("manager",)),
)


def rung_told(no: int, due_at: datetime, ladder: Sequence[Rung], night: date, calendar: Calendar) -> Rung:
    """The rung of that number, as it is told on a practice-local date; above the top it is a reminder."""
    found = next((one for one in ladder if one.no == no), None)
    days = calendar.practice_days(calendar.day_of(due_at), night)
    return found or (Rung(no, days, REMINDED) if no > len(ladder) else Rung(no, 0, ()))


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


def releasers(ladder: Sequence[Rung]) -> tuple[Rung, ...]:
    """The same ladder for a report on hold: the author and the lead can release it, the coordinator cannot."""
    whom = {"author": ("author", "lead"), "coordinator": ("lead",)}
    return tuple(
        Rung(
            rung.no,
            rung.offset_days,
            tuple(dict.fromkeys(one for role in rung.roles for one in whom.get(role, (role,)))),
        )
        for rung in ladder
    )


def ladder_for(kind: str, state: str, ladder: Sequence[Rung]) -> Sequence[Rung]:
    """The ladder by which one thing owed is told, as it stands."""
    if kind not in BY_AUTHOR:
        return coordinators(ladder)
    return releasers(ladder) if state == "held" else ladder


def next_alert_after(
    due_at: datetime, fired: int, fired_on: date | None, ladder: Sequence[Rung], calendar: Calendar
) -> datetime:
    """When the first rung above ``fired`` is due, or a week was silent: there is always a next time."""
    week = calendar.start_of(_week_over(due_at, fired_on, calendar))
    rung = _above(fired, ladder)
    return week if rung is None else min(week, calendar.shifted(due_at, rung.offset_days))


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
    knew of it fires on the dates that follow. Seven dates after the deadline, or after the last rung fired if that was
    later, the next one fires whatever its moment; above the top that is a reminder.
    """
    if fired_on is not None and fired_on >= night:
        return None
    rung, week_over = _above(fired, ladder), night >= _week_over(due_at, fired_on, calendar)
    if rung is not None:
        return rung if week_over or calendar.shifted(due_at, rung.offset_days) <= until else None
    return _reminder(fired, ladder, calendar.practice_days(calendar.day_of(due_at), night)) if week_over else None


@dataclass(frozen=True)
class Told:
    """Whom a rung tells: the rung that is fired, the recipients, and the (rung, role) that had nobody."""

    rung: Rung | None
    """The next one up that has somebody; None where nobody at all can be told: it is tried again every night."""
    recipients: tuple[str, ...]
    gaps: tuple[tuple[int, str], ...]


def told(rung: Rung, ladder: Sequence[Rung], author: str | None, staff: Staff, passed_over: Iterable[str] = ()) -> Told:
    """Whom that rung tells; where its roles have nobody, the next rung that has somebody, at once.

    Each is told through whoever stands in for them. An author who has no account, or for whom nobody stands in, counts
    as the coordinator. ``passed_over``: roles that had nobody when earlier rungs of this ladder were fired; whoever has
    them by now is told as well. Where no rung has anybody, whoever else is there is told.
    """
    gaps: list[tuple[int, str]] = []
    last = rung.no if rung.no > len(ladder) else len(ladder) + 1
    above = [one for one in ladder if one.no > rung.no]
    for one in [rung, *above, Rung(last, rung.offset_days, REMINDED)]:
        found: list[str] = []
        for role in dict.fromkeys(_role(role, author, staff) for role in one.roles):
            there = _of(role, author, staff)
            gaps += [] if there else [(one.no, role)]
            found += there
        if found:
            made_good = [email for role in passed_over for email in staff.of_role(role)]
            return Told(one, tuple(dict.fromkeys([*found, *made_good])), tuple(dict.fromkeys(gaps)))
    found = staff.last_resort()
    return Told(rung if found else None, tuple(found), tuple(dict.fromkeys(gaps)))


def ladders_begun(history: Sequence[Transition], waiting: Collection[str]) -> int:
    """How many ladders something owed has begun: one, and another each time it was closed or sent and waits again.

    ``waiting``: the states in which it is told.
    """
    back = sum(
        step.to_state in waiting and step.from_state is not None and step.from_state not in waiting for step in history
    )
    return 1 + back


def roles_told(ladder: Sequence[Rung]) -> list[str]:
    """Every role that something can be told through: an author without an account counts as the coordinator."""
    roles = [role for rung in coordinators(ladder) for role in rung.roles]
    return list(dict.fromkeys([*roles, *reversed(REMINDED)]))


def _above(fired: int, ladder: Sequence[Rung]) -> Rung | None:
    return next((rung for rung in ladder if rung.no > fired), None)


def _week_over(due_at: datetime, fired_on: date | None, calendar: Calendar) -> date:
    due_on = calendar.day_of(due_at)
    return (due_on if fired_on is None else max(due_on, fired_on)) + WEEK


def _reminder(fired: int, ladder: Sequence[Rung], practice_days: int) -> Rung:
    return Rung(max(fired, len(ladder)) + 1, practice_days, REMINDED)


def _role(role: str, author: str | None, staff: Staff) -> str:
    """The role itself; an author who cannot be told counts as the coordinator."""
    known = author is not None and staff.instead_of(author) is not None
    return "coordinator" if role == "author" and not known else role


def _of(role: str, author: str | None, staff: Staff) -> list[str]:
    if role != "author" or author is None:
        return staff.of_role(role)
    there = staff.instead_of(author)
    return [there] if there else []
