"""What an EHR asks: which hook, which patient; and the services that it may ask."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[A-Za-z0-9.\-_]{1,128}")
_WHO = re.compile(r"[A-Za-z]+/[A-Za-z0-9.\-_]{1,128}")


@dataclass(frozen=True)
class Service:
    """One service (https://cds-hooks.hl7.org, Discovery)."""

    id: str
    hook: str
    title: str
    description: str

    def told(self) -> dict[str, str]:
        """As the discovery lists it. It wants nothing prefetched: what a sync read is what counts.

        ``usageRequirements`` is left out: HAPI's classes, read strictly, do not know it.
        """
        return {"id": self.id, "hook": self.hook, "title": self.title, "description": self.description}


SERVICES: Mapping[str, Service] = {
    one.id: one
    for one in (
        Service(
            "loopclose-patient-view",
            "patient-view",
            "Reports that are owed",
            "Says which report the referring clinician of this patient still waits for, and by when.",
        ),
        Service(
            "loopclose-encounter-discharge",
            "encounter-discharge",
            "Reports that are owed at the end of a visit",
            "Says which report is owed, and asks when the patient is back with the referring clinician.",
        ),
    )
}


class NotAsked(Exception):
    """The request cannot be understood; the words say why."""


@dataclass(frozen=True)
class Asked:
    """A request that can be understood."""

    patient: str
    """``Patient/id``."""
    user: str
    """Who works there, as ``Practitioner/id``; ``somebody`` where it is not told."""
    fhir_server: str | None


def asked(service: Service, body: bytes) -> Asked:
    """The request to a service; raises ``NotAsked``."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise NotAsked("The request is no JSON.") from problem
    context = told.get("context") if isinstance(told, dict) else None
    if not isinstance(context, dict):
        raise NotAsked("The request has no context.")
    if told.get("hook") != service.hook:
        raise NotAsked(f"The hook {service.hook} is expected here.")
    if not isinstance(told.get("hookInstance"), str) or not told["hookInstance"]:
        raise NotAsked("The request has no hookInstance.")
    patient = _text(context, "patientId").removeprefix("Patient/")
    if not _ID.fullmatch(patient):
        raise NotAsked("The context has no patientId.")
    user, server = _text(context, "userId"), told.get("fhirServer")
    return Asked(
        f"Patient/{patient}",
        user if _WHO.fullmatch(user) else "somebody",
        server.rstrip("/") if isinstance(server, str) else None,
    )


def _text(members: Mapping[str, Any], name: str) -> str:
    found = members.get(name)
    return found if isinstance(found, str) else ""
