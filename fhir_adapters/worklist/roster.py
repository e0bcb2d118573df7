"""Finding visits by a list of patients, as from a schedule: for EHRs that answer nothing without a patient."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import NamedTuple

_ID = re.compile(r"(?:Patient/)?([A-Za-z0-9.\-]{1,64})")
"""https://hl7.org/fhir/R4/datatypes.html#id"""
HEADINGS = frozenset({"patient", "patient_id", "id", "fhir_id"})
DATES = frozenset({"date", "start", "appointment", "visit_date"})
"""Headings of a column that says when the patient is expected."""


class Listed(NamedTuple):
    """One line: whom it names (``Patient/id``), and when the patient is expected, as far as it says."""

    patient: str
    at: datetime | None = None
    """Without an offset the practice's own time is meant; a day without a time is its midnight."""


def roster(text: str) -> list[Listed]:
    """The patients in the first column of a CSV file, with the days of a column that is called by one of ``DATES``.

    Empty lines and a heading are skipped. Raises ``ValueError`` naming the first line that holds no id, or no date
    (ISO 8601) where one is to be.
    """
    found: dict[Listed, None] = {}
    place: int | None = None
    for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1):
        cells = [cell.strip() for cell in row]
        if not cells or not cells[0] or (not found and cells[0].lower() in HEADINGS):
            place = next((n for n, cell in enumerate(cells) if cell.lower() in DATES), place)
            continue
        named = _ID.fullmatch(cells[0])
        if named is None:
            raise ValueError(f"line {number} holds no patient id")
        at = cells[place] if place is not None and place < len(cells) else ""
        found[Listed(f"Patient/{named[1]}", _when(at, number) if at else None)] = None
    return list(found)


def _when(text: str, number: int) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as problem:
        raise ValueError(f"line {number} holds {text!r}, and a date such as 2026-01-31 is expected") from problem
