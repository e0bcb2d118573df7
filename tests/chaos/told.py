"""What is owed in a database, and what a run says of what it could not read, to compare the two."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from loopclose.domain.codes import NOT_YET_SENT, OPEN_STATES
from loopclose.flows.reading.sync import SyncResult
from loopclose.sandbox.search import Store
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import PatientRow
from loopclose.store.resources import Resource, Watermark

OVERLAP = timedelta(minutes=10)
Key = tuple[str | None, str | None, str | None, str]
Owed = dict[Key, tuple[str, str, datetime | None]]

LEFT_OUT = re.compile(
    "^(What changed of|Searches for|Of most patients some|Not every|The EHR says that a search for) ([A-Z][A-Za-z]+)"
)
"""Warnings that something was left out, or may have been, with the type."""


def owed(db: Database) -> Owed:
    """(person, state, due) by visit, referral, appointment and kind.

    Without what is owed no longer because its ground is gone, which a new database never had. Nor is it compared by
    when something was due that was sent or closed, or when a receipt was due: that is as it was when it was sent.
    """
    with db.read() as session:
        rows = session.scalars(select(Obligation)).all()
        steps = session.scalars(select(TransitionRow).order_by(TransitionRow.no)).all()
    last = {one.obligation: one.code for one in steps}
    standing = [one for one in rows if one.state in OPEN_STATES or last[one.id] != "no_longer_owed"]
    sent = {(one.visit, one.referral) for one in standing if one.kind == "report" and one.state == "sent"}
    found: Owed = {}
    for one in standing:
        if one.kind != "receipt":
            due = one.due_at if one.state in NOT_YET_SENT else None
            found[one.visit, one.referral, one.appointment, one.kind] = (one.person, one.state, due)
        elif (one.visit, one.referral) in sent:
            found[one.visit, one.referral, one.appointment, one.kind] = (one.person, one.state, None)
    return found


def persons(db: Database) -> Mapping[str, str]:
    """By ``Patient/id``: the person."""
    with db.read() as session:
        return {one.id: one.person for one in session.scalars(select(PatientRow))}


def differing(ours: Owed, theirs: Owed, who: Mapping[str, str]) -> dict[str, list[str]]:
    """By person: what is owed in one and not, or not so, in the other. What is done stays done, whatever came of its
    ground since.
    """
    found: dict[str, list[str]] = {}
    for key in ours.keys() | theirs.keys():
        mine, other = ours.get(key), theirs.get(key)
        if mine is None or (other is None and mine[1] in OPEN_STATES) or (other is not None and mine[1:] != other[1:]):
            person = (mine or other or ("",))[0]
            found.setdefault(who.get(person, person), []).append(f"{key}: {mine} instead of {other}")
    return found


def quarantined(db: Database) -> set[tuple[str, str, str]]:
    """(patient, type, id) of whatever cannot be read."""
    with db.read() as session:
        rows = session.scalars(select(Resource).where(Resource.disposition == "quarantined")).all()
    return {(one.patient or "", one.type, one.fhir_id) for one in rows}


def says_what_is_missing(result: SyncResult) -> list[str]:
    """What a run says that concerns more than those whom it names."""
    told = [str(result.error)] if result.error else []
    return told + [one for one in result.counts.get("warnings", ()) if LEFT_OUT.match(one)]


def add_up(result: SyncResult) -> bool:
    """Whether something became of everything that was read, of each type and in all."""
    counts = result.counts
    return all(
        one["fetched"] == one["admitted"] + one["unchanged"] + one["quarantined"] + sum(one["ignored"].values())
        for one in (counts, *counts["by_type"].values())
    )


def ahead(
    db: Database, store: Store, unread: set[str], now: datetime, but: Collection[tuple[str, str]] = ()
) -> list[str]:
    """What the next sync would not ask for any more, by its marks, and this one did not read; marks beyond the clock.

    ``unread``: patients who are read again whatever the marks say. ``but``: (type, id) of what never came under a mark,
    because an older time of its last change is there again.
    """
    with db.read() as session:
        marks = session.scalars(select(Watermark)).all()
        kept = {(one.type, one.fhir_id): one.last_updated for one in session.scalars(select(Resource))}
        followed = {one.id for one in session.scalars(select(PatientRow).where(PatientRow.read_at.is_not(None)))}
    found = [f"{one.type} {one.scope}: {one.value}" for one in marks if one.value > now + OVERLAP]
    for mark in marks:
        for resource, _ in list(store._by_type[mark.type].values()):
            stamp = resource["meta"]["lastUpdated"]
            if (mark.type, resource["id"]) in but:
                continue
            if datetime.fromisoformat(stamp) >= mark.value - OVERLAP or kept.get((mark.type, resource["id"])) == stamp:
                continue
            whose = {f"Patient/{one}" for one in store.patients_of(mark.type, resource["id"])}
            if mark.scope == "changes" and (not whose & followed or whose & unread):
                continue
            if mark.scope == "schedule" and not _was_asked(resource, mark.value):
                continue
            found.append(f"{mark.type}/{resource['id']} of {stamp}, {mark.scope} read up to {mark.value}")
    return found


def _was_asked(appointment: dict[str, str], mark: datetime) -> bool:
    """Whether a schedule that was read up to the mark must have shown it: a week back, and until then."""
    start = datetime.fromisoformat(appointment["start"])
    ours = any(name in str(appointment) for name in ("Practitioner/heart", "Practitioner/beat", "Practitioner/pump"))
    return ours and mark - timedelta(days=6) <= start <= mark
