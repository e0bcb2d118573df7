"""What a mail says of reports that the referrer's side asked for: how often, and where they are. No patient data."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from loopclose.domain.chasing import asked_for
from loopclose.domain.deputies import Staff
from loopclose.domain.roles import ROLES
from loopclose.outbound.digest import MOST, marked
from loopclose.outbound.occasion import Occasion
from loopclose.store import chases
from loopclose.store.absences import staff
from loopclose.store.obligations import Obligation

FIRST = "The referrer’s office had to ask where it is, which counts as our failure:"
Reports = dict[str, tuple[Obligation, list[str]]]
"""By report: the report, and the chases that are told."""


def by_recipient(session: Session, occasion: Occasion, again: Collection[str], *, fresh: bool) -> dict[str, Reports]:
    """What to tell whom: chases of which nobody was told (``fresh``), and those of mails that did not leave."""
    there = staff(session, occasion.scope, occasion.night)
    found: dict[str, Reports] = {}
    for chase, owed in chases.to_tell(session, occasion.scope, again, fresh=fresh):
        for one in _whom(there, owed.owner):
            found.setdefault(one, {}).setdefault(owed.id, (owed, []))[1].append(chase.id)
    return found


def _whom(there: Staff, owner: str) -> list[str]:
    if owner in ROLES:
        return there.of_role(owner) or there.last_resort()
    return there.told_instead_of(owner)


def ids_of(reports: Reports) -> list[str]:
    """The chases that are told."""
    return sorted(key for _, keys in reports.values() for key in keys)


def paragraph(reports: Reports, base_url: str) -> str:
    """A line and an address for each, the oftenest asked for first."""
    address, said = base_url.rstrip("/"), [FIRST]
    ordered = sorted((owed for owed, _ in reports.values()), key=lambda one: (-one.chased, one.due_at, one.id))
    for owed in ordered[:MOST]:
        said += [f"- A report, {asked_for(owed.chased)}.", f"  {address}/obligation/{owed.id}"]
    if len(ordered) > MOST:
        said += [f"and {len(ordered) - MOST} more: {address}/"]
    return "\n".join([*said, ""])


def subject(reports: Collection[object], rehearsal: bool) -> str:
    """Of a mail that tells nothing else."""
    number = len(reports)
    return marked(f"Loopclose: {number} {'report was' if number == 1 else 'reports were'} asked for", rehearsal)
