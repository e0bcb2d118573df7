"""What a list shows and is searched by stands on its row; partial indexes for what waits, is sent, and is closed.

The words of what is closed are indexed: on SQLite by a table of FTS5 that triggers keep, on PostgreSQL by a GIN index
over its own text search, which needs no extension.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from loopclose.domain.clinician_key import clinician_key
from loopclose.domain.searching import words_of

revision = "0007"
down_revision = "0006"
AT_ONCE = 2000
OF_PATIENT = ("patient_name", "patient_birth_date", "patient_gender", "patient_mrn", "patient_mrn_kind")
OPEN = sa.text("state IN ('drafted', 'held', 'owed', 'sent', 'signed')")
CLOSED = sa.text("state IN ('confirmed', 'waived')")
_CLOSED, _WAS = CLOSED.text.replace("state", "new.state"), CLOSED.text.replace("state", "old.state")
_IN = """
  INSERT INTO closed_number (practice_id, obligation) VALUES (new.practice_id, new.id);
  INSERT INTO closed_words (rowid, words) VALUES (last_insert_rowid(), new.words);
"""
_OUT = """
  INSERT INTO closed_words (closed_words, rowid, words)
    SELECT 'delete', no, old.words FROM closed_number
    WHERE practice_id = old.practice_id AND obligation = old.id;
  DELETE FROM closed_number WHERE practice_id = old.practice_id AND obligation = old.id;
