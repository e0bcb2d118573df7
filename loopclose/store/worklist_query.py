"""How what is owed is asked for: what stands beside it, what it is narrowed to, and in which order it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select
from sqlalchemy.orm import Session

from loopclose.domain.business_time import Calendar
from loopclose.domain.clinician_key import parse_key
from loopclose.domain.searching import asked_words, sought
from loopclose.store.base import Scope, mine
from loopclose.store.lateness import is_closed, is_in, is_late, is_open, not_yet_sent
from loopclose.store.letter_waits import waits_for
from loopclose.store.loop import AppointmentRow, LinkRow, ReferralRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.people import ClinicianRow
from loopclose.store.worklist_item import Item

PRIORITIES = ("stat", "urgent", "asap", "routine")
"""Most pressing first."""
IN_TURN = (Obligation.due_at, Obligation.id)
"""The order in which what a person must decide is gone through, one after another: the longest due first."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; empty means everything."""

    author: str | None = None
    """Which clinician of ours writes it, as ``domain.clinician_key`` says it."""
    referrer: str | None = None
    """The referrer, said in the same way."""
    priority: str | None = None
    owners: tuple[str, ...] = ()
    """Whose move it is: an e-mail, a role, or both."""
    not_owners: tuple[str, ...] = ()
    late_by: timedelta | None = None
    words: str | None = None
    """Each begins a word of the patient's name or MRN, or of the referrer's or their practice's name; a date among
    them is the birth date."""


@dataclass(frozen=True)
class Days:
    """Where the practice's today and the two practice days after it end, as instants."""

    today_ends: datetime
    soon_ends: datetime
    last_close: datetime
    """When the practice last closed before today: a report due then or later, because the patient returns, was to
    come before a return that is today or still ahead."""

    @classmethod
    def of(cls, calendar: Calendar, now: datetime) -> Days:
        """Those of a practice on the day of ``now``."""
        today = calendar.day_of(now)
        soon = calendar.practice_day_after(today, 2)
        return cls(
            datetime.combine(today, time.max, calendar.zone),
            datetime.combine(soon, time.max, calendar.zone),
            calendar.close_of(calendar.practice_day_before(today)),
        )


@dataclass(frozen=True)
class Page:
    """Which part of a list: rows to skip and to show."""

    skip: int = 0
    size: int | None = None
    """None: everything."""


def items(
    session: Session,
    scope: Scope,
    now: datetime,
    where: Iterable[ColumnElement[bool]],
    page: Page,
    order: Sequence[Any] | None = None,
) -> list[Item]:
    """What fits ``where``, in one statement: the most pressing first, unless another order is given.

    Which rows a page holds is told from an index; only then is looked up what stands beside them.
    """
    order = order or most_pressing(now)
    if page.size is None:
        return these(session, scope, now, None, order, where)
    chosen = select(Obligation.id).where(mine(Obligation, scope), *where).order_by(*order)
    return these(session, scope, now, chosen.offset(page.skip).limit(page.size), order)


def these(
    session: Session,
    scope: Scope,
    now: datetime,
    chosen: Select[str] | None,
    order: Sequence[Any],
    where: Iterable[ColumnElement[bool]] = (),
) -> list[Item]:
    """The items of some ids, in that order, with what stands beside them; of all that fit ``where`` without ids."""
    beside = (DeadlineRow, ReferralRow, VisitRow, AppointmentRow, LinkRow, ClinicianRow.name, waits_for(now))
    found = joined(select(Obligation, *beside), scope).where(*where).order_by(*order)
    if chosen is not None:
        some = chosen.subquery("some")
        found = found.join(some, some.c.id == Obligation.id)
    return [Item(obligation, now, *others) for obligation, *others in session.execute(found)]


def most_pressing(now: datetime, last_close: datetime | None = None) -> Sequence[Any]:
    """The order of every list of what is open; its words on the screens are ``web.kinds.ORDERS``.

    1. Late, and the patient is back with the referrer today or soon (``Days.last_close``): the soonest first.
    2. Late otherwise: stat, urgent and asap before routine, then the longest late.
    3. In time: what falls due next. 4. Sent and not confirmed: the longest ago. 5. What is closed.
    Among those alike, what the referrer's side asked for comes first, the oftenest asked for before the others.
    """
    late, due = is_late(now), Obligation.due_at
    back = [] if last_close is None else [(and_(late, Obligation.winner == "patient_returns", due >= last_close), 0)]
    rank = case({name: no for no, name in enumerate(PRIORITIES)}, value=Obligation.priority, else_=len(PRIORITIES))
    return (
        case(*back, (late, 1), (not_yet_sent(), 2), (is_in("sent"), 3), else_=4),
        case(*back, (late, rank), else_=0),
        Obligation.chased.desc(),
        case((is_in("sent"), Obligation.sent_at)),
        due,
        Obligation.id,
    )


def order_of(kind: str, now: datetime, last_close: datetime) -> Sequence[Any]:
    """The order of a kind's list: as ``most_pressing``, but what a person must decide in that of going through it."""
    return IN_TURN if kind == "resolve" else most_pressing(now, last_close)


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
    return is_open() if state == "open" else is_in(state)


def buckets(now: datetime, days: Days) -> dict[str, ColumnElement[bool]]:
    """By name: what each tab of a list holds. What is open is late, due, or sent and not confirmed: nothing else."""
    due = Obligation.due_at
    ahead = and_(not_yet_sent(), due >= now)
    return {
        "open": in_state("open"),
        "late": is_late(now),
        "today": and_(ahead, due <= days.today_ends),
        "soon": and_(ahead, due > days.today_ends, due <= days.soon_ends),
        "later": and_(ahead, due > days.soon_ends),
        "sent": is_in("sent"),
        "closed": is_closed(),
    }


def narrowed(session: Session, scope: Scope, filters: Filters, now: datetime) -> Sequence[ColumnElement[bool]]:
    """The conditions of ``filters``, but for its words; a birth date among them is one."""
    where: list[ColumnElement[bool]] = []
    if filters.author:
        where.append(_is_author(session, scope, filters.author))
    if filters.referrer:
        where.append(Obligation.referrer_key == filters.referrer)
    if filters.priority:
        where.append(Obligation.priority == filters.priority)
    if filters.owners:
        where.append(Obligation.owner.in_(filters.owners))
    if filters.not_owners:
        where.append(Obligation.owner.not_in(filters.not_owners))
    if filters.late_by is not None:
        where += [is_late(now), Obligation.due_at <= now - filters.late_by]
    born = sought(filters.words or "").born
    return [*where, Obligation.patient_birth_date.in_(born)] if born else where


def looked_for(filters: Filters) -> Sequence[ColumnElement[bool]]:
    """The conditions of its words, looked for in one row after another."""
    words = asked_words(filters.words or "")
    if filters.words and not words and not sought(filters.words).born:
        return [false()]
    # letters and digits: nothing in them means anything to LIKE
    return [(" " + Obligation.words).like(f"% {word}%") for word in words]


def _is_author(session: Session, scope: Scope, key: str) -> ColumnElement[bool]:
    """Whether the author is the one that ``key`` names, whatever each EHR calls them."""
    ehr, value = parse_key(key)
    if ehr is not None:
        return and_(Obligation.ehr == ehr, Obligation.author == value)
    known = session.execute(
        select(ClinicianRow.ehr, ClinicianRow.key)
        .where(mine(ClinicianRow, scope), ClinicianRow.npi == value)
        .order_by(ClinicianRow.ehr, ClinicianRow.key)
    )
    return or_(false(), *(and_(Obligation.ehr == ehr, Obligation.author == author) for ehr, author in known))
