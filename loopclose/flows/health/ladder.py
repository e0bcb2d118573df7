"""Whether every role that alerts climb to has somebody there today."""

from __future__ import annotations

from collections.abc import Iterator

from loopclose.domain.deputies import Staff
from loopclose.domain.escalation import roles_told
from loopclose.errors import USAGE
from loopclose.flows.health.check import Check, Look
from loopclose.flows.site import ladder_of, practice_of
from loopclose.store.absences import staff


def roles(look: Look) -> Iterator[Check]:
    """Which roles of the ladder have nobody, and why, until they are filled."""
    today = practice_of(look.config, look.scope.practice_id).calendar.day_of(look.now)
    there = staff(look.session, look.scope, today)
    missing = [role for role in roles_told(ladder_of(look.config)) if not there.of_role(role)]
    for role in missing:
        says = f"{_why(there, role)}, so its alerts go to the next rung that has somebody"
        yield Check("roles", "People", says, "add one with loopclose user add, or name a deputy", USAGE)
    if not missing:
        yield Check("roles", "People", "every role has somebody there")


def _why(there: Staff, role: str) -> str:
    away = [one.email for one in there.colleagues if one.role == role and not one.disabled]
    if away:
        return f"nobody with the role {role} is there today ({', '.join(away)}: away, without anybody who stands in)"
    return f"no user has the role {role}"
