"""How what is owed is asked for: what stands beside it, what it is narrowed to, and in which order it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, select
from sqlalchemy.orm import Session

from loopclose.domain.searching import asked_words
from loopclose.store.base import Scope, mine
from loopclose.store.lateness import is_late, not_yet_sent
from loopclose.store.loop import AppointmentRow, LinkRow, ReferralRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.people import ClinicianRow
from loopclose.store.worklist_item import Item

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
    """Each begins a word of the patient's name or MRN, or of the referrer's or their practice's name."""


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


def items(
    session: Session, scope: Scope, now: datetime, where: Iterable[ColumnElement[bool]], page: Page
) -> list[Item]:
    """What fits ``where``, in one statement: late first, the most pressing and the most recently late before others.

    After what is late comes what falls due next.
    """
    late = is_late(now)
    rank = case({name: no for no, name in enumerate(PRIORITIES)}, value=Obligation.priority, else_=len(PRIORITIES))
    beside = (DeadlineRow, ReferralRow, VisitRow, AppointmentRow, LinkRow, ClinicianRow.name)
    rows = session.execute(
        joined(select(Obligation, *beside), scope)
        .where(*where)
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
    return [Item(obligation, now, *others) for obligation, *others in rows]


def joined(statement: Any, scope: Scope) -> Select[Any]:
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
        .outerjoin(ClinicianRow, author_row())
        .where(mine(Obligation, scope))
    )
    return joined


def _is_of(table: Any, key: Any) -> ColumnElement[bool]:
    return and_(table.practice_id == Obligation.practice_id, table.ehr == Obligation.ehr, table.id == key)


def author_row() -> ColumnElement[bool]:
    """Whether a row of clinicians is the author's."""
    return and_(
        ClinicianRow.practice_id == Obligation.practice_id,
        ClinicianRow.ehr == Obligation.ehr,
        ClinicianRow.key == Obligation.author,
    )


def of_kind(kind: str) -> ColumnElement[bool]:
    """``kind`` may be ``all``."""
    return Obligation.kind.is_not(None) if kind == "all" else Obligation.kind == kind


def in_state(state: str) -> ColumnElement[bool]:
    """``state`` may be ``all``, or ``open``: neither confirmed nor waived."""
    if state == "all":
        return Obligation.state.is_not(None)
    return Obligation.state.not_in(CLOSED) if state == "open" else Obligation.state == state


def buckets(now: datetime, days: Days) -> dict[str, ColumnElement[bool]]:
    """By name: what each tab of the page of pending reports holds."""
    due = Obligation.due_at
    ahead = and_(not_yet_sent(), due >= now)
    return {
        "open": not_yet_sent(),
        "late": is_late(now),
        "today": and_(ahead, due <= days.today_ends),
        "soon": and_(ahead, due > days.today_ends, due <= days.soon_ends),
        "later": and_(ahead, due > days.soon_ends),
        "sent": Obligation.state == "sent",
        "closed": Obligation.state.in_(CLOSED),
    }


def narrowed(filters: Filters, now: datetime) -> Sequence[ColumnElement[bool]]:
    """The conditions of ``filters``."""
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
        where += [is_late(now), Obligation.due_at <= now - filters.late_by]
    words = asked_words(filters.words or "")
    if filters.words and not words:
        where.append(false())
    for word in words:  # letters and digits: nothing in it means anything to LIKE
        where.append((" " + Obligation.words).like(f"% {word}%"))
    return where
