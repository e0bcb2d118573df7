"""FHIR search over resources in memory: the parameters that a client of a practice needs."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
COMMON = (
    "_id",
    "_lastUpdated",
    "identifier",
    "patient",
    "subject",
    "status",
    "category",
    "code",
    "date",
    "authored",
    "encounter",
    "practitioner",
    "based-on",
    "focus",
    "type",
)
IGNORED = frozenset({"_count", "_total", "_sort", "_format", "_offset"})


class UnknownParameter(ValueError):
    """A search parameter that this server does not know."""


class Store:
    """Resources by type and id, each with the bytes that are sent."""

    def __init__(self, resources: list[Json]) -> None:
        self._lock = threading.Lock()
        self._by_type: dict[str, dict[str, tuple[Json, bytes]]] = defaultdict(dict)
        self._by_patient: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._gone: set[tuple[str, str]] = set()
        for resource in resources:
            self._set(resource)

    def put(self, resource: Json, now: datetime | None = None) -> Json:
        """Create or change a resource: a new version, and a time after every earlier one."""
        with self._lock:
            before = self._by_type[resource["resourceType"]].get(resource["id"])
            version = int(before[0]["meta"]["versionId"]) + 1 if before else 1
            stamp = (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            changed = {
                **resource,
                "meta": {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": stamp},
            }
            self._set(changed)
            return changed

    def delete(self, kind: str, fhir_id: str) -> None:
        """Delete a resource: reads answer 410 from now on."""
        with self._lock:
            resource, _ = self._by_type[kind].pop(fhir_id)
            for who in _values(resource, "patient"):
                self._by_patient[(kind, who)].pop(fhir_id, None)
            self._gone.add((kind, fhir_id))

    def get(self, kind: str, fhir_id: str) -> Json | None:
        """A resource as JSON, or None."""
        found = self._by_type[kind].get(fhir_id)
        return found[0] if found else None

    def read(self, kind: str, fhir_id: str) -> bytes | None:
        """The bytes of a resource, or None."""
        found = self._by_type[kind].get(fhir_id)
        return found[1] if found else None

    def is_gone(self, kind: str, fhir_id: str) -> bool:
        """Whether it was deleted."""
        return (kind, fhir_id) in self._gone

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        """The bytes of every match, by id; raises ``UnknownParameter``."""
        tests = [_test(name, value) for name, value in params if name not in IGNORED]
        with self._lock:
            rows = self._by_type[kind]
            patient = next((v for n, v in params if n in ("patient", "subject")), None)
            if patient is not None:
                rows = {i: rows[i] for i in self._by_patient[(kind, _patient(patient))] if i in rows}
            ids = next((v for n, v in params if n == "_id"), None)
            if ids is not None:
                rows = {i: rows[i] for i in ids.split(",") if i in rows}
            found = list(rows.values())
        return [raw for resource, raw in found if all(test(resource) for test in tests)]

    def _set(self, resource: Json) -> None:
        kind, fhir_id = resource["resourceType"], resource["id"]
        self._by_type[kind][fhir_id] = (resource, json.dumps(resource, separators=(",", ":")).encode())
        for who in _values(resource, "patient"):
            self._by_patient[(kind, who)][fhir_id] = None


def _test(name: str, value: str) -> Callable[[Json], bool]:
    wanted = set(value.split(","))
    if name == "_id":
        return lambda resource: resource["id"] in wanted
    if name in ("patient", "subject"):
        patients = {_patient(one) for one in wanted}
        return lambda resource: bool(patients & _values(resource, "patient"))
    if name in ("_lastUpdated", "date", "authored"):
        return _by_date(name, value)
    if name in COMMON:
        return lambda resource: bool(wanted & _values(resource, name))
    raise UnknownParameter(name)


def _by_date(name: str, value: str) -> Callable[[Json], bool]:
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    low, high = _span(text)

    def test(resource: Json) -> bool:
        span = _dates(resource, name)
        if span is None:
            return False
        first, last = span
        return {
            "ge": last >= low,
            "gt": last > high,
            "le": first <= high,
            "lt": first < low,
            "eq": low <= first and last <= high,
        }[prefix]

    return test


def _dates(resource: Json, name: str) -> tuple[datetime, datetime] | None:
    if name == "_lastUpdated":
        return _span(resource["meta"]["lastUpdated"])
    period = resource.get("period") or {}
    first = period.get("start") or resource.get("authoredOn") or resource.get("start") or resource.get("date")
    if not first:
        return None
    try:
        last = period.get("end") or resource.get("end")
        end = _span(last)[1] if last else (_span(first)[1] if not period else datetime.max.replace(tzinfo=UTC))
        return _span(first)[0], end
    except ValueError:
        return None


def _span(text: str) -> tuple[datetime, datetime]:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment, moment) if "T" in text else (moment, moment + timedelta(days=1, microseconds=-1))


def _values(resource: Json, name: str) -> set[str]:
    """The tokens or reference keys under which a search parameter finds a resource."""
    if name == "patient":
        references = [resource.get("subject"), resource.get("patient"), resource.get("for")]
        references += [one.get("actor") for one in resource.get("participant", ()) if isinstance(one, dict)]
        keys = {r["reference"] for r in references if isinstance(r, dict) and "reference" in r}
        return {key for key in keys if key.startswith("Patient/")}
    if name == "status":
        return {resource.get("status", "")}
    if name == "identifier":
        return {f"{i.get('system', '')}|{i.get('value')}" for i in resource.get("identifier", ())}
    if name in ("category", "code", "type"):
        concepts = resource.get(name) or []
        concepts = concepts if isinstance(concepts, list) else [concepts]
        codings = [coding for concept in concepts for coding in concept.get("coding", ())]
        return {form for c in codings for form in (c.get("code", ""), f"{c.get('system', '')}|{c.get('code', '')}")}
    people = [resource.get("encounter"), resource.get("focus"), resource.get("practitioner")]
    people += _list(resource.get("basedOn"))
    people += [p.get("individual") or p.get("actor") for p in resource.get("participant", ())]
    keys = {r["reference"] for r in people if isinstance(r, dict) and "reference" in r}
    return keys | {key.split("/", 1)[1] for key in keys if "/" in key}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _patient(value: str) -> str:
    return value if value.startswith("Patient/") else f"Patient/{value}"
