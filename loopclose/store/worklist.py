"""What is owed, as the worklist, the screens and the command line ask for it.

One statement reads a page of items, whatever its length. Lateness is computed from ``due_at`` and the
``now`` that is passed in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from loopclose.domain.clinician_key import parse_key, told_apart
from loopclose.store.base import Scope, mine
from loopclose.store.lateness import is_late, not_yet_sent
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import (
    Days,
    Filters,
    Page,
    author_row,
    buckets,
    in_state,
    items,
    joined,
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
    where = [of_kind(kind), in_state(state), *narrowed(filters or Filters(), now)]
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
    """One tab of the list of a kind (its name is a key of ``buckets``)."""
    where = [of_kind(kind), buckets(now, days)[name], *narrowed(filters, now)]
    return items(session, scope, now, where, page, order_of(name, now, days))


def counts(
    session: Session, scope: Scope, now: datetime, days: Days, filters: Filters, kind: str = "report"
) -> dict[str, int]:
    """How many of a kind each tab holds under the same filters."""
    tallies = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
        for name, condition in buckets(now, days).items()
    ]
    row = session.execute(joined(select(*tallies), scope).where(of_kind(kind), *narrowed(filters, now))).one()
    return {name: int(value) for name, value in row._mapping.items()}


def open_by_kind(session: Session, scope: Scope) -> dict[str, int]:
    """How much of each kind is open; a kind of which nothing is open is left out."""
    rows = session.execute(
        select(Obligation.kind, func.count()).where(mine(Obligation, scope), in_state("open")).group_by(Obligation.kind)
    )
    return {kind: int(count) for kind, count in rows}


def one(session: Session, scope: Scope, now: datetime, obligation: str) -> Item | None:
    """A single item by its id; None where this practice owes no such thing."""
    found = items(session, scope, now, [Obligation.id == obligation], Page(size=1))
    return found[0] if found else None


def most_pressing(session: Session, scope: Scope, now: datetime, owner: str) -> Item | None:
    """Of the reports not sent yet whose next step is that owner's (an e-mail, or a role): the most pressing."""
    found = items(session, scope, now, [of_kind("report"), not_yet_sent(), Obligation.owner == owner], Page(size=1))
    return found[0] if found else None


def of_person(session: Session, scope: Scope, now: datetime, ehr: str, person: str) -> list[Item]:
    """Everything owed about one person."""
    return items(session, scope, now, [Obligation.ehr == ehr, Obligation.person == person], Page())


def writing(session: Session, scope: Scope, kind: str = "report") -> list[tuple[str, str | None, str, str]]:
    """(EHR, NPI, reference, name) of our clinicians who write what is open."""
    rows = session.execute(
        select(Obligation.ehr, ClinicianRow.npi, Obligation.author, ClinicianRow.name)
        .distinct()
        .outerjoin(ClinicianRow, author_row())
        .where(mine(Obligation, scope), of_kind(kind), in_state("open"), Obligation.author.is_not(None))
    )
    return [(ehr, npi, key, name or key) for ehr, npi, key, name in rows if key]


def authors(session: Session, scope: Scope, kind: str = "report") -> list[tuple[str, str]]:
    """(key, name) of the same, by name."""
    return told_apart(writing(session, scope, kind))


def referrers(session: Session, scope: Scope, kind: str = "report") -> list[tuple[str, str]]:
    """(key, name) of the referrers for whom something is open, by name."""
    known = Obligation.referrer
    columns = [known[part].as_string() for part in ("npi", "reference", "name")]
    rows = session.execute(
        select(Obligation.ehr, *columns)
        .distinct()
        .where(mine(Obligation, scope), of_kind(kind), in_state("open"), columns[2].is_not(None))
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
