"""A practice that has owed many reports: rows of every table that the screens and the night look at, in bulk.

Ids are digests, as they are in use, so that what is open lies all over the indexes of what is closed. What is open is
the newest. People and numbers are made up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text

from bench import NOW
from loopclose.domain.searching import words_of
from loopclose.store.base import natural_id
from loopclose.store.engine import Database
from loopclose.store.schema import TABLES
from loopclose.store.upsert import ready

PRACTICE, EHR = "main", "main"
OPEN, DUE, RESOLVES = 5_000, 2_000, 50
GIVEN = ("Ana", "Ben", "Chloe", "Dara", "Emil", "Fay", "Gil", "Hana", "Ivo", "Jana", "Kai", "Lea", "Max", "Nia", "Odo")
FAMILY = (
    "Sample",
    "Mockley",
    "Fixture",
    "Dummond",
    "Example",
    "Testerman",
    "Placeholt",
    "Trialby",
    "Standin",
    "Shamwell",
)
CLINICIANS, REFERRERS = 8, 400
AT_ONCE = 5_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READ = (("ServiceRequest", "s"), ("Encounter", "e"), ("DocumentReference", "d"))
TEMPLATE = 10_000
"""Reports made one by one; beyond them what is closed is copied."""
COPIED = {
    "patient": ("id", "patient"),
    "referral": ("id", "referral"),
    "visit": ("id", "visit"),
    "link": ("visit", "visit"),
    "obligation": ("id", "obligation"),
    "deadline": ("obligation", "obligation"),
    "transition": ("obligation", "obligation"),
    "delivery": ("obligation", "obligation"),
    "resource": ("patient", "patient"),
}
"""By table: its column that is in a column of the template."""
Row = dict[str, Any]


def fill(db: Database, reports: int, opened: int = OPEN, due: int = DUE) -> None:
    """Owe ``reports`` reports, of which ``opened`` are open and ``due`` of those past their time."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA cache_size=-1000000")
        dropped = _without_indexes(connection)
        for table, rows in _shared().items():
            _write(connection, table, rows)
    first = min(reports, TEMPLATE)
    numbers = iter(range(first))
    while some := list(islice(numbers, AT_ONCE)):
        found: dict[str, list[Row]] = {}
        for no in some:
            for table, row in _rows(no, first, opened, due):
                found.setdefault(table, []).append(row)
        with db.engine.begin() as connection:
            for table, rows in found.items():
                _write(connection, table, rows)
    with db.engine.begin() as connection:
        _multiply(connection, reports - first)
        for statement in dropped:
            connection.exec_driver_sql(statement)
    db.close()  # what was kept in memory for filling is not there for measuring
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")


def _shared() -> dict[str, list[Row]]:
    """Clinicians, users, runs and mails: they grow with time, not with reports."""
    own = {"practice_id": PRACTICE}
    ours = [f"Practitioner/c{no}" for no in range(CLINICIANS)]
    asking = [(f"Practitioner/r{no}", name_of(no * 7)) for no in range(REFERRERS)]
    clinicians = [
        *(
            {**own, "ehr": EHR, "key": key, "name": name_of(no), "npi": None, "ours": True}
            for no, key in enumerate(ours)
        ),
        *({**own, "ehr": EHR, "key": key, "name": name, "npi": None, "ours": False} for key, name in asking),
    ]
    runs, nights, messages = [], [], []
    for no in range(3_000):
        at = NOW - no * 15 * timedelta(minutes=1)
        done = {"started_at": at - 2 * HOUR, "finished_at": at - HOUR, "counts": {}}
        runs.append({**own, "id": _id("run", no), "ehr": EHR, "complete": True, "error": None, **done})
        nights.append({**own, "id": _id("night", no), "night": at.date(), **done})
        mail = {"recipients": ["cora@demo.example"], "subject": "Late", "body": "Late.", "state": "sent", "error": None}
        told = {"about": "alerts", "tries": 1, "put_off": 0, "maybe_taken": False}
        names = {"id": _id("mail", no), "message_id": f"<{no}@loopclose>", "night": at.date(), "sent_at": at}
        messages.append({**own, **mail, **names, **told})
    book = [
        {
            **own, "id": _id("address", no), "referrer": f"{EHR}:{key}", "name": name, "location": "", "contact": "",
            "channel": "direct", "to": f"r{no}@direct.example", "rank": 1, "source": "person", "added_by": "cora",
            "added_at": NOW - 90 * DAY, "checked_by": "cora", "checked_at": NOW - 80 * DAY if no % 2 else None,
        }
        for no, (key, name) in enumerate(asking)
    ]  # fmt: skip
    return {"clinician": clinicians, "address": book, "sync_run": runs, "night_run": nights, "message": messages}


