"""Who stands in for whom: absences by date, deputies, and whom a role has on a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from loopclose.domain.roles import CLINICIAN, COORDINATOR, LEAD, MANAGER


@dataclass(frozen=True)
class Absence:
    """Somebody is away from ``first`` to ``last``, both included, in the practice's dates; ``last`` None: for good."""

    who: str
    """E-mail of a user, as are all names here."""
    first: date
    last: date | None
    deputy: str | None

    def covers(self, day: date) -> bool:
        """Whether they are away on that day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Colleague:
    """A user, as far as being told goes."""

    email: str
    role: str
    disabled: bool = False


def stands_in(who: str, day: date, absences: Sequence[Absence], enabled: Collection[str]) -> str | None:
    """Whoever is told on that day what would be told to ``who``: they themselves, their deputy, that one's deputy, ….

    None where the chain ends at somebody who is away without a deputy or is disabled, or runs in a circle: then the
    role is told. Of several absences that cover the day the one noted last (last in ``absences``) holds.
    """
    seen: set[str] = set()
    while who not in seen:
        seen.add(who)
        away = next((one for one in reversed(absences) if one.who == who and one.covers(day)), None)
        if away is None:
            return who if who in enabled else None
        if away.deputy is None:
            return None
        who = away.deputy
    return None


LAST_RESORT = (COORDINATOR, MANAGER, LEAD, CLINICIAN)
"""The order in which roles are asked for anybody at all: from those whose work it is to those who only write."""


@dataclass(frozen=True)
class Staff:
    """The users of a practice, and who of them is away, on one day."""

    colleagues: Sequence[Colleague]
    absences: Sequence[Absence]
    day: date

    def instead_of(self, who: str) -> str | None:
        """Whoever is told what would be told to ``who``; None: their role is."""
        return self._instead.get(who)

    def of_role(self, role: str) -> list[str]:
        """Whom a role has that day: those who have it and are there, and whoever stands in for the others."""
        return self._by_role.get(role, [])

    def told_instead_of(self, who: str) -> list[str]:
        """Whom to tell what was to be told to ``who``: themselves while they are there, whoever stands in, or a role.

        That is theirs, and the coordinator's for a clinician, whose place no other clinician takes; where it has
        nobody, whoever else is there. Empty where nobody is.
        """
        if (one := self.instead_of(who)) is not None:
            return [one]
        role = next((one.role for one in self.colleagues if one.email == who), COORDINATOR)
        return self.of_role(COORDINATOR if role == CLINICIAN else role) or self.last_resort()

    def last_resort(self) -> list[str]:
        """Whom to tell where no role that is told has anybody: another role, else who is away without a deputy.

        Better told to somebody on holiday than to nobody.
        """
        for role in LAST_RESORT:
            if found := self.of_role(role):
                return found
        away = sorted((LAST_RESORT.index(one.role), one.email) for one in self.colleagues if self._is_last_resort(one))
        return [email for place, email in away if place == away[0][0]]

    def _is_last_resort(self, one: Colleague) -> bool:
        return one.role in LAST_RESORT and not one.disabled

    @cached_property
    def _instead(self) -> dict[str, str | None]:
        enabled = {one.email for one in self.colleagues if not one.disabled}
        return {one.email: stands_in(one.email, self.day, self.absences, enabled) for one in self.colleagues}

    @cached_property
    def _by_role(self) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for one in self.colleagues:
            told = self._instead[one.email]
            if told is not None:
                found.setdefault(one.role, set()).add(told)
        return {role: sorted(emails) for role, emails in found.items()}