"""
_SQLITE = (
    """CREATE TABLE closed_number (
  no INTEGER PRIMARY KEY, practice_id TEXT NOT NULL, obligation TEXT NOT NULL, UNIQUE (practice_id, obligation)
)""",
    "CREATE VIRTUAL TABLE closed_words"
    " USING fts5(words, content='', tokenize='ascii', prefix='1 2 3', detail=none, columnsize=0)",
    f"INSERT INTO closed_number (practice_id, obligation) SELECT practice_id, id FROM obligation WHERE {CLOSED}",  # noqa: S608
    """INSERT INTO closed_words (rowid, words)
  SELECT no, words FROM closed_number JOIN obligation USING (practice_id)
  WHERE obligation.id = closed_number.obligation""",
    f"CREATE TRIGGER obligation_made AFTER INSERT ON obligation WHEN {_CLOSED} BEGIN {_IN} END",
    f"CREATE TRIGGER obligation_dropped AFTER DELETE ON obligation WHEN {_WAS} BEGIN {_OUT} END",
    f"""CREATE TRIGGER obligation_closed AFTER UPDATE OF state ON obligation
  WHEN {_CLOSED} AND NOT {_WAS} BEGIN {_IN} END""",
    f"""CREATE TRIGGER obligation_reopened AFTER UPDATE OF state ON obligation
  WHEN {_WAS} AND NOT {_CLOSED} BEGIN {_OUT} END""",
    f"""CREATE TRIGGER obligation_renamed AFTER UPDATE OF words ON obligation
  WHEN {_WAS} AND {_CLOSED} AND old.words <> new.words BEGIN {_OUT} {_IN} END""",
)
_POSTGRESQL = (
    "CREATE INDEX ix_obligation_closed_words ON obligation"
    f" USING gin (array_to_tsvector(string_to_array(words, ' '))) WHERE {CLOSED}",
)
LISTED = ["practice_id", "kind", "due_at", "id", "state", "priority", "ehr", "author", "owner", "referrer_key"]
PRESSING = [*LISTED, "winner", "sent_at"]
OF_NOBODY = sa.text(
    "patient IS NULL AND disposition = 'admitted' AND type NOT IN ('Organization', 'Practitioner', 'PractitionerRole')"
)


def upgrade() -> None:
    for name in (*OF_PATIENT, "referrer_name"):
        op.add_column("obligation", sa.Column(name, sa.String(), nullable=True))
    op.add_column("obligation", sa.Column("referrer_npi", sa.String(), nullable=True))
    op.add_column("obligation", sa.Column("referrer_key", sa.String(length=210), nullable=True))
    op.add_column("obligation", sa.Column("words", sa.String(), server_default="", nullable=False))
    op.add_column("referral", sa.Column("requester_key", sa.String(length=160), nullable=True))
    _fill_obligations()
    _fill_referrals()
    op.drop_index("ix_obligation_open_due", "obligation")
    _index("open", PRESSING, OPEN)
    _index("closed", ["practice_id", "kind", "due_at", "id", "state", "priority", "owner"], CLOSED)
    _index("closed_author", ["practice_id", "ehr", "author", "kind", "due_at", "id"], CLOSED)
    _index("referrer", ["practice_id", "referrer_key", "kind", "due_at", "id"])
    _index("visit", ["practice_id", "visit", "kind"])
    op.execute("UPDATE unmapped_code SET code = substr(code, 1, 255) WHERE length(code) > 255")
    _index_others()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _index_others() -> None:
    """What else the screens and the night look for."""
    not_yet, live = sa.text("reason = 'not_happened_yet'"), sa.text("ended_at IS NULL")
    for name, on, columns, where in (
        ("ix_referral_requester", "referral", ["ehr", "requester_key"], None),
        ("ix_resource_not_happened_yet", "resource", ["ehr", "type"], not_yet),
        ("ix_resource_nobodys", "resource", ["ehr", "type"], OF_NOBODY),
        ("ix_clinician_npi", "clinician", ["npi"], None),
        ("ix_search_key_made", "search_key", ["made_at"], None),
        ("ix_user_session_live", "user_session", ["user_id"], live),
        ("ix_unmapped_code_code", "unmapped_code", ["ehr", "element", "code"], None),
        ("ix_audit_unsealed", "audit", ["at", "id"], sa.text("segment IS NULL")),
        ("ix_night_run_started", "night_run", ["started_at"], None),
        ("ix_requester_answer_at", "requester_answer", ["at"], None),
    ):
        op.create_index(name, on, ["practice_id", *columns], sqlite_where=where, postgresql_where=where)


def _index(name: str, columns: list[str], where: sa.TextClause | None = None) -> None:
    op.create_index(f"ix_obligation_{name}", "obligation", columns, sqlite_where=where, postgresql_where=where)


def _fill_obligations() -> None:
    table = sa.table(
        "obligation",
        *map(sa.column, ("practice_id", "id", "ehr", "patient", "referrer", "referrer_name", "referrer_npi")),
        *map(sa.column, ("referrer_key", "words")),
        *map(sa.column, OF_PATIENT),
    )
    patient = sa.table(
        "patient", *map(sa.column, ("practice_id", "ehr", "id", "name", "birth_date", "gender", "mrn", "mrn_kind"))
    )
    of_patient = sa.and_(
        patient.c.practice_id == table.c.practice_id, patient.c.ehr == table.c.ehr, patient.c.id == table.c.patient
    )
    asked = sa.select(
        table.c.practice_id,
        table.c.id,
        table.c.ehr,
        table.c.referrer,
        patient.c.name,
        patient.c.birth_date,
        patient.c.gender,
        patient.c.mrn,
        patient.c.mrn_kind,
    ).select_from(table.outerjoin(patient, of_patient))
    keys = (table.c.practice_id, table.c.id)
    filled = _update(table, keys, OF_PATIENT)
    filled = filled.values({name: sa.bindparam(f"to_{name}") for name in ("referrer_name", "referrer_npi")})
    filled = filled.values({name: sa.bindparam(f"to_{name}") for name in ("referrer_key", "words")})
    for batch in _batches(asked, keys):
        op.get_bind().execute(filled, [_shown(row) for row in batch])


def _shown(row: Any) -> dict[str, Any]:
    referrer = _mapping(row.referrer)
    return {
        "of_practice_id": row.practice_id,
        "of_id": row.id,
        "to_patient_name": row.name,
        "to_patient_birth_date": row.birth_date,
        "to_patient_gender": row.gender,
        "to_patient_mrn": row.mrn,
        "to_patient_mrn_kind": row.mrn_kind,
        "to_referrer_name": referrer.get("name"),
        "to_referrer_npi": referrer.get("npi"),
        "to_referrer_key": clinician_key(row.ehr, referrer.get("npi"), referrer.get("reference"), referrer.get("name")),
        "to_words": words_of(row.name, referrer.get("name"), referrer.get("organization_name"), mrn=row.mrn),
    }


def _fill_referrals() -> None:
    names = ("practice_id", "ehr", "id", "requester", "requester_key")
    table = sa.table("referral", *map(sa.column, names))
    keys = (table.c.practice_id, table.c.ehr, table.c.id)
    filled = _update(table, keys, ("requester_key",))
    for batch in _batches(sa.select(*keys, table.c.requester), keys):
        op.get_bind().execute(
            filled,
            [
                {
                    "of_practice_id": row.practice_id,
                    "of_ehr": row.ehr,
                    "of_id": row.id,
                    "to_requester_key": _mapping(row.requester).get("key"),
                }
                for row in batch
            ],
        )


def _update(table: sa.TableClause, keys: Sequence[Any], names: Sequence[str]) -> sa.Update:
    """Of a row by its key, ``of_`` its columns, setting the others to ``to_`` theirs."""
    these = (key == sa.bindparam(f"of_{key.name}") for key in keys)
    return sa.update(table).where(*these).values({name: sa.bindparam(f"to_{name}") for name in names})


def _batches(asked: sa.Select[Any], keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Every row, some at a time, however many there are."""
    asked, after = asked.order_by(*keys).limit(AT_ONCE), None
    while True:
        some = asked if after is None else asked.where(sa.tuple_(*keys) > sa.tuple_(*after))
        rows = op.get_bind().execute(some).all()
        if not rows:
            return
        yield rows
        after = [getattr(rows[-1], key.name) for key in keys]


def _mapping(value: Any) -> dict[str, Any]:
    """A JSON column as it comes from either database."""
    found = json.loads(value) if isinstance(value, str) else value
    return found or {}
