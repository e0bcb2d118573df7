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
    """The official name, else the first that is still used."""
    named = [one for one in patient.name if one.full.strip()]
    used = [one for one in named if one.use != "old"] or named
    first = next((one for one in used if one.use == "official"), None) or next(iter(used), None)
    return first.full if first else None


def record_number(identifiers: Iterable[Identifier]) -> tuple[str | None, str | None]:
    """(what it is called, number): the medical record number, else the first identifier that may be shown.

    One that is no longer used, has no value, or names the person to the state or a bank, is none. Without a type it
    is called by its system. Neither where nothing is left.
    """
    usable = [one for one in identifiers if one.value and one.value.strip() and one.use != "old" and _may_be_shown(one)]
    first = next((one for one in usable if "MR" in _codes(one)), None) or next(iter(usable), None)
    return (_called(first), (first.value or "").strip()) if first is not None else (None, None)


def _may_be_shown(one: Identifier) -> bool:
    return not _codes(one) & NOT_SHOWN and one.system not in NOT_SHOWN_SYSTEMS


def _codes(one: Identifier) -> frozenset[str]:
    return frozenset(coding.code for coding in one.type.coding if coding.code) if one.type else frozenset()


def _called(one: Identifier) -> str:
    codes = _codes(one)
    if "MR" in codes:
        return MRN
    known = next((_KINDS[code] for code in sorted(codes) if code in _KINDS), None)
    return ((one.type.label if one.type else None) or known or one.system or UNNAMED)[:LONGEST]
