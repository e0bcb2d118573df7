"""What every table shares: the metadata, the column types, the scope and the ids."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, ColumnElement, DateTime, Index, MetaData, String, Table, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMESPACE = uuid.UUID("6f1b1a43-4f0e-5a7e-9d55-0c5c1f3c0a51")
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC. A naive value is refused: it would mean another moment on another machine.

    SQLite keeps it as text of one width, so that comparing text compares time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        """Text on SQLite, a timestamp with time zone elsewhere."""
        kind = String(27) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: Any) -> Any:
        """Refuse naive values; hand over UTC."""
        return _text_of if dialect.name == "sqlite" else _in_utc

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        """The same for one value."""
        utc = _in_utc(value)
        return self.bind_processor(dialect)(utc)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        """Give back an aware UTC datetime."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


@lru_cache(maxsize=4096)  # many rows name the same few instants: the present, closes of business
def _text_of(moment: datetime | None) -> str | None:
    utc = _in_utc(moment)
    return utc.isoformat(timespec="microseconds")[:26] + "Z" if utc is not None else None


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return moment.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over only those rows for which the SQL ``where`` holds: what is open stays quick to find."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements on many rows at once."""
    return cast(Table, model.__table__)


class PracticeOwned:
    """A row of one practice: ``practice_id`` leads its key and its indexes."""

    practice_id: Mapped[str] = mapped_column(String(64), primary_key=True, sort_order=-1)


@dataclass(frozen=True)
class Scope:
    """Whose data a query may see. Every query of practice-owned tables takes one."""

    practice_id: str


def mine(model: type[PracticeOwned] | Table, scope: Scope) -> ColumnElement[bool]:
    """Whether a row is of this practice: a condition of every query of a practice-owned table."""
    column: ColumnElement[str] = model.c.practice_id if isinstance(model, Table) else model.practice_id  # type: ignore[assignment]
    return column == scope.practice_id


def natural_id(*parts: str | int | None) -> str:
    """The UUIDv5 of a natural key: the same thing gets the same id on every run and machine."""
    name = "\x1f".join(["" if part is None else str(part) for part in parts]).encode()
    made = bytearray(hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    made[6], made[8] = made[6] & 0x0F | 0x50, made[8] & 0x3F | 0x80  # version and variant, as RFC 9562 §5.5 sets them
    text = made.hex()  # uuid.uuid5 gives the same in three times the time, and a sync makes one of whatever is owed
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


CHUNK = 400
"""Values in one IN list: well under SQLite's and PostgreSQL's limits."""


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """``values`` in lists of at most ``size``."""
    batch: list[Any] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
