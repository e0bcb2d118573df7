"""The status of an Appointment, however a vendor spells it (https://hl7.org/fhir/R4/valueset-appointmentstatus.html)."""

from __future__ import annotations

from fhir_adapters.facts import Appointment

NEVER_WAS = frozenset({"cancelled", "noshow", "entered-in-error"})
"""Of these nobody came: they tell no time of a visit, and remove a return."""
_SPELLINGS = {"checkedin": "checked-in", "completed": "fulfilled", "no-show": "noshow", "canceled": "cancelled"}


def status_of(appointment: Appointment) -> str:
    """Its status as R4 writes it; empty where it has none."""
    written = (appointment.status or "").strip().casefold().replace(" ", "-")
    return _SPELLINGS.get(written, written)
