"""Reading what is owed, for the worklist, the screens and the command line.

One statement reads a page of items, whatever its length. Lateness is computed from ``due_at`` and the
``now`` that is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.store.base import Scope
from loopclose.store.loop import AppointmentRow, LinkRow, ReferralRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.people import ClinicianRow, PatientRow
from loopclose.store.worklist_item import Item, to_json

__all__ = [
    "BUCKETS",
    "Days",
    "Filters",
    "Item",
    "Page",
    "authors",
    "bucket",
    "count_unmatched",
    "counts",
    "of_person",
    "one",
    "referrers",
    "to_json",
    "worklist",
]

CLOSED = ("confirmed", "waived")
PRIORITIES = ("stat", "urgent", "asap", "routine")
"""Most pressing first."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; empty means everything."""

    author: str | None = None
    """``Practitioner/id`` of our clinician."""
    referrer: str | None = None
    """The referrer's reference, or the name where there is none."""
    priority: str | None = None
    owners: tuple[str, ...] = ()
    """Whose move it is: an e-mail, a role, or both."""
    not_owners: tuple[str, ...] = ()
    late_by: timedelta | None = None
    words: str | None = None
    """Each word occurs in the patient's name or MRN, or in the referrer's or practice's name."""


@dataclass(frozen=True)
class Days:
    """Where the practice's today and the two practice days after it end, as instants."""

    today_ends: datetime
    soon_ends: datetime


@dataclass(frozen=True)
class Page:
    """Which part of a list: rows to skip and to show."""

    skip: int = 0
    size: int = 10_000


BUCKETS = ("open", "late", "today", "soon", "later", "sent", "closed")


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
    where = [_kind(kind), _state(state), *_narrowed(scope, filters or Filters(), now)]
    if late is not None:
        where.append(_late(now) if late else ~_late(now))
    return _items(session, scope, now, where, Page())


def bucket(
    session: Session, scope: Scope, now: datetime, days: Days, name: str, filters: Filters, page: Page
) -> list[Item]:
    """One tab of the page of pending reports (names: ``BUCKETS``)."""
    where = [_kind("report"), _buckets(now, days)[name], *_narrowed(scope, filters, now)]
    return _items(session, scope, now, where, page)


def counts(session: Session, scope: Scope, now: datetime, days: Days, filters: Filters) -> dict[str, int]:
    """How many reports each tab holds under the same filters."""
    tallies = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
        for name, condition in _buckets(now, days).items()
    ]
    row = session.execute(
        _joined(select(*tallies), scope).where(_kind("report"), *_narrowed(scope, filters, now))
    ).one()
    return {name: int(value) for name, value in row._mapping.items()}


