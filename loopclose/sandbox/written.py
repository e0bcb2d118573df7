"""What the demo EHR makes of a resource that is written to it (https://hl7.org/fhir/R4/http.html#create).

A strict one takes what its vendor takes, keeps what that keeps, and gives ids and identifiers of its own; any other
takes everything, and tells a repeat by ``If-None-Exist``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from loopclose.sandbox.answers import Answer, Ehr, refused
from loopclose.sandbox.asked import Asked
from loopclose.sandbox.elements import Json
from loopclose.sandbox.model import BASE
from loopclose.sandbox.search import UnknownParameter
from loopclose.sandbox.vendors.rules import Vendor, Written

_VERSION = re.compile(r'W/"([^"]*)"')


def written(ehr: Ehr, method: str, asked: Asked, body: bytes, headers: Mapping[str, str], number: int) -> Answer:
    """The answer to a POST or PUT; ``number`` makes the id of something that brings none."""
    if asked.kind is None or (asked.fhir_id is None) != (method == "POST"):
        return refused(404, "not-found", "There is nothing at that address.")
    named = {name.lower(): value for name, value in headers.items()}
    if asked.fhir_id is None:
        return _created(ehr, asked.kind, body, named, number)
    return _changed(ehr, asked.kind, asked.fhir_id, body, named)


def _created(ehr: Ehr, kind: str, body: bytes, headers: Mapping[str, str], number: int) -> Answer:
    resource = _read(kind, body)
    if isinstance(resource, Answer):
        return resource
    if ehr.rules is not None:
        return _as_vendor(ehr, ehr.rules, kind, resource, number)
    wanted = headers.get("if-none-exist")
    if wanted is not None:
        try:
            there = ehr.store.search(kind, parse_qsl(wanted))
        except UnknownParameter as problem:
            return refused(412, "invalid", f"If-None-Exist cannot be searched by {problem}.")
        if len(there) > 1:
            return refused(412, "duplicate", "Several match If-None-Exist.")
        if there:
            return _stands(200, json.loads(there[0]), there[0])
    resource.setdefault("id", f"new{number}")
    made = _put(ehr, resource)
    return _stands(201, made, json.dumps(made).encode())


def _put(ehr: Ehr, resource: Json) -> Json:
    ehr.store.written.append((resource["resourceType"], resource["id"]))
    return ehr.store.put(resource)


def _changed(ehr: Ehr, kind: str, fhir_id: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Only of the version that ``If-Match`` names, where it names one."""
    if ehr.rules is not None:
        return refused(405, "not-supported", f"{kind} cannot be changed here.")
    resource = _read(kind, body)
    if isinstance(resource, Answer):
        return resource
    if resource.get("id") != fhir_id:
        return refused(400, "invalid", "The id is not that of the address.")
    there = ehr.store.get(kind, fhir_id)
    version = _VERSION.fullmatch(headers.get("if-match", ""))
    if version is not None and (there is None or there["meta"]["versionId"] != version[1]):
        return refused(412, "conflict", "It is another version by now.")
    made = ehr.store.put(resource)
    return _stands(201 if there is None else 200, made, json.dumps(made).encode())


def _as_vendor(ehr: Ehr, vendor: Vendor, kind: str, resource: Json, number: int) -> Answer:
    rule = vendor.written.get(kind)
    if rule is None:
        return refused(405, "not-supported", f"{kind} cannot be created.")
    wrong = next((said for check in rule.checks if (said := check(resource))), None) or _stranger(ehr, resource)
    if wrong is not None:
        return refused(422 if vendor.name == "epic" else 400, "invalid", wrong)
    made = _put(ehr, {"resourceType": kind, "id": f"w{number}", **_kept(rule, resource, number)})
    return _stands(201, made, b"" if rule.answers_empty else json.dumps(made).encode())


def _kept(rule: Written, resource: Json, number: int) -> Json:
    kept = {name: resource[name] for name in rule.keeps if name in resource}
    if rule.attachments is not None:
        kept["content"] = kept["content"][: rule.attachments]
    return (
        kept if rule.own_system is None else {"identifier": [{"system": rule.own_system, "value": str(number)}], **kept}
    )


def _stranger(ehr: Ehr, resource: Json) -> str | None:
    """Its patient, and its visit of that patient, are known here."""
    patient = resource.get("subject", {}).get("reference", "")
    if ehr.store.get("Patient", patient.removeprefix("Patient/")) is None:
        return "Invalid subject received"
    for one in resource.get("context", {}).get("encounter") or ():
        visit = ehr.store.get("Encounter", one.get("reference", "").removeprefix("Encounter/"))
        if visit is None or visit.get("subject", {}).get("reference") != patient:
            return "Valid encounter required"
    return None


def _read(kind: str, body: bytes) -> Json | Answer:
    try:
        resource = json.loads(body)
    except ValueError:
        return refused(400, "structure", "That is no JSON.")
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        return refused(400, "structure", f"That is no {kind}.")
    return resource


def _stands(status: int, made: Json, body: bytes) -> Answer:
    version = made["meta"]["versionId"]
    at = f"{BASE}/{made['resourceType']}/{made['id']}/_history/{version}"
    return Answer(status, body, headers=(("Location", at), ("ETag", f'W/"{version}"')))
