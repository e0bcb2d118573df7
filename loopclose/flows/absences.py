"""Who is away from when to when, and who stands in for them: noted, ended, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from loopclose.clock import Clock
from loopclose.domain.deputies import Absence, Colleague, Staff, stands_in
from loopclose.domain.practice import Practice
from loopclose.errors import UsageError
from loopclose.store import absences as stored
from loopclose.store.base import Scope
from loopclose.store.engine import Database


def note_away(
    db: Database,
    clock: Clock,
    scope: Scope,
    practice: Practice,
    who: str,
    first: date | None,
    last: date | None,
    deputy: str | None,
) -> tuple[Absence, str | None]:
    """Note that somebody is away from ``first`` (None: today) to ``last`` (None: until further notice).

    Gives back the absence, and who is told what would be told to them from its first day on; None: their role is.
    Disabled users may be away, too: their deputy took over. Raises ``UsageError`` for somebody who is no user, and for
    dates that cannot be meant.
    """
    today = practice.calendar.day_of(clock())
    absence = Absence(who.strip().lower(), first or today, last, deputy.strip().lower() if deputy else None)
    if absence.last is not None and absence.last < absence.first:
        raise UsageError(f"--until {absence.last} is before --from {absence.first}.")
    if absence.last is not None and absence.last < today:
        raise UsageError(f"--until {absence.last} is over: it is {today} in the practice.")
    if absence.deputy == absence.who:
        raise UsageError("Nobody can stand in for themselves: name another user as the deputy.")
    with db.write() as session:
        there = stored.staff(session, scope, absence.first)
        _user(there, absence.who)
        if absence.deputy is not None and _user(there, absence.deputy).disabled:
            raise UsageError(f"{absence.deputy} is disabled: name another user as the deputy.")
        stored.note_absence(session, scope, absence, clock())
    enabled = {one.email for one in there.colleagues if not one.disabled}
    return absence, stands_in(absence.who, absence.first, [*there.absences, absence], enabled)


def note_back(db: Database, clock: Clock, scope: Scope, practice: Practice, who: str) -> int:
    """Somebody is there again from today on; gives back how many absences that ended or dropped."""
    today, email = practice.calendar.day_of(clock()), who.strip().lower()
    with db.write() as session:
        _user(stored.staff(session, scope, today), email)
        return stored.end_absences(session, scope, email, today)


def away(db: Database, clock: Clock, scope: Scope, practice: Practice) -> Sequence[stored.AbsenceRow]:
    """Absences of today and later, in the order in which they were noted."""
    with db.read() as session:
        return stored.absences(session, scope, practice.calendar.day_of(clock()))


def _user(there: Staff, email: str) -> Colleague:
    for one in there.colleagues:
        if one.email.lower() == email:
            return one
    raise UsageError(f"There is no user {email}: add them with loopclose user add.")
