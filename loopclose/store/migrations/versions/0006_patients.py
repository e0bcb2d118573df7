"""Names as they are compared, and record numbers with what they are called, of everybody kept.

A patient's number was the first identifier of any kind, a social security number as well; it is taken anew from the
Patient resource that is kept. The rules are written down here as they were with this version.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op
from zstandard import ZstdDecompressor

revision = "0006"
down_revision = "0005"

BATCH = 1000
PATIENT = sa.table("patient", *map(sa.column, ("practice_id", "ehr", "id", "name", "alike", "mrn", "mrn_kind")))
RESOURCE = sa.table("resource", *map(sa.column, ("practice_id", "ehr", "type", "fhir_id", "sha256")))
BLOB = sa.table("blob", sa.column("practice_id"), sa.column("sha256"), sa.column("body", sa.LargeBinary))
KEY = ("practice_id", "ehr", "id")
NOT_SHOWN = {"SS", "SB", "TAX", "DL", "PPN", "BA", "CC"}
NOT_SHOWN_SYSTEMS = {"http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"}
TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "md", "phd", "jr", "sr", "ii", "iii", "iv"}
UNSEEN = re.compile("[\u200b\u200e\u200f\u061c\u00ad\u180e\ufeff\u202a-\u202e\u2060-\u2064\u2066-\u206f'’ʼ`.]")
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def upgrade() -> None:
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alike", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("mrn_kind", sa.String(), nullable=True))
    _fill(op.get_bind())
    op.create_index(
        "ix_patient_alike",
        "patient",
        ["practice_id", "alike", "birth_date"],
        unique=False,
        sqlite_where=sa.text("alike IS NOT NULL"),
        postgresql_where=sa.text("alike IS NOT NULL"),
    )


def _fill(bind: sa.Connection) -> None:
    unpack = ZstdDecompressor().decompress
    keys = [PATIENT.c[name] for name in KEY]
    change = (
        PATIENT.update()
        .where(*(PATIENT.c[name] == sa.bindparam(f"b_{name}") for name in KEY))
        .values(alike=sa.bindparam("b_alike"), mrn=sa.bindparam("b_mrn"), mrn_kind=sa.bindparam("b_kind"))
    )
    last: Any = None
    while True:
        asked = (
            sa.select(*keys, PATIENT.c.name, PATIENT.c.mrn, BLOB.c.body)
            .select_from(
                PATIENT.outerjoin(
                    RESOURCE,
                    (RESOURCE.c.practice_id == PATIENT.c.practice_id)
                    & (RESOURCE.c.ehr == PATIENT.c.ehr)
                    & (RESOURCE.c.type == "Patient")
                    & (RESOURCE.c.fhir_id == sa.func.substr(PATIENT.c.id, len("Patient/") + 1)),
                ).outerjoin(BLOB, (BLOB.c.practice_id == RESOURCE.c.practice_id) & (BLOB.c.sha256 == RESOURCE.c.sha256))
            )
            .order_by(*keys)
            .limit(BATCH)
        )
        rows = bind.execute(asked if last is None else asked.where(sa.tuple_(*keys) > sa.tuple_(*last))).all()
        if not rows:
            return
        last = tuple(rows[-1][:3])
        changes = []
        for row in rows:
            kind, number = _number(unpack(bytes(row.body))) if row.body is not None else (None, row.mrn)
            entered = {"b_practice_id": row.practice_id, "b_ehr": row.ehr, "b_id": row.id}
            changes.append({**entered, "b_alike": _alike(row.name), "b_mrn": number, "b_kind": kind})
        bind.execute(change, changes)


def _number(raw: bytes) -> tuple[str | None, str | None]:
    try:
        found = json.loads(raw).get("identifier") or []
    except (ValueError, AttributeError):
        return None, None
    usable = [one for one in found if isinstance(one, dict) and _usable(one)] if isinstance(found, list) else []
    first = next((one for one in usable if "MR" in _codes(one)), None) or next(iter(usable), None)
    if first is None:
        return None, None
    named = first.get("type")
    words = [
        named.get("text") if isinstance(named, dict) else None,
        *(one.get("display") for one in _codings(first)),
        first.get("system"),
    ]
    other = next((text for text in words if isinstance(text, str) and text), "Record no.")
    return "MRN" if "MR" in _codes(first) else other[:60], first["value"].strip()


def _usable(one: dict[str, Any]) -> bool:
    value, system = one.get("value"), one.get("system")
    shown = not _codes(one) & NOT_SHOWN and not (isinstance(system, str) and system in NOT_SHOWN_SYSTEMS)
    return isinstance(value, str) and bool(value.strip()) and one.get("use") != "old" and shown


def _codings(one: dict[str, Any]) -> list[dict[str, Any]]:
    named = one.get("type")
    codings = named.get("coding") if isinstance(named, dict) else None
    return [coding for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []


def _codes(one: dict[str, Any]) -> set[str]:
    return {code for coding in _codings(one) if isinstance(code := coding.get("code"), str)}


def _alike(name: str | None) -> str | None:
    folded = unicodedata.normalize("NFKD", UNSEEN.sub("", name or "").casefold()).translate(LETTERS)
    words = re.findall(r"\w+", "".join(char for char in folded if not unicodedata.combining(char)))
    return " ".join(sorted(word for word in words if word not in TITLES) or sorted(words)) or None
