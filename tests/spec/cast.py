"""Who plays in the tables: one practice in Boston, its clinicians, two referrers, and a way to write facts shortly."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from fhir_adapters.facts import Organization, Practitioner, PractitionerRole, Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.domain.business_time import Calendar
from loopclose.domain.chart import Visit
from loopclose.domain.code_map import parse_code_map
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

BOSTON = ZoneInfo("America/New_York")
CALENDAR = Calendar(BOSTON, dict.fromkeys(range(5), (time(8), time(17))), holidays.country_holidays("US", subdiv="MA"))
PRACTICE = Practice(
    "harbor",
    "Harbor Sample",
    CALENDAR,
    frozenset({"Organization/harbor"}),
    frozenset({"Practitioner/heart", "Practitioner/vessel"}),
)
CODES = parse_code_map((files("loopclose.defaults") / "code_map.toml").read_text(encoding="utf-8"))


def fact(kind: str, fhir_id: str, **elements: Any) -> Any:
    """A fact of that type about Patient/p."""
    body = {"resourceType": kind, "id": fhir_id, "subject": {"reference": "Patient/p"}, **elements}
    found = read(kind, json.dumps(body).encode())
    assert not isinstance(found, Unreadable), found
    return found


def _people() -> Directory:
    clinicians = {
        "heart": ("harbor", "Cardiology"),
        "vessel": ("harbor", "Vascular surgery"),
        "lee": ("elm", "Family medicine"),
        "roy": ("north", "Family medicine"),
    }
    practitioners: dict[str, Practitioner] = {}
    roles: dict[str, PractitionerRole] = {}
    organizations: dict[str, Organization] = {}
    for n, (who, (where, specialty)) in enumerate(clinicians.items()):
        practitioners[f"Practitioner/{who}"] = fact(
            "Practitioner",
            who,
            name=[{"text": f"Dr. {who.title()} Sample"}],
            identifier=[{"system": "http://hl7.org/fhir/sid/us-npi", "value": f"100000000{n}"}],
        )
        roles[f"PractitionerRole/{who}-role"] = fact(
            "PractitionerRole",
            f"{who}-role",
            practitioner={"reference": f"Practitioner/{who}"},
            organization={"reference": f"Organization/{where}"},
            specialty=[{"text": specialty}],
        )
        organizations[f"Organization/{where}"] = fact("Organization", where, name=f"{where.title()} Sample Clinic")
    return Directory(practitioners, roles, organizations)


DIRECTORY = _people()


def local(text: str) -> datetime:
    """``2026-11-24 09:00`` in Boston, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=BOSTON).astimezone(UTC)


def shown(moment: datetime) -> str:
    """An instant as ``Tue 2026-11-24 17:00`` in Boston."""
    return f"{moment.astimezone(BOSTON):%a %Y-%m-%d %H:%M}"


def visit(end: str, encounter: Any = None, clinicians: tuple[str, ...] = ("Practitioner/heart",)) -> Visit:
    """A visit that ended then."""
    at = local(end)
    day: date = at.astimezone(BOSTON).date()
    return Visit("Encounter/v", "Patient/p", at, at, day, False, False, clinicians, encounter)


def referral(fhir_id: str = "r", authored: str | None = "2026-11-02", **elements: Any) -> Resource:
    """A referral by Dr. Lee, unless the elements say otherwise."""
    shape: dict[str, Any] = {
        "status": "active",
        "intent": "order",
        "requester": {"reference": "Practitioner/lee"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "103696004"}]},
        **elements,
    }
    if authored:
        shape["authoredOn"] = authored
    return fact("ServiceRequest", fhir_id, **{k: v for k, v in shape.items() if v is not None})
