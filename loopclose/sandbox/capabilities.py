"""What the demo EHR says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from __future__ import annotations

from typing import Any

from loopclose.sandbox.refusals import Vendor
from loopclose.sandbox.search import COMMON

READ_ONLY = ("Binary", "Medication")


def statement(types: tuple[str, ...], vendor: Vendor | None, strict: bool) -> dict[str, Any]:
    """The CapabilityStatement of a server with those types: a vendor's server names itself as that vendor does, and
    a strict one lists the parameters that it understands.
    """
    listed: dict[str, tuple[str, ...]] = {kind: COMMON for kind in types if kind not in READ_ONLY}
    if vendor is not None and strict:
        listed = {kind: ("_id", *rule.parameters) for kind, rule in vendor.searches.items() if kind in types}
    made: dict[str, Any] = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [_type(kind, listed.get(kind)) for kind in types]}],
    }
    software = vendor.software if vendor is not None else "Loopclose sandbox"
    if software is not None:
        made["software"] = {"name": software}
    if vendor is not None and vendor.publisher is not None:
        made["publisher"] = vendor.publisher
    return made


def _type(kind: str, parameters: tuple[str, ...] | None) -> dict[str, Any]:
    """A type that can be read, and searched where it has parameters."""
    read = {"type": kind, "interaction": [{"code": "read"}]}
    if parameters is None:
        return read
    params = [{"name": name, "type": "string"} for name in parameters]
    return {**read, "interaction": [{"code": "read"}, {"code": "search-type"}], "searchParam": params}
