"""Whether a letter's type counts for the referrer's CMS50 (Closing the Referral Loop), in one line.

The measure is the referrer's, and is met by a report that they received: a type can only keep it from counting. Value
set Consultant Report, 2.16.840.1.113883.3.464.1003.121.12.1006 (``defaults/consultant_report.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from loopclose.domain.letter_kinds import INTERIM, KINDS, NOTICES, PROCEDURE

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
COUNTS = "CMS50: {type} is in the value set Consultant Report, so it can count for the referrer once they have it."
OUTSIDE = "CMS50: does not count by its type: {type} is not in the value set Consultant Report."
BY_GUIDANCE = (
    "The measure's guidance takes a report of a procedure all the same; how the referrer codes it is not known."
)
NOT_REPORT = "CMS50: does not count: a notice of a missed visit is no report."
NOT_LAST = "CMS50: does not count: an interim report does not close the loop; the full report can."
NO_CODE = "CMS50: not known: the note has no type in LOINC or SNOMED CT."


@cache
def consultant_report() -> frozenset[str]:
    """Tokens (``system|code``) of the value set."""
    found = tomllib.loads((files("loopclose.defaults") / "consultant_report.toml").read_text(encoding="utf-8"))
    return frozenset({*(f"{LOINC}|{one}" for one in found["loinc"]), *(f"{SNOMED}|{one}" for one in found["snomed"])})


def counted_as(loinc: str, display: str) -> tuple[str, str]:
    """The type and its name by which a fulfilment Task gives its reason: the letter's own where the value set has it,
    else a consult note's, for the guidance takes reports of other types too.
    """
    return (loinc, display) if f"{LOINC}|{loinc}" in consultant_report() else ("11488-4", "Consult note")


def of_letter(kind: str) -> str:
    """The line for a letter of ours, by its kind."""
    if kind in NOTICES:
        return NOT_REPORT
    if kind == INTERIM:
        return NOT_LAST
    row = KINDS[kind]
    line = _line(f"{row.display} (LOINC {row.loinc})", f"{LOINC}|{row.loinc}" in consultant_report())
    return f"{line} {BY_GUIDANCE}" if kind == PROCEDURE else line


def of_note(codings: Iterable[tuple[str | None, str | None, str | None]]) -> str:
    """The line for a note of the chart, by the (system, code, display) of its type; one that counts is enough."""
    known = [(system, code, display) for system, code, display in codings if system in (LOINC, SNOMED) and code]
    if not known:
        return NO_CODE
    inside = [one for one in known if f"{one[0]}|{one[1]}" in consultant_report()]
    system, code, display = (inside or known)[0]
    named = f"{'LOINC' if system == LOINC else 'SNOMED CT'} {code}"
    return _line(f"{display} ({named})" if display else named, bool(inside))


def _line(named: str, counts: bool) -> str:
    return (COUNTS if counts else OUTSIDE).format(type=named)
