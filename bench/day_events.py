"""What happens in an EHR in one working day, for the bench of a day: who is seen, what is signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from loopclose.sandbox.search import Store
from loopclose.store.engine import Database
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation

Json = dict[str, Any]
EVERY, HALF_HOUR = timedelta(minutes=9), timedelta(minutes=30)
PRESSING = ("a visit is over", "a report due within a day is signed")


@dataclass
class Event:
    """Something that happens in the EHR; ``seen`` says whether Loopclose knows of it."""

    at: datetime
    what: str
    happen: Callable[[datetime], Any]
    seen: Callable[[Database], bool]
    found_at: datetime | None = None


def visits(store: Store, like: Json, coming: Sequence[Json], morning: datetime, dice: Random) -> Iterator[Event]:
    """Patients of today: seen in an encounter ``like`` that one, some of them signed for the same day."""
    for n, request in enumerate(coming):
        start = morning + EVERY * n + HALF_HOUR / 3
        end, visit = start + HALF_HOUR - timedelta(minutes=5), f"day{n}"
        encounter = {
            **like,
            "id": visit,
            "status": "in-progress",
            "subject": request["subject"],
            "basedOn": [{"reference": f"ServiceRequest/{request['id']}"}],
            "period": {"start": stamp(start)},
        }
        over = {**encounter, "status": "finished", "period": {"start": stamp(start), "end": stamp(end)}}
        yield Event(start, "a visit begins", _put(store, encounter), lambda _: True)
        yield Event(end, "a visit is over", _put(store, over), _has_visit(f"Encounter/{visit}"))
        if dice.random() < 0.5:
            note = _note(f"note{visit}", request["subject"], f"Encounter/{visit}", end)
            at = end + timedelta(minutes=dice.randint(5, 120))
            yield Event(at, "a report due later is signed", _put(store, note), _is_signed(f"Encounter/{visit}"))


def reports(db: Database, store: Store, morning: datetime, dice: Random) -> Iterator[Event]:
    """Reports that wait already: whatever is due by tomorrow is signed today."""
    with db.read() as session:
        rows = session.scalars(select(Obligation).filter_by(kind="report", state="owed")).all()
    soon = [row for row in rows if morning - timedelta(hours=6) <= row.due_at <= morning + timedelta(hours=20)]
    for row in soon:
        if row.visit is None or not row.visit.startswith("Encounter/"):
            continue
        encounter = store.get(*row.visit.split("/"))
        assert encounter is not None
        ended = datetime.fromisoformat(encounter["period"]["end"].replace("Z", "+00:00"))
        note = _note(f"late{row.visit[10:]}", encounter["subject"], row.visit, ended)
        at = morning + timedelta(minutes=dice.randint(5, 500))
        what = "a report due within a day is signed"
        yield Event(at, what, _put(store, note), _is_signed(row.visit))


def _note(note_id: str, subject: Any, visit: str, ended: datetime) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": note_id,
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": subject,
        "author": [{"reference": "Practitioner/heart"}],
        "authenticator": {"reference": "Practitioner/heart"},
        "date": stamp(ended),
        "context": {"encounter": [{"reference": visit}]},
        "content": [{"attachment": {"contentType": "text/plain", "data": "QQ=="}}],
    }


def _put(store: Any, resource: Json) -> Callable[[datetime], Any]:
    return lambda at: store.put(resource, at)


def _has_visit(visit: str) -> Callable[[Database], bool]:
    def seen(db: Database) -> bool:
        with db.read() as session:
            return session.scalars(select(VisitRow).filter_by(id=visit, assumed=False)).first() is not None

    return seen


def _is_signed(visit: str) -> Callable[[Database], bool]:
    def seen(db: Database) -> bool:
        with db.read() as session:
            return (
                session.scalars(select(Obligation).filter_by(visit=visit, kind="report", state="signed")).first()
                is not None
            )

    return seen


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
