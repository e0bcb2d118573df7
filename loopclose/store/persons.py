"""Queries of patient records and the persons behind them: who is touched, read again, judged, and their names."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Dialect, func, select, update
from sqlalchemy.orm import Session

from loopclose.domain.codes import OPEN_STATES
from loopclose.store.base import Scope, chunks, mine, table_of
from loopclose.store.conditions import one_of
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow, PatientRow
from loopclose.store.unmapped import UnmappedCode
from loopclose.store.upsert import Ready, columns_ready, ready

PATIENT = table_of(PatientRow)
LISTED = ("name", "birth_date", "gender", "mrn", "mrn_kind")
"""Columns of a patient that the lists show."""
LISTED_AS = tuple(f"patient_{name}" for name in LISTED)
"""The same as columns of an obligation."""
SHOWN = (*LISTED, "alike")
"""Columns of a patient record that come from the Patient resource."""


def touch(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> None:
    """Mark patients as touched, making rows for new ones."""
    touch_ready(session.connection().dialect, scope, ehr, patients).execute(session)


def touch_ready(dialect: Dialect, scope: Scope, ehr: str, patients: Iterable[str]) -> Ready:
    """The same, ready to be written."""
    keys = sorted(patients)
    many = len(keys)
    owner = {"practice_id": (scope.practice_id,) * many, "ehr": (ehr,) * many}
    named = {"id": keys, "person": keys, "touched": (_mark(),) * many}
    return columns_ready(dialect, PATIENT, {**owner, **named}, update=("touched",))


def touch_known(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> None:
    """Mark those patients as touched that are followed already."""
    for batch in chunks(sorted(patients)):
        these = (mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.id.in_(batch))
        session.execute(update(PatientRow).where(*these).values(touched=_mark()))


def touch_persons(session: Session, scope: Scope, ehr: str, persons: Iterable[str]) -> None:
    """Mark every record of those persons as touched: somebody said something about them."""
    for batch in chunks(sorted(persons)):
        these = (mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.person.in_(batch))
        session.execute(update(PatientRow).where(*these).values(touched=_mark()))


def touch_everybody(session: Session, scope: Scope, ehr: str) -> None:
    """Mark every patient as touched: the rules or the code map changed."""
    these = (mine(PatientRow, scope), PatientRow.ehr == ehr)
    session.execute(update(PatientRow).where(*these).values(touched=_mark()))


def touch_open(session: Session, scope: Scope, ehr: str) -> None:
    """Mark every patient with something open as touched: what it is due by may have changed."""
    waiting = select(Obligation.person).where(
        mine(Obligation, scope), Obligation.ehr == ehr, Obligation.state.not_in(("confirmed", "waived"))
    )
    these = (mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.person.in_(waiting))
    session.execute(update(PatientRow).where(*these).values(touched=_mark()))


def to_read(session: Session, scope: Scope, ehr: str) -> Iterator[str]:
    """Patients whose records are read again: touched and not yet judged, or with something open; some come twice."""
    these = (mine(PatientRow, scope), PatientRow.ehr == ehr)
    yield from session.scalars(select(PatientRow.id).where(*these, PatientRow.touched.is_not(None)))
    open_persons = select(Obligation.person).where(
        mine(Obligation, scope),
        Obligation.ehr == ehr,
        one_of(Obligation.state, OPEN_STATES),
    )
    yield from session.scalars(select(PatientRow.id).where(*these, PatientRow.person.in_(open_persons)))


def touched_persons(
    session: Session, scope: Scope, ehr: str, most: int | None = None, *, read_alone: bool = False
) -> list[str]:
    """Persons of whom a record was touched since they were last judged; the first ``most`` of them.

    ``read_alone``: without those of whom a record was never read whole.
    """
    these = [mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.touched.is_not(None)]
    if read_alone:
        never = (mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.read_at.is_(None))
        these.append(PatientRow.person.not_in(select(PatientRow.person).where(*never)))
    found = select(PatientRow.person).distinct().where(*these).order_by(PatientRow.person).limit(most)
    return list(session.scalars(found))


def still_touched(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> set[str]:
    """Those of some patients who wait to be judged."""
    found: set[str] = set()
    for batch in chunks(sorted(patients)):
        these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.id.in_(batch), PATIENT.c.touched.is_not(None))
        found.update(session.scalars(select(PATIENT.c.id).where(*these)))
    return found


def count_touched(session: Session, scope: Scope, ehr: str) -> int:
    """How many patient records were touched since they were last judged."""
    these = (mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.touched.is_not(None))
    return session.scalar(select(func.count()).select_from(PatientRow).where(*these)) or 0


class Records(NamedTuple):
    """The patient records of one person."""

    patients: dict[str, dict[str, str | None]]
    """By ``Patient/id``: what the lists show of it, by column of an obligation."""
    judged: bool
    """Whether one of them was ever judged: of a person who never was, nothing stands."""


def records_of(session: Session, scope: Scope, ehr: str, persons: Sequence[str]) -> dict[str, Records]:
    """By person: their patient records, held until the end of the transaction."""
    found: dict[str, Records] = {}
    columns = [PATIENT.c[name] for name in ("person", "id", "judged", *LISTED)]
    asked = select(*columns).order_by(PATIENT.c.id).with_for_update()
    for batch in chunks(persons):
        these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.person.in_(batch))
        for person, patient, judged_before, *shown in session.execute(asked.where(*these)).all():
            before = found.get(person)
            if before is None or judged_before:
                before = found[person] = Records({} if before is None else before.patients, judged_before)
            before.patients[patient] = dict(zip(LISTED_AS, shown, strict=True))
    return found


def persons_of(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> list[str]:
    """The persons behind some patient records."""
    found: set[str] = set()
    for batch in chunks(sorted(patients)):
        these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.id.in_(batch))
        found.update(session.scalars(select(PATIENT.c.person).where(*these)))
    return sorted(found)


def patient(session: Session, scope: Scope, ehr: str, key: str) -> PatientRow | None:
    """A patient record (``Patient/id``); None where none of that EHR was read."""
    return session.get(PatientRow, (scope.practice_id, ehr, key))


def patients_of(session: Session, scope: Scope, ehr: str, person: str) -> list[str]:
    """Keys of the patient records of a person; nothing is held."""
    these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.person == person)
    return list(session.scalars(select(PATIENT.c.id).where(*these).order_by(PATIENT.c.id)))


def one_person(session: Session, scope: Scope, ehr: str, keys: Sequence[str]) -> None:
    """Patient records that name each other are one person: the first key by sort order."""
    touch(session, scope, ehr, keys)
    these = (mine(PatientRow, scope), PatientRow.ehr == ehr)
    persons = set(session.scalars(select(PatientRow.person).where(*these, PatientRow.id.in_(keys))))
    if len(persons) > 1:
        first = min(persons)
        session.execute(
            update(PatientRow).where(*these, PatientRow.person.in_(persons)).values(person=first, touched=_mark())
        )
        for table in (Obligation, ReferralRow, UnmappedCode):
            session.execute(
                update(table)
                .where(mine(table, scope), table.ehr == ehr, table.person.in_(persons))
                .values(person=first)
            )


def judged(session: Session, scope: Scope, ehr: str, persons: Sequence[str]) -> None:
    """The records of those persons are judged as they stand."""
    for batch in chunks(persons):
        these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.person.in_(batch))
        session.execute(update(PATIENT).where(*these).values(touched=None, judged=True))


def names_ready(dialect: Dialect, scope: Scope, ehr: str, names: Mapping[str, Mapping[str, str | None]]) -> Ready:
    """What the screens show of some patient records (the keys of ``SHOWN`` each), touching them."""
    mark = _mark()
    rows = [
        {"practice_id": scope.practice_id, "ehr": ehr, "id": patient, "person": patient, "touched": mark, **shown}
        for patient, shown in sorted(names.items())
    ]
    return ready(dialect, PATIENT, rows, update=(*SHOWN, "touched"))


def clinicians_ready(dialect: Dialect, scope: Scope, ehr: str, clinicians: Iterable[dict[str, Any]]) -> Ready:
    """Clinicians and organizations: ``key``, ``name``, ``npi``, and whether they are ``ours``."""
    rows = [{"practice_id": scope.practice_id, "ehr": ehr, **one} for one in clinicians]
    return ready(dialect, table_of(ClinicianRow), rows)


def _mark() -> str:
    """Never the same twice, so that whoever judges a person sees that another touched them meanwhile."""
    return secrets.token_hex(8)
