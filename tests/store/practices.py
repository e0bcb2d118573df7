"""Two practices in one database, alike to the last id: whatever forgets whose a row is, takes both."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, Boolean, Date, Float, Integer, LargeBinary, Table, select
from sqlalchemy.orm import Session

from loopclose.store import audit_log, loop, obligations, outbox, people, resources
from loopclose.store.base import Base, Scope, UtcDateTime
from loopclose.store.schema import TABLES

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
EARLIER = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
SHA = "0" * 64


def row(model: type[Base], practice: str, **given: Any) -> Base:
    """A row of the practice; what is not given and must be there gets the plainest value of its type."""
    table: Any = model.__table__
    for column in table.columns:
        if column.name not in ("practice_id", *given) and not column.nullable and column.default is None:
            given[column.name] = _plainest(column.type)
    return model(practice_id=practice, **given)


def fill(session: Session, scope: Scope, mark: str) -> None:
    """One of everything, under ids that are the same in every practice; ``mark`` stands in what a person reads."""
    practice = scope.practice_id
    of_patient = {"ehr": "main", "patient": "Patient/1", "person": "Patient/1"}
    referrer = {"name": f"Dr. {mark}", "reference": f"Practitioner/{mark}", "how": "requester", "npi": None}
    owed = {**of_patient, "state": "owed", "due_at": EARLIER, "author": "Practitioner/heart", "alert_after": EARLIER}
    at_visit = {**owed, "visit": "Encounter/1", "owner": "coordinator", "referrer": referrer}
    rows = [
        row(people.PracticeRow, practice, name=mark),
        row(people.PatientRow, practice, ehr="main", id="Patient/1", person="Patient/1", name=mark, touched="1"),
        row(people.PatientRow, practice, ehr="main", id="Patient/2", person="Patient/2", name=mark),
        row(people.ClinicianRow, practice, ehr="main", key="Practitioner/heart", name=mark, npi="1234567893"),
        row(people.User, practice, id="u1", email="heart@demo.example", name=mark, role="clinician", reference=mark),
        row(people.User, practice, id="u2", email="beat@demo.example", name=mark, role="lead", reference="1234567893"),
        row(people.UserSession, practice, digest="d1", user_id="u1", seen_at=NOW),
        row(people.SignInLink, practice, digest="d1", user_id="u1", expires_at=NOW.replace(year=2027)),
        row(people.SearchKey, practice, key="k1", words=mark, user_id="u1", made_at=EARLIER),
        row(resources.Ehr, practice, id="main", base_url=mark),
        row(resources.Blob, practice, sha256=SHA, body=mark.encode()),
        row(resources.SyncRun, practice, id=f"run of {mark}", ehr="main", finished_at=EARLIER, complete=True),
        row(resources.Watermark, practice, ehr="main", type="Encounter", scope="encounters", value=EARLIER),
        row(loop.ReferralRow, practice, **of_patient, id="ServiceRequest/1", label=mark),
        row(loop.VisitRow, practice, **of_patient, id="Encounter/1", label=mark, outcome="report"),
        row(loop.AppointmentRow, practice, **of_patient, id="Appointment/1", with_whom=mark),
        row(loop.LinkRow, practice, ehr="main", visit="Encounter/1", current=True, band="person", method=mark),
        row(loop.LinkDecisionRow, practice, ehr="main", visit="Encounter/1", by=mark),
        row(loop.RequesterDecisionRow, practice, ehr="main", requester="Practitioner/heart", by=mark),
        row(
            obligations.Obligation,
            practice,
            **at_visit,
            id="o1",
            kind="report",
            referral="ServiceRequest/1",
            appointment="Appointment/1",
        ),
        row(obligations.Obligation, practice, **at_visit, id="o2", kind="resolve"),
        row(obligations.Document, practice, obligation="o1", kind="consult-note", body=mark.encode()),
        row(outbox.Alert, practice, id="a1", obligation="o1", recipient=mark, message="m1"),
        row(outbox.Message, practice, id="m1", subject=mark, state="failed"),
        row(outbox.Attempt, practice, message="m1", no=1, error=mark),
        row(outbox.NightRun, practice, id=f"night of {mark}", finished_at=EARLIER),
    ]
    rows += [
        row(obligations.DeadlineRow, practice, obligation=key, no=1, changed_because=mark, due_at=EARLIER)
        for key in ("o1", "o2")
    ]
    rows += [row(obligations.TransitionRow, practice, obligation="o1", no=1, to_state="owed", actor=mark)]
    rows += [
        row(
            resources.Resource,
            practice,
            ehr="main",
            type=kind,
            fhir_id=fhir_id,
            sha256=SHA,
            disposition=disposition,
            reason=reason,
            detail=mark,
            patient="Patient/1",
        )
        for kind, fhir_id, disposition, reason in (
            ("ServiceRequest", "1", "admitted", None),
            ("Encounter", "1", "ignored", "not_happened_yet"),
            ("Encounter", "2", "quarantined", "modifier"),
        )
    ]
    session.add_all(rows)
    audit_log.record(session, scope, EARLIER, mark, "view_obligation", "o1")
    session.flush()
    audit_log.seal(session, scope, NOW)
    audit_log.record(session, scope, NOW, mark, "view_obligation", "o1")


def everything_of(session: Session, practice: str) -> dict[str, list[Any]]:
    """Every row of the practice, by table."""
    return {
        name: sorted(str(tuple(found)) for found in session.execute(select(table).where(_owner(table) == practice)))
        for name, table in TABLES.items()
        if "practice_id" in table.columns
    }


def plain(value: Any) -> Any:
    """What a query gave back, as values that can be compared after the session."""
    if isinstance(value, Base):
        return {column.name: getattr(value, column.name) for column in value.__table__.columns}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if value is None or isinstance(value, str | bytes | int | float | datetime | date):
        return value
    if isinstance(value, set):
        return sorted(value)
    return [plain(one) for one in value]


def _owner(table: Table) -> Any:
    return table.columns["practice_id"]


def _plainest(kind: Any) -> Any:
    if isinstance(kind, UtcDateTime):
        return EARLIER
    for known, value in (
        (Boolean, False),
        (Integer, 1),
        (Float, 1.0),
        (Date, EARLIER.date()),
        (JSON, []),
        (LargeBinary, b""),
        (resources.Packed, b""),
    ):
        if isinstance(kind, known):
            return value
    return SHA if getattr(kind, "length", None) == 64 else "x"
