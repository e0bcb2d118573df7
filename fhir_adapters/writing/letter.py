"""A letter, as far as what is written of it depends on it; whoever has these members will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class File(Protocol):
    """One rendering of it."""

    @property
    def name(self) -> str:
        """What its file is called."""

    @property
    def media_type(self) -> str:
        """Its media type."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


class Matter(Protocol):
    """What it is about; keys are ``Type/id`` of the EHR that is written to."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def loinc(self) -> str:
        """Its type, a code of LOINC."""

    @property
    def display(self) -> str:
        """The type's name in LOINC."""

    @property
    def patient(self) -> str:
        """``Patient/id``."""

    @property
    def signed_at(self) -> datetime:
        """When it was signed (aware)."""

    @property
    def visit(self) -> str | None:
        """``Encounter/id``, or a booking's key."""

    @property
    def visit_end(self) -> datetime | None:
        """When the visit ended (aware)."""

    @property
    def referral(self) -> str | None:
        """``ServiceRequest/id``."""

    @property
    def author(self) -> str | None:
        """Who signed it."""

    @property
    def recipient(self) -> str | None:
        """Who gets it."""


class Letter(Protocol):
    """A letter that goes out once: ``delivery`` is the UUID by which a repeat is told."""

    @property
    def delivery(self) -> str:
        """Our id of it (a UUID)."""

    @property
    def to(self) -> str:
        """``Type/id`` of whom it goes to."""

    @property
    def at(self) -> datetime:
        """When it was packed (aware)."""

    @property
    def about(self) -> Matter:
        """What it is about."""

    @property
    def enclosures(self) -> Sequence[File]:
        """Its renderings."""
