"""Patients of whom something is to be judged anew although nothing of theirs changed: time alone says what it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from loopclose.domain import bookings
from loopclose.domain.visit_times import NOT_BELIEVED
from loopclose.store.base import Scope, mine, table_of
from loopclose.store.conditions import just, one_of
from loopclose.store.intake import RESOURCE
from loopclose.store.loop import AppointmentRow, VisitRow

LEFT_OPEN_FOR = timedelta(days=7)
"""How long it is looked at again whether an appointment that nobody closed is over."""
CLOSED = sorted(bookings.CLOSED - bookings.CAME)
"""Appointments of these say all that they will, once they have begun."""
NOT_YET = ("planned", "no_time")
"""Why an Encounter is no visit, or none yet, beside that it is under way: it is planned, or its own time is further
ahead than that of a visit which is over can be, and nothing else dates it."""


def over_by_now(session: Session, scope: Scope, ehr: str, now: datetime) -> set[str]:
    """Patients with a visit that may have been had by now: one that is under way, an appointment of the last days that
    nobody closed, or one that was kept before it was to begin. Found by indexes.
    """
    these = (mine(RESOURCE, scope), RESOURCE.c.ehr == ehr, RESOURCE.c.type == "Encounter")
    under_way = select(RESOURCE.c.patient).where(*these, just(RESOURCE.c.reason, "not_happened_yet"))
    found = (*session.scalars(under_way), *_left_open(session, scope, ehr, now), *_kept_early(session, scope, ehr, now))
    return {patient for patient in found if patient is not None}


def of_another_time(session: Session, scope: Scope, ehr: str) -> set[str]:
    """Patients with a visit that is planned or undated, or dated by something else because its own time was too far
    ahead to be believed: that may have come. Every Encounter and every visit is looked at.
    """
    these = (mine(RESOURCE, scope), RESOURCE.c.ehr == ehr, RESOURCE.c.type == "Encounter")
    planned = session.scalars(select(RESOURCE.c.patient).where(*these, one_of(RESOURCE.c.reason, NOT_YET)))
    seen = table_of(VisitRow)
    doubted = cast(seen.c.doubts, String).contains(NOT_BELIEVED)
    doubtful = session.scalars(select(seen.c.patient).where(mine(seen, scope), seen.c.ehr == ehr, doubted))
    return {patient for patient in (*planned, *doubtful) if patient is not None}


def _left_open(session: Session, scope: Scope, ehr: str, now: datetime) -> set[str]:
    """With an appointment of the last days that nobody closed: when it is over, time alone says."""
    booked = table_of(AppointmentRow)
    these = (mine(booked, scope), booked.c.ehr == ehr, booked.c.start.between(now - LEFT_OPEN_FOR, now))
    return {*session.scalars(select(booked.c.patient).where(*these, booked.c.status.not_in(CLOSED)))}


def _kept_early(session: Session, scope: Scope, ehr: str, now: datetime) -> set[str]:
    """With an appointment that was over before it was to begin, by what was last read of it: a visit from then on."""
    booked = table_of(AppointmentRow)
    these = (mine(booked, scope), booked.c.ehr == ehr, booked.c.start.between(now - LEFT_OPEN_FOR, now))
    itself = (
        (RESOURCE.c.practice_id == booked.c.practice_id)
        & (RESOURCE.c.ehr == booked.c.ehr)
        & (RESOURCE.c.type == "Appointment")
        & (RESOURCE.c.fhir_id == func.substr(booked.c.id, len("Appointment/") + 1))
    )
    early = (booked.c.status == "fulfilled", RESOURCE.c.seen_at <= booked.c.start)
    return {*session.scalars(select(booked.c.patient).join(RESOURCE, itself).where(*these, *early))}
