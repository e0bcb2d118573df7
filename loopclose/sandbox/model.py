"""A made-up practice as it is being made: its resources, the truth, and the plan of one referral."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loopclose.sandbox.elements import stamp
from loopclose.sandbox.people import Clinician
from loopclose.sandbox.stories import Story

BASE = "https://ehr.example/fhir"
"""Stands in full addresses for the base under which the practice will be served."""


@dataclass
class Sandbox:
    """The resources of one practice, the truth, and how the practice is configured."""

    style: str
    as_of: datetime
    resources: list[dict[str, Any]] = field(default_factory=list)
    truth: list[dict[str, Any]] = field(default_factory=list)
    practice: dict[str, Any] = field(default_factory=dict)

    def add(self, resource: dict[str, Any], updated: datetime) -> dict[str, Any]:
        """Add a resource as the server last changed it at ``updated``."""
        resource["meta"] = {"versionId": "1", "lastUpdated": stamp(min(updated, self.as_of))}
        self.resources.append(resource)
        return resource

    def tell(self, visit: str, referral: str | None, referrer: str | None, kind: str) -> None:
        """One row of the truth."""
        self.truth.append({"visit": visit, "referral": referral, "referrer_npi": referrer, "kind": kind})


@dataclass
class Plan:
    """One referral and what is to become of it."""

    n: int
    patient: str
    clinician: Clinician
    referrer: Clinician
    story: Story
    authored: datetime
    end: datetime | None
    priority: str
    note: str
    returns: bool
    plain: bool
    """One of the first few, whose times a demo wants as they are: nothing odd happens to it."""
