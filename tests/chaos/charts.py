"""What changes in a made-up chart, and of whom."""

from __future__ import annotations

import json
import re

from loopclose.sandbox.elements import Json

LATE = ("DocumentReference", "Communication", "Appointment", "Encounter", "Procedure", "Task", "DiagnosticReport")
"""Types of which some are held back."""
STATUSES = {
    "Encounter": ("finished", "cancelled", "in-progress", "entered-in-error", "planned"),
    "ServiceRequest": ("active", "revoked", "completed", "entered-in-error"),
    "Appointment": ("booked", "fulfilled", "arrived", "noshow", "cancelled"),
    "DocumentReference": ("current", "superseded", "entered-in-error"),
    "Communication": ("completed", "in-progress", "entered-in-error"),
    "Procedure": ("completed", "entered-in-error"),
    "DiagnosticReport": ("final", "preliminary"),
    "Task": ("completed", "requested"),
}
PATIENT = re.compile(r'"Patient/([A-Za-z0-9.\-]+)"')


def whose(resource: Json) -> set[str]:
    """The ids of the patients whom a resource names."""
    return {*PATIENT.findall(json.dumps(resource))}


def all_of(resources: list[Json]) -> set[str]:
    """The ids of the patients whom some resources name."""
    return {patient for one in resources for patient in whose(one)}


def is_active_referral(order: Json) -> bool:
    """Whether an order is a referral that waits for a visit."""
    return order["id"].startswith("sr") and order["status"] == "active"


def of_another(resource: Json, patient: str, into: str) -> Json:
    """The same of another patient."""
    moved: Json = json.loads(json.dumps(resource).replace(f'"Patient/{patient}"', f'"Patient/{into}"'))
    return moved
