"""What sort of record of a medicine it is: its status, whether somebody told of it, and whether it is given here."""

from __future__ import annotations

from fhir_adapters.facts import MedicationRequest, Reference
from fhir_adapters.facts.references import local_key

SAME_STATUS = {
    "discontinued": "stopped",
    "expired": "completed",
    "finished": "completed",
    "dispensed": "active",
    "suspended": "on-hold",
    "held": "on-hold",
    "hold": "on-hold",
    "pending": "draft",
    "proposed": "draft",
}
"""Statuses that some EHRs write in place of R4's."""
KNOWN = frozenset(
    {"active", "on-hold", "cancelled", "completed", "stopped", "draft", "unknown", "intended", "not-taken", "not-done",
     "in-progress"}
)  # fmt: skip
"""Statuses of R4; any other says nothing that is known."""
REPORTERS = ("Patient/", "RelatedPerson/")
REPORTED = frozenset({"patientspecified", "patient specified", "patient reported", "historical med", "historical"})
GIVEN_HERE = frozenset({"inpatient", "clinic administered", "facility administered", "office administered"})
"""Categories of orders, by R4 and by vendors: told by the patient, and given by us."""


def is_reported(one: MedicationRequest) -> bool:
    """Whether it is a medicine that somebody told of, and no order of the requester."""
    told = bool(one.reported_boolean) or one.reported_reference is not None
    return told or is_a_reporter(one.requester) or bool(_marks(one) & REPORTED)


def is_a_reporter(one: Reference | None) -> bool:
    """Whether it is the patient, or somebody near, and no clinician."""
    if one is None:
        return False
    named = (one.display or "").strip().lower() in ("patient", "self", "patient reported")
    return (local_key(one) or "").startswith(REPORTERS) or (one.reference is None and named)


def _marks(one: MedicationRequest) -> set[str]:
    """Its categories, by code, display and text, in small letters."""
    said = [mark for each in one.category for c in each.coding for mark in (c.code, c.display)]
    said += [each.text for each in one.category]
    return {" ".join(mark.lower().replace("-", " ").split()) for mark in said if mark}


def is_inpatient(one: MedicationRequest) -> bool:
    """Whether it is to be given here, and not taken home."""
    return bool(_marks(one) & GIVEN_HERE)