def _rows(no: int, reports: int, opened: int, due: int) -> Iterator[tuple[str, Row]]:
    """Everything about one visit, with its table; the last ``opened`` are open."""
    left = reports - 1 - no  # 0: the newest
    is_open, is_due = left < opened, left < due
    key = hashlib.md5(str(no).encode(), usedforsecurity=False).hexdigest()
    patient, visit, asked = f"Patient/{key[:16]}", f"Encounter/e{key[:16]}", f"ServiceRequest/s{key[:16]}"
    of = {"practice_id": PRACTICE, "ehr": EHR, "patient": patient, "person": patient}
    mine = {"practice_id": PRACTICE, "ehr": EHR}
    due_at = NOW - (1 + left % 400) * HOUR if is_due else NOW + (1 + left % 300) * HOUR
    due_at = due_at if is_open else NOW - 30 * DAY - left * timedelta(minutes=3)
    seen, author, who = due_at - 2 * DAY, f"Practitioner/c{no % CLINICIANS}", no % REFERRERS
    name, referrer, mrn, born = name_of(no), name_of(who * 7), f"{10_000_000 + no}", born_on(no)
    yield "patient", {
        **mine, "id": patient, "person": patient, "name": name, "birth_date": born, "gender": "female",
        "mrn": mrn, "touched": None, "judged": True,
    }  # fmt: skip
    yield "referral", {
        **of, "id": asked, "status": "active", "priority": "routine", "authored_on": "2026-01-02", "identifiers": [],
        "label": "Cardiology referral", "question": "Chest pain?", "requester": {"name": referrer},
        "requester_key": f"Practitioner/r{who}",
    }  # fmt: skip
    yield "visit", {
        **of, "id": visit, "start": seen - HOUR, "end": seen, "assumed": False, "baseline": False, "promoted": False,
        "clinicians": [author], "author": author, "label": "Visit", "outcome": "report", "doubts": [],
    }  # fmt: skip
    yield "link", {
        **mine, "visit": visit, "no": 1, "current": True, "band": "automatic", "referrals": [asked],
        "method": "Encounter.basedOn", "confidence": 1.0, "because": ["The Encounter names it."], "candidates": [],
        "unseen": [],
    }  # fmt: skip
    kinds = ("report", "resolve") if is_open and left % (opened // RESOLVES or 1) == 0 else ("report",)
    shown = {
        "patient_name": name, "patient_birth_date": born, "patient_gender": "female", "patient_mrn": mrn,
        "referrer_name": referrer, "referrer_npi": None, "referrer_key": f"{EHR}:Practitioner/r{who}",
        "words": words_of(name, referrer, "Harbor Primary Care", mrn=mrn),
    }  # fmt: skip
    asking = {"name": referrer, "reference": f"Practitioner/r{who}", "npi": None, "guessed": False, "how": "requester"}
    asking["organization_name"] = "Harbor Primary Care"
    for kind in kinds:
        owed = natural_id(PRACTICE, EHR, kind, visit, asked)
        state = ("owed", "drafted", "signed")[no % 3] if is_open and kind == "report" else "owed"
        state = state if is_open else "confirmed"
        yield "obligation", {
            **of, **shown, "id": owed, "kind": kind, "visit": visit, "referral": asked, "appointment": None,
            "state": state, "scope": "full", "due_at": due_at, "deadline_no": 1, "winner": "policy",
            "priority": "urgent" if no % 20 == 0 else "routine", "author": author, "owner": "coordinator",
            "referrer": asking, "guessed": False, "sent_at": None if is_open else due_at - HOUR,
            "on_time": None if is_open else True, "fired_rung": 0, "fired_on": None, "ladder_no": 1,
            "alert_after": due_at if is_open else None, "assigned_to": None, "return_by_hand": None,
            "due_by_hand": None,
        }  # fmt: skip
        because = [{"rule": "policy", "at": due_at.isoformat(), "because": "Two practice days after the visit."}]
        its = {"practice_id": PRACTICE, "obligation": owed}
        yield "deadline", {
            **its, "no": 1, "due_at": due_at, "winner": "policy", "reasons": because, "changed_because": None
        }  # fmt: skip
        for step, to_state in enumerate(("owed",) if is_open else ("owed", "sent", "confirmed"), start=1):
            yield "transition", {
                **its, "no": step, "from_state": None, "to_state": to_state, "effective_at": seen, "detected_at": seen,
                "actor": "ehr", "evidence": visit, "evidence_sha256": None, "code": None, "note": None,
            }  # fmt: skip
        if kind == "report" and not is_open:
            yield "delivery", {
                **its, "id": _id("delivery", owed), "ehr": EHR, "letter": key * 2, "purpose": "report",
                "address": _id("address", who), "referrer": shown["referrer_key"], "name": referrer,
                "channel": "direct", "to": f"r{who}@direct.example", "urgent": False, "code": "7FK2-83XC",
                "content": b"", "sha256": key * 2, "enclosed": [], "seal": key * 2, "state": "received",
                "planned_by": "loopclose", "planned_at": due_at, "tries": 1, "sent_at": due_at - HOUR,
                "received_at": due_at,
            }  # fmt: skip
        if kind == "report" and state == "signed":
            said = json.dumps({"papers": {}, "answers": {}, "letter": key * 2, "by": "heart@demo.example"}).encode()
            yield "signature", {
                **its, "no": 1, "by": "heart@demo.example", "name": "Heart", "reference": author, "on_behalf": None,
                "at": seen, "proved_by": "password", "proved_at": seen, "letter": key * 2, "statement": said,
                "sha256": hashlib.sha256(said).hexdigest(), "cosigns": None, "counts": True, "waits": False,
                "interim": False,
            }  # fmt: skip
    for kind, letter in READ:
        yield "resource", {
            **mine, "type": kind, "fhir_id": f"{letter}{key[:16]}", "version": None, "last_updated": None,
            "sha256": key * 2, "disposition": "admitted", "reason": None, "detail": None, "patient": patient,
            "seen_at": seen,
        }  # fmt: skip


def _multiply(connection: Connection, more: int) -> None:
    """Copy what is closed until there is so much more of it: other ids, other words, the same stories.

    A copy's id begins as the one it was made of, so that copies lie all between what is open.
    """
    if more <= 0:
        return
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE template AS"
        " SELECT id AS obligation, patient, visit, referral FROM obligation WHERE state = 'confirmed'"
    )
    there = connection.exec_driver_sql("SELECT count(*) FROM template").scalar_one()
    for copy in range(1, more // there + 2):
        some = f"SELECT {{}} FROM template ORDER BY obligation LIMIT {min(there, more - (copy - 1) * there)}"
        for table, (key, by) in COPIED.items():
            columns = [f'"{column.name}"' for column in TABLES[table].columns]
            values = [_copied(table, column.name, copy) for column in TABLES[table].columns]
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}"
                f" WHERE {key} IN ({some.format(by)})"
            )


