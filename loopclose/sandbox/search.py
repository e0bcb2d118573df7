"""FHIR search over resources in memory: the parameters that a client of a practice needs."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from loopclose.sandbox.parameters import DATES, IGNORED, REFERENCES, TEXTS, TOKENS

Json = dict[str, Any]
PERIODS = ("period", "effectivePeriod", "performedPeriod")
MOMENTS = ("authoredOn", "start", "date", "effectiveDateTime", "performedDateTime")
"""Where a resource says when it was: over which time, or at which moment; the first that is there holds."""


class UnknownParameter(ValueError):
    """A search parameter that this server does not know."""


class Store:
    """Resources by type and id, each with the bytes that are sent."""

    def __init__(self, resources: list[Json]) -> None:
        self._lock = threading.Lock()
        self._by_type: dict[str, dict[str, tuple[Json, bytes]]] = defaultdict(dict)
        self._by_patient: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._gone: set[tuple[str, str]] = set()
        self.written: list[tuple[str, str]] = []
        """Type and id of what clients created, in order."""
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

    def merge(self, patient: str, into: str, now: datetime | None = None) -> None:
        """Two patients (ids) turn out to be one: what the first has goes to the second, whose record replaces it."""
        old, new = json.dumps(f"Patient/{patient}"), json.dumps(f"Patient/{into}")
        rows = [resource for found in self._by_type.values() for resource, _ in found.values()]
        moved = [json.loads(text.replace(old, new)) for text in map(json.dumps, rows) if old in text]
        survivor = self._by_type["Patient"][into][0]
        link = {"other": {"reference": f"Patient/{patient}"}, "type": "replaces"}
        for resource in [*moved, {**survivor, "link": [*survivor.get("link", ()), link]}]:
            self.put(resource, now)
        self.delete("Patient", patient)

    def get(self, kind: str, fhir_id: str) -> Json | None:
        """A resource as JSON, or None."""
        found = self._by_type[kind].get(fhir_id)
        return found[0] if found else None

    def read(self, kind: str, fhir_id: str) -> bytes | None:
        """The bytes of a resource, or None."""
        found = self._by_type[kind].get(fhir_id)
        return found[1] if found else None

    def patients_of(self, kind: str, fhir_id: str) -> frozenset[str]:
        """The ids of the patients whose resource that is, or of the patient that it is."""
        resource = self.get(kind, fhir_id)
        if kind == "Patient" or resource is None:
            return frozenset({fhir_id} if kind == "Patient" else ())
        return frozenset(key.removeprefix("Patient/") for key in _values(resource, "patient"))

    def is_gone(self, kind: str, fhir_id: str) -> bool:
        """Whether it was deleted."""
        return (kind, fhir_id) in self._gone

    def gone(self) -> list[tuple[str, str]]:
        """Type and id of whatever was deleted."""
        return sorted(self._gone)

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        """The bytes of every match, by id; raises ``UnknownParameter``."""
        tests = [_test(name, value) for name, value in params if name not in IGNORED]
        with self._lock:
            rows = self._by_type[kind]
            patient = next((v for n, v in params if n in ("patient", "subject")), None)
            if patient is not None:
                theirs = [self._by_patient[(kind, _patient(one))] for one in patient.split(",")]
                rows = {i: rows[i] for found_of_one in theirs for i in found_of_one if i in rows}
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
    if name in DATES:
        return _by_date(name, value)
    if name in TEXTS:
        return lambda resource: _is_called(resource, TEXTS[name], value)
    if name == "identifier" or name in TOKENS or name in REFERENCES:
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
    if name == "birthdate":
        return _span(resource["birthDate"]) if "birthDate" in resource else None
    period: Json = next((resource[one] for one in PERIODS if resource.get(one)), {})
    first = period.get("start") or next((resource[one] for one in MOMENTS if resource.get(one)), None)
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
    if name == "identifier":
        return {f"{i.get('system', '')}|{i.get('value')}" for i in resource.get("identifier", ())}
    if name in TOKENS:
        found = resource.get(TOKENS[name]) or []
        return {form for one in (found if isinstance(found, list) else [found]) for form in _tokens(one)}
    keys = {r["reference"] for path in REFERENCES[name] for r in _at(resource, path) if "reference" in r}
    return keys | {key.split("/", 1)[1] for key in keys if "/" in key}


def _tokens(value: Any) -> set[str]:
    """A code, a Coding or a CodeableConcept as it may be searched for: with its system, and without."""
    if isinstance(value, str):
        return {value}
    codings = value.get("coding", ()) if "code" not in value else (value,)
    return {form for c in codings for form in (c.get("code", ""), f"{c.get('system', '')}|{c.get('code', '')}")}


def _is_called(resource: Json, parts: tuple[str, ...], value: str) -> bool:
    """Whether one of those parts of a name begins so."""
    names = resource.get("name") or []
    names = [{"text": names}] if isinstance(names, str) else names
    found = [name.get(part) or [] for name in names for part in parts]
    texts = [text for one in found for text in (one if isinstance(one, list) else [one])]
    return any(text.lower().startswith(value.lower()) for text in texts)


def _at(resource: Json, path: str) -> list[Json]:
    """The objects at the end of a path of elements, through lists."""
    found: list[Any] = [resource]
    for element in path.split("."):
        inner = (one.get(element) for one in found if isinstance(one, dict))
        found = [one for value in inner for one in (value if isinstance(value, list) else [value])]
    return [one for one in found if isinstance(one, dict)]


def _patient(value: str) -> str:
    return value if value.startswith("Patient/") else f"Patient/{value}"
