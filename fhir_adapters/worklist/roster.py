"""Finding visits by a list of patients: for EHRs that answer nothing without a patient."""

from __future__ import annotations

import csv
import io
import re

_ID = re.compile(r"(?:Patient/)?([A-Za-z0-9.\-]{1,64})")
"""https://hl7.org/fhir/R4/datatypes.html#id"""
HEADINGS = frozenset({"patient", "patient_id", "id", "fhir_id"})


def roster(text: str) -> list[str]:
    """The ``Patient/id`` in the first column of a CSV file, each once; empty lines and a heading are skipped.

    Raises ``ValueError`` naming the first line that holds no id.
    """
    found: dict[str, None] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1):
        first = row[0].strip() if row else ""
        if not first or (not found and first.lower() in HEADINGS):
            continue
        named = _ID.fullmatch(first)
        if named is None:
            raise ValueError(f"line {number} holds no patient id")
        found[f"Patient/{named[1]}"] = None
    return list(found)
