"""What vendors refuse to search: the table is the vendors' documentation, and a strict server keeps to it.

Oracle Health: its own pages on each resource (fhir.cerner.com, Millennium R4) and its CapabilityStatement. Epic: the
parameters that it searches by, and its error "required search parameter missing"; whatever it does not list is
refused here, though Epic itself ignores some with a warning. Only parameters that the demo EHR knows are listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from loopclose.sandbox.asked import OFFSET, Asked

Check = Callable[[Asked], str | None]
PATIENT = ("patient", "subject")
_INSTANT = re.compile(r"(ge|gt|le|lt)\d{4}-\d\d-\d\dT.+")


@dataclass(frozen=True)
class Search:
    """How one type may be searched: ``needs`` one of these; ``page`` entries by default and ``most`` at most."""

    parameters: tuple[str, ...]
    needs: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    page: int = 50
    most: int = 1000


@dataclass(frozen=True)
class Vendor:
    """One vendor's rules, and how its CapabilityStatement names it."""

    name: str
    searches: dict[str, Search]
    read_only: tuple[str, ...]
    software: str | None = None
    publisher: str | None = None


def refusal(vendor: Vendor, asked: Asked) -> str | None:
    """Why that vendor refuses a search, or None."""
    rule = vendor.searches.get(asked.kind or "")
    if rule is None:
        return f"{asked.kind} cannot be searched."
    given = {name for name, _ in asked.params if name not in (OFFSET, "_format")}
    unknown = sorted(given - {"_id", "_count", *rule.parameters})
    if unknown:
        return f"{asked.kind} is not searched by {', '.join(unknown)}."
    if rule.needs and not given & set(rule.needs):
        return f"A required search parameter is missing: one of {', '.join(rule.needs)}."
    return next((said for check in rule.checks if (said := check(asked))), None)


def _id_alone(asked: Asked) -> str | None:
    others = {name for name, _ in asked.params} - {"_id", OFFSET, "_format"}
    return "With _id there may be no other parameter." if asked.values("_id") and others else None


def _instants(name: str, prefixes: tuple[str, ...] = ("ge", "gt", "le", "lt")) -> Check:
    """At most twice, each with one of the prefixes and a time."""

    def check(asked: Asked) -> str | None:
        values = asked.values(name)
        right = all(_INSTANT.fullmatch(value) and value[:2] in prefixes for value in values)
        return None if right and len(values) <= 2 else f"{name} needs one of {', '.join(prefixes)} and a time."

    return check


def _with_patient(*names: str) -> Check:
    def check(asked: Asked) -> str | None:
        alone = [name for name in names if asked.values(name)]
        known = any(asked.values(name) for name in PATIENT)
        return f"{', '.join(alone)} may be given with patient only." if alone and not known else None

    return check


def _never_together(*names: str) -> Check:
    def check(asked: Asked) -> str | None:
        given = [name for name in names if asked.values(name)]
        return f"{', '.join(given)} may not be given together." if len(given) > 1 else None

    return check


def _one_actor_and_date(asked: Asked) -> str | None:
    if asked.values("_id"):
        return None
    actors = [value for name in ("patient", "practitioner", "location") for value in asked.values(name)]
    dates = asked.values("date") or asked.values("-date-or-req-period")
    if len(actors) == 1 and dates:
        return None
    return "Appointment needs _id, or a date with exactly one of patient, practitioner and location."


def _status(asked: Asked) -> str | None:
    known = {"planned", "in-progress", "finished", "cancelled"}
    wrong = sorted({one for value in asked.values("status") for one in value.split(",")} - known)
    return f"status may not be {', '.join(wrong)}." if wrong else None


