"""What tells one patient from another on a page: the record number, of all the identifiers that an EHR sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fhir_adapters.facts import Patient
from fhir_adapters.facts.elements import Identifier
from loopclose.domain.outside_text import alike

MRN, UNNAMED = "MRN", "Record no."
LONGEST = 60
"""Characters kept of the name of an identifier's system."""
NOT_SHOWN = frozenset({"SS", "SB", "TAX", "DL", "PPN", "BA", "CC"})
"""Types of http://terminology.hl7.org/CodeSystem/v2-0203 that name a person to the state or a bank: never shown."""
NOT_SHOWN_SYSTEMS = frozenset({"http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"})
_KINDS = {"PI": "Patient no.", "PT": "Patient no.", "MC": "Medicare no.", "NH": "NHS no.", "MA": "Medicaid no."}


def shown_of(patient: Patient) -> Mapping[str, str | None]:
    """What the screens show of a patient: name, birth date, gender, record number; and the name to compare by."""
    kind, number = record_number(patient.identifier)
    name = name_of(patient)
    return {
        "name": name,
        "alike": (alike(name) or None) if name else None,
        "birth_date": str(patient.birth_date) if patient.birth_date else None,
        "gender": patient.gender,
        "mrn": number,
        "mrn_kind": kind,
    }


def name_of(patient: Patient) -> str | None:
    """The official name, else the usual, else one without a use, else any that is still used; an old one only alone."""
    all_named = {one.use: full for one in reversed(patient.name) if (full := one.full).strip()}
    named = {use: full for use, full in all_named.items() if use != "old"} or all_named
    return next((named[use] for use in ("official", "usual", None) if use in named), next(iter(named.values()), None))


def record_number(identifiers: Iterable[Identifier]) -> tuple[str | None, str | None]:
    """(what it is called, number): the medical record number, else the first identifier that may be shown.

    One that is no longer used, has no value, or names the person to the state or a bank, is none. Without a type it
    is called by its system. Neither where nothing is left.
    """
    other: tuple[str | None, str | None] = (None, None)
    for one in identifiers:
        if not may_be_shown(one):
            continue
        number, codes = (one.value or "").strip(), _codes(one)
        if "MR" in codes:
            return MRN, number
        if other[1] is None:
            other = _called(one, codes), number
    return other


def may_be_shown(one: Identifier) -> bool:
    """Whether an identifier has a value, is used, and does not name the person to the state or a bank."""
    used = bool((one.value or "").strip()) and one.use != "old" and one.system not in NOT_SHOWN_SYSTEMS
    return used and NOT_SHOWN.isdisjoint(_codes(one))


def _codes(one: Identifier) -> set[str]:
    return {coding.code for coding in one.type.coding if coding.code} if one.type else set()


def _called(one: Identifier, codes: set[str]) -> str:
    known = next((_KINDS[code] for code in sorted(codes) if code in _KINDS), None)
    return ((one.type.label if one.type else None) or known or one.system or UNNAMED)[:LONGEST]
