"""What was read from an EHR: resources, their bytes, runs and high-water marks."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column
from zstandard import ZstdCompressor, ZstdDecompressor

from loopclose.store.base import Base, PracticeOwned, partial_index

PEOPLE = ("Organization", "Practitioner", "PractitionerRole")
"""Types that are about no patient."""
OF_NOBODY = (
    "patient IS NULL AND disposition = 'admitted' AND type NOT IN ('Organization', 'Practitioner', 'PractitionerRole')"
)
"""As SQL of an index: what was admitted, must be about a patient, and is about none."""


class Packed(TypeDecorator[bytes]):
    """Bytes, kept compressed (Zstandard: three times quicker than zlib on resources of a kilobyte)."""

    impl = LargeBinary
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Any:
        """Compress."""
        return _packed

    def process_bind_param(self, value: bytes | None, dialect: Any) -> bytes | None:
        """The same for one value."""
        return _packed(value)

    def process_result_value(self, value: Any, dialect: Any) -> bytes | None:
        """Give back what was kept."""
        return None if value is None else _own.unpack(value)


class _Own(threading.local):
    """A compressor is not to be shared between threads."""

    def __init__(self) -> None:
        self.pack = ZstdCompressor(level=-3).compress
        self.unpack = ZstdDecompressor().decompress


_own = _Own()


def _packed(value: bytes | None) -> bytes | None:
    return None if value is None else _own.pack(value)


class Ehr(PracticeOwned, Base):
    """One EHR of a practice, as last read."""

    __tablename__ = "ehr"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    base_url: Mapped[str]
    vendor: Mapped[str | None]
    code_map: Mapped[str | None]
    """Version of the code map by which the resources were judged."""
    settings: Mapped[str | None] = mapped_column(String(64))
    """Digest of the calendar and the other settings by which what is open was judged."""
    types: Mapped[list[Any] | None]
    """Resource types that its CapabilityStatement has, of those that sync reads."""
    worklist: Mapped[dict[str, Any] | None]
    """By which sources it is read, why, and when that was tried, where nothing is configured."""
    keeping_up: Mapped[dict[str, Any] | None]
    """In which ways what changed is asked for, and the pass over everybody that is under way (``reading.ways``)."""


class Resource(PracticeOwned, Base):
    """One resource of one EHR and what became of it."""

    __tablename__ = "resource"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(40), primary_key=True)
    fhir_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    version: Mapped[str | None]
    last_updated: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the bytes kept: as sent, with references to the EHR itself as ``Type/id``; None once it is gone."""
    disposition: Mapped[str] = mapped_column(String(12))
    """admitted, ignored, quarantined or gone."""
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    patient: Mapped[str | None] = mapped_column(String(140))
    seen_at: Mapped[datetime]
    """When these bytes were first read (wall clock)."""

    __table_args__ = (
        Index("ix_resource_patient", "practice_id", "ehr", "patient"),
        partial_index("ix_resource_quarantine", "practice_id", "ehr", where="disposition = 'quarantined'"),
        partial_index(
            "ix_resource_not_happened_yet", "practice_id", "ehr", "type", where="reason = 'not_happened_yet'"
        ),
        partial_index("ix_resource_nobodys", "practice_id", "ehr", "type", where=OF_NOBODY),
    )


class Blob(PracticeOwned, Base):
    """The bytes of a resource, compressed; kept while a resource, evidence or a document cites them."""

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[bytes] = mapped_column(Packed)


class SyncRun(PracticeOwned, Base):
    """One sync: what it read and whether it was complete."""

    __tablename__ = "sync_run"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    ehr: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    complete: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    __table_args__ = (
        Index("ix_sync_run_finished", "practice_id", "ehr", "finished_at"),
        Index("ix_sync_run_started", "practice_id", "ehr", "started_at"),
    )


class Watermark(PracticeOwned, Base):
    """Up to where one type was read, in the server's own time; the next read overlaps it."""

    __tablename__ = "watermark"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(40), primary_key=True)
    scope: Mapped[str] = mapped_column(String(140), primary_key=True)
    """The worklist source, or a digest of what was asked."""
    value: Mapped[datetime]


class Lease(Base):
    """Who runs a job now. ``holder`` names host, process and its start, so that a dead one is seen."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(140), primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
