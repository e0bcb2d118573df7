"""What is owed, as the worklist, the screens and the command line ask for it.

One statement reads a page of items, whatever its length. Lateness is computed from ``due_at`` and the
``now`` that is passed in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

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
    """What is owed, late first. ``kind``, ``state`` may be ``all``; ``open`` is neither confirmed nor waived."""
    where = [of_kind(kind), in_state(state), *narrowed(filters or Filters(), now)]
    if late is not None:
        where.append(is_late(now) if late else ~is_late(now))
    return items(session, scope, now, where, Page())


def bucket(
    session: Session, scope: Scope, now: datetime, days: Days, name: str, filters: Filters, page: Page
) -> list[Item]:
    """One tab of the page of pending reports (its name is a key of ``buckets``)."""
    where = [of_kind("report"), buckets(now, days)[name], *narrowed(filters, now)]
    return items(session, scope, now, where, page)


def counts(session: Session, scope: Scope, now: datetime, days: Days, filters: Filters) -> dict[str, int]:
    """How many reports each tab holds under the same filters."""
    tallies = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
        for name, condition in buckets(now, days).items()
    ]
    row = session.execute(joined(select(*tallies), scope).where(of_kind("report"), *narrowed(filters, now))).one()
    return {name: int(value) for name, value in row._mapping.items()}


def count_unmatched(session: Session, scope: Scope) -> int:
    """Visits and requests that wait for a person to say what they belong to."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Obligation)
            .where(mine(Obligation, scope), of_kind("resolve"), in_state("open"))
        )
        or 0
    )


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


def authors(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """(key, name) of our clinicians who have a report to write, by name."""
    rows = session.execute(
        select(Obligation.author, ClinicianRow.name)
        .distinct()
        .outerjoin(ClinicianRow, author_row())
        .where(mine(Obligation, scope), of_kind("report"), Obligation.author.is_not(None))
    )
    found: dict[str, str] = {key: name or key for key, name in rows if key}
    return sorted(found.items(), key=lambda pair: pair[1])


def referrers(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """(reference or name, name) of the referrers who are owed a report, by name."""
    name = Obligation.referrer["name"].as_string()
    reference = Obligation.referrer["reference"].as_string()
    rows = session.execute(
        select(func.coalesce(reference, name), name)
        .distinct()
        .where(mine(Obligation, scope), of_kind("report"), in_state("open"))
    )
    return sorted({key: label or key for key, label in rows if key}.items(), key=lambda pair: pair[1])