def count_unmatched(session: Session, scope: Scope) -> int:
    """Visits and requests that wait for a person to say what they belong to."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Obligation)
            .where(Obligation.practice_id == scope.practice_id, _kind("resolve"), _state("open"))
        )
        or 0
    )


def one(session: Session, scope: Scope, now: datetime, obligation: str) -> Item | None:
    """A single item by its id; None where this practice owes no such thing."""
    found = _items(session, scope, now, [Obligation.id == obligation], Page(size=1))
    return found[0] if found else None


def of_person(session: Session, scope: Scope, now: datetime, ehr: str, person: str) -> list[Item]:
    """Everything owed about one person."""
    return _items(session, scope, now, [Obligation.ehr == ehr, Obligation.person == person], Page())


def authors(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """(key, name) of our clinicians who have a report to write, by name."""
    rows = session.execute(
        select(Obligation.author, ClinicianRow.name)
        .distinct()
        .outerjoin(ClinicianRow, _author())
        .where(Obligation.practice_id == scope.practice_id, _kind("report"), Obligation.author.is_not(None))
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
        .where(Obligation.practice_id == scope.practice_id, _kind("report"), _state("open"))
    )
    return sorted({key: label or key for key, label in rows if key}.items(), key=lambda pair: pair[1])


def _items(
    session: Session, scope: Scope, now: datetime, where: Iterable[ColumnElement[bool]], page: Page
) -> list[Item]:
    late = _late(now)
    rank = case({name: no for no, name in enumerate(PRIORITIES)}, value=Obligation.priority, else_=len(PRIORITIES))
    rows = session.execute(
        _joined(
            select(
                Obligation,
                late,
                DeadlineRow,
                ReferralRow,
                VisitRow,
                AppointmentRow,
                LinkRow,
                PatientRow,
                ClinicianRow.name,
            ),
            scope,
        )
        .where(*where)
        # late first, the most pressing and then the most recently late; after them what falls due next
        .order_by(
            case((late, 0), else_=1),
            case((late, rank), else_=0),
            case((late, Obligation.due_at)).desc(),
            Obligation.due_at,
            Obligation.id,
        )
        .offset(page.skip)
        .limit(page.size)
    )
    return [_item(row) for row in rows]


def _item(row: Any) -> Item:
    obligation, late, deadline, referral, visit, appointment, link, patient, author = row
    return Item(obligation, bool(late), deadline, referral, visit, appointment, link, patient, author)


def _joined(statement: Any, scope: Scope) -> Select[Any]:
    """The statement over obligations of the practice, with what each one is about beside it."""
    same = Obligation.practice_id
    joined: Select[Any] = (
        statement.select_from(Obligation)
        .outerjoin(
            DeadlineRow,
            and_(
                DeadlineRow.practice_id == same,
                DeadlineRow.obligation == Obligation.id,
                DeadlineRow.no == Obligation.deadline_no,
            ),
        )
        .outerjoin(ReferralRow, _is_of(ReferralRow, Obligation.referral))
        .outerjoin(VisitRow, _is_of(VisitRow, Obligation.visit))
        .outerjoin(AppointmentRow, _is_of(AppointmentRow, Obligation.appointment))
        .outerjoin(
            LinkRow,
            and_(
                LinkRow.practice_id == same,
                LinkRow.ehr == Obligation.ehr,
                LinkRow.visit == Obligation.visit,
                LinkRow.current,
            ),
        )
        .outerjoin(PatientRow, _is_of(PatientRow, Obligation.patient))
        .outerjoin(ClinicianRow, _author())
        .where(Obligation.practice_id == scope.practice_id)
    )
    return joined


def _is_of(table: Any, key: Any) -> ColumnElement[bool]:
    return and_(table.practice_id == Obligation.practice_id, table.ehr == Obligation.ehr, table.id == key)


def _author() -> ColumnElement[bool]:
    return and_(
        ClinicianRow.practice_id == Obligation.practice_id,
        ClinicianRow.ehr == Obligation.ehr,
        ClinicianRow.key == Obligation.author,
    )


def _kind(kind: str) -> ColumnElement[bool]:
    return Obligation.kind.is_not(None) if kind == "all" else Obligation.kind == kind


def _state(state: str) -> ColumnElement[bool]:
    if state == "all":
        return Obligation.state.is_not(None)
    return Obligation.state.not_in(CLOSED) if state == "open" else Obligation.state == state


def _late(now: datetime) -> ColumnElement[bool]:
    return and_(Obligation.state.in_(sorted(NOT_YET_SENT)), Obligation.due_at < now)


def _buckets(now: datetime, days: Days) -> dict[str, ColumnElement[bool]]:
    due = Obligation.due_at
    unsent = Obligation.state.in_(sorted(NOT_YET_SENT))
    ahead = and_(unsent, due >= now)
    return {
        "open": unsent,
        "late": _late(now),
        "today": and_(ahead, due <= days.today_ends),
        "soon": and_(ahead, due > days.today_ends, due <= days.soon_ends),
        "later": and_(ahead, due > days.soon_ends),
        "sent": Obligation.state == "sent",
        "closed": Obligation.state.in_(CLOSED),
    }


def _narrowed(scope: Scope, filters: Filters, now: datetime) -> Sequence[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    referrer = Obligation.referrer
    if filters.author:
        where.append(Obligation.author == filters.author)
    if filters.referrer:
        key = func.coalesce(referrer["reference"].as_string(), referrer["name"].as_string())
        where.append(key == filters.referrer)
    if filters.priority:
        where.append(Obligation.priority == filters.priority)
    if filters.owners:
        where.append(Obligation.owner.in_(filters.owners))
    if filters.not_owners:
        where.append(Obligation.owner.not_in(filters.not_owners))
    if filters.late_by is not None:
        where += [_late(now), Obligation.due_at <= now - filters.late_by]
    for word in (filters.words or "").split():
        where.append(
            or_(
                PatientRow.name.icontains(word, autoescape=True),
                PatientRow.mrn.icontains(word, autoescape=True),
                referrer["name"].as_string().icontains(word, autoescape=True),
                referrer["organization_name"].as_string().icontains(word, autoescape=True),
            )
        )
    return where
