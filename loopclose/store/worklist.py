"""What is owed, as the worklist, the screens and the command line ask for it.

One statement reads a page of items, whatever its length. Lateness is computed from ``due_at`` and the
``now`` that is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from loopclose.domain.clinician_key import parse_key, told_apart
from loopclose.domain.lateness import TO_WRITE
from loopclose.store.base import Scope, mine
from loopclose.store.closed import count_closed
from loopclose.store.conditions import one_of
from loopclose.store.lateness import is_late, is_open
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import (
    Days,
    Filters,
    Page,
    buckets,
    in_state,
    items,
    looked_for,
    most_pressing,
    narrowed,
    of_kind,
    order_of,
)


def worklist(
    session: Session,
    scope: Scope,
    now: datetime,
    *,
    kind: str = "report",
    state: str = "open",
    late: bool | None = None,
    filters: Filters | None = None,
) -> list[Item]:
    """What is owed, the most pressing first; ``kind`` and ``state`` may be ``all``."""
    asked = filters or Filters()
    where = [of_kind(kind), in_state(state), *narrowed(session, scope, asked, now), *looked_for(asked)]
    if late is not None:
        where.append(is_late(now) if late else ~is_late(now))
    return items(session, scope, now, where, Page())


def bucket(
    session: Session,
    scope: Scope,
    now: datetime,
    days: Days,
    name: str,
    filters: Filters,
    page: Page,
    kind: str = "report",
) -> list[Item]:
    """One tab of the list of a kind (its name is a key of ``buckets``); ``store.closed`` has what is closed."""
    where = [of_kind(kind), buckets(now, days)[name], *narrowed(session, scope, filters, now), *looked_for(filters)]
    return items(session, scope, now, where, page, order_of(kind, now, days.last_close))


def counts(
    session: Session, scope: Scope, now: datetime, days: Days, filters: Filters, kind: str = "report"
) -> dict[str, int]:
    """How many of a kind each tab holds under the same filters; of what is closed up to some number."""
    tabs = {name: condition for name, condition in buckets(now, days).items() if name != "closed"}
    tallies = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name) for name, condition in tabs.items()
    ]
    narrow = [*narrowed(session, scope, filters, now), *looked_for(filters)]
    row = session.execute(select(*tallies).where(mine(Obligation, scope), of_kind(kind), is_open(), *narrow)).one()
    found = {name: int(value) for name, value in row._mapping.items()}
    return {**found, "closed": count_closed(session, scope, now, filters, kind)}


def open_by_kind(session: Session, scope: Scope) -> dict[str, int]:
    """How much of each kind is open; a kind of which nothing is open is left out."""
    rows = session.execute(
        select(Obligation.kind, func.count()).where(mine(Obligation, scope), is_open()).group_by(Obligation.kind)
    )
    return {kind: int(count) for kind, count in rows}


def one(session: Session, scope: Scope, now: datetime, obligation: str) -> Item | None:
    """A single item by its id; None where this practice owes no such thing."""
    found = items(session, scope, now, [Obligation.id == obligation], Page(size=1))
    return found[0] if found else None


def most_pressing_to_write(session: Session, scope: Scope, now: datetime, days: Days, owner: str) -> Item | None:
    """Of the reports that this owner (an e-mail, or a role) is to write or to sign: the most pressing."""
    theirs = (is_open(), one_of(Obligation.state, TO_WRITE), Obligation.owner == owner)
    found = items(session, scope, now, [of_kind("report"), *theirs], Page(size=1), most_pressing(now, days.last_close))
    return found[0] if found else None


def of_person(session: Session, scope: Scope, now: datetime, ehr: str, person: str) -> list[Item]:
    """Everything owed about one person."""
    return items(session, scope, now, [Obligation.ehr == ehr, Obligation.person == person], Page())


def authors(session: Session, scope: Scope, kind: str = "report") -> list[tuple[str, str]]:
    """(key, name) of our clinicians who write what is open, by name."""
    return told_apart(
        (ehr, npi, reference, name or reference) for ehr, npi, reference, name in _authors(session, scope, kind)
    )


def author_references(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """(``Practitioner/id``, name) of our clinicians who have a report to write, by name."""
    found = {(reference, name or reference) for _, _, reference, name in _authors(session, scope, "report")}
    return sorted(found, key=lambda pair: pair[1])


def _authors(session: Session, scope: Scope, kind: str) -> Sequence[Any]:
    """(EHR, NPI, reference, name) each."""
    some = (
        select(Obligation.ehr, Obligation.author)
        .distinct()
        .where(mine(Obligation, scope), of_kind(kind), is_open(), Obligation.author.is_not(None))
        .subquery("some")
    )
    of_them = and_(mine(ClinicianRow, scope), ClinicianRow.ehr == some.c.ehr, ClinicianRow.key == some.c.author)
    asked = select(some.c.ehr, ClinicianRow.npi, some.c.author, ClinicianRow.name)
    return session.execute(asked.select_from(some).outerjoin(ClinicianRow, of_them)).all()


def referrers(session: Session, scope: Scope, kind: str = "report") -> list[tuple[str, str]]:
    """(key, name) of the referrers for whom something is open, by name."""
    some = (
        select(func.min(Obligation.id).label("id"))
        .where(mine(Obligation, scope), of_kind(kind), is_open())
        .group_by(func.coalesce(Obligation.referrer_key, ""))  # not in the order of the index over all that is stored
        .subquery("some")
    )
    reference = Obligation.referrer["reference"].as_string()
    rows = session.execute(
        select(Obligation.ehr, Obligation.referrer_npi, reference, Obligation.referrer_name)
        .join(some, some.c.id == Obligation.id)
        .where(mine(Obligation, scope))
    )
    return told_apart((ehr, npi, reference, name) for ehr, npi, reference, name in rows)


def author_name(session: Session, scope: Scope, key: str) -> str | None:
    """The name behind a key of our clinicians, whatever is open."""
    ehr, value = parse_key(key)
    is_it = ClinicianRow.npi == value if ehr is None else and_(ClinicianRow.ehr == ehr, ClinicianRow.key == value)
    return session.scalar(select(ClinicianRow.name).where(mine(ClinicianRow, scope), is_it).limit(1))


def referrer_name(session: Session, scope: Scope, key: str) -> str | None:
    """The name behind a key of referrers, whatever is open."""
    this = (mine(Obligation, scope), Obligation.referrer_key == key)
    return session.scalar(select(Obligation.referrer_name).where(*this).limit(1))