_BY_PATIENT = ("_id", "patient")
ORACLE = Vendor(
    "oracle",
    {
        "AllergyIntolerance": Search(("patient", "_lastUpdated"), _BY_PATIENT),
        "Appointment": Search(
            ("date", "-date-or-req-period", "patient", "practitioner", "location", "status"),
            checks=(_one_actor_and_date, _instants("date"), _instants("-date-or-req-period")),
        ),
        "Communication": Search(("category", "recipient"), ("_id",)),
        "Condition": Search((*PATIENT, "encounter", "category", "_lastUpdated"), _BY_PATIENT),
        "DiagnosticReport": Search(
            ("patient", "category", "code", "encounter", "date", "_lastUpdated"), _BY_PATIENT, page=10, most=100
        ),
        "DocumentReference": Search(
            ("patient", "encounter", "period", "type", "category", "date", "_lastUpdated"),
            _BY_PATIENT,
            (_id_alone, _never_together("date", "period", "_lastUpdated")),
            page=10,
            most=100,
        ),
        "Encounter": Search(
            (*PATIENT, "status", "date", "identifier", "_lastUpdated"),
            ("_id", *PATIENT, "identifier"),
            (_with_patient("_count", "status", "date"), _status, _instants("date")),
        ),
        "Location": Search(("identifier",)),
        "MedicationRequest": Search(("patient", "status", "_lastUpdated"), _BY_PATIENT),
        "Observation": Search(
            (*PATIENT, "category", "code", "date", "_lastUpdated"), ("_id", *PATIENT), (_id_alone,), page=50, most=200
        ),
        "Organization": Search(("identifier", "type")),
        "Patient": Search(("identifier",), ("_id", "identifier")),
        "Practitioner": Search(("identifier",), ("_id", "identifier")),
        "Procedure": Search((*PATIENT, "date", "_lastUpdated"), _BY_PATIENT),
        "ServiceRequest": Search(
            (*PATIENT, "code", "_lastUpdated"),
            ("_id", *PATIENT),
            (_id_alone, _instants("_lastUpdated", ("ge", "le"))),
        ),
    },
    ("Binary",),
    publisher="Oracle Health",
)
_BY_WHOM = ("_id", *PATIENT)
EPIC = Vendor(
    "epic",
    {
        "AllergyIntolerance": Search(("patient",), _BY_PATIENT),
        "Appointment": Search(("date", "identifier", "patient", "status"), ("_id", "identifier", "patient")),
        "Communication": Search(("based-on", "category", "encounter", *PATIENT), (*_BY_WHOM, "based-on", "encounter")),
        "Condition": Search(("category", "code", "encounter", *PATIENT), _BY_WHOM),
        "DiagnosticReport": Search(("category", "code", "date", "identifier", *PATIENT), (*_BY_WHOM, "identifier")),
        "DocumentReference": Search(("category", "date", "encounter", "period", "status", "type", *PATIENT), _BY_WHOM),
        "Encounter": Search(("date", "identifier", *PATIENT), (*_BY_WHOM, "identifier")),
        "EpisodeOfCare": Search(("patient", "status", "type"), _BY_PATIENT),
        "Location": Search(("type",), ("_id", "type")),
        "MedicationRequest": Search(("category", "date", "status", *PATIENT), _BY_WHOM),
        "Medication": Search((), ("_id",)),
        "Observation": Search(("based-on", "category", "code", "date", "focus", *PATIENT), _BY_WHOM),
        "Organization": Search((), ("_id",)),
        "Patient": Search(("identifier",), ("_id", "identifier")),
        "Practitioner": Search(("identifier",), ("_id", "identifier")),
        "PractitionerRole": Search(
            ("identifier", "location", "organization", "practitioner"),
            ("_id", "identifier", "location", "organization", "practitioner"),
        ),
        "Procedure": Search(("category", "code", "date", "identifier", *PATIENT), (*_BY_WHOM, "identifier")),
        "ServiceRequest": Search(
            ("authored", "category", "code", "encounter", "identifier", "status", *PATIENT),
            (*_BY_WHOM, "encounter", "identifier"),
        ),
        "Task": Search(("code", "encounter", "focus", "status", *PATIENT), (*_BY_WHOM, "encounter", "focus")),
    },
    ("Binary",),
    software="Epic",
)
VENDORS = {vendor.name: vendor for vendor in (EPIC, ORACLE)}