def _copied(table: str, column: str, copy: int) -> str:
    """A column of a copy, as SQL: ids are of no more letters than they may have."""
    names = "obligation" if column == "id" and table in ("obligation", "delivery") else column
    if names == "obligation":
        return f"substr({column}, 1, 32) || 'x{copy:03x}'"
    if names in ("id", "patient", "person", "visit", "referral", "fhir_id"):
        return f"{column} || '-{copy}'"
    if column == "words":
        return f"'w{copy}' || replace(words, ' ', ' w{copy}')"
    return f'"{column}"'


def _write(connection: Connection, name: str, rows: Iterable[Row]) -> None:
    """By COPY on PostgreSQL; by many rows at once on SQLite."""
    rows = list(rows)
    made = ready(connection.dialect, TABLES[name], rows, update=())
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(made.sql, made.parameters)
        return
    columns = ", ".join(f'"{column}"' for column in rows[0])
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{name}" ({columns}) FROM STDIN') as copy:
        for row in made.parameters:
            copy.write_row([row[column] for column in rows[0]])


def _without_indexes(connection: Connection) -> list[str]:
    """Drop every index that serves no key, and give back the statements that make them again."""
    if connection.dialect.name == "postgresql":
        asked = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix_%'"
    else:
        asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_%'"
    found = connection.execute(text(asked)).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [statement for _, statement in found]


def name_of(no: int) -> str:
    return f"{GIVEN[no % len(GIVEN)]} {FAMILY[no // len(GIVEN) % len(FAMILY)]}-{no // 150 % 900}"


def born_on(no: int) -> str:
    """A day of one of some seventy years, as many people have their own."""
    return (date(1930, 1, 1) + timedelta(days=no * 7919 % 25_000)).isoformat()


def _id(*parts: str | int) -> str:
    return natural_id(PRACTICE, *parts)
