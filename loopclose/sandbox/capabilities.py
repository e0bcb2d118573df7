"""What the demo EHR says it can do (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from __future__ import annotations

from loopclose.sandbox.elements import Json
from loopclose.sandbox.parameters import COMMON, type_of
from loopclose.sandbox.vendors.rules import Export, Needs, Vendor

EXPORTS = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
READ_ONLY = ("Binary", "Medication")
WRITTEN = ("Communication", "DocumentReference", "Task")
"""Types that a server which is not strict says that it takes."""
WRITES = ("create", "update")


def statement(types: tuple[str, ...], vendor: Vendor | None, strict: bool) -> Json:
    """The CapabilityStatement of a server with those types: a vendor's server names itself as that vendor does, and
    a strict one lists what it can do with each type, and what a search needs where that vendor says so.
    """
    made: Json = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
    }
    rest: Json = {"mode": "server"}
    if vendor is None:
        made["software"] = {"name": "Loopclose sandbox"}
    else:
        made |= vendor.head
        rest["security"] = vendor.security
    if vendor is not None and strict:
        rest["resource"] = [_type_of(vendor, kind) for kind in types]
    else:
        rest["resource"] = [_any_type(kind) for kind in types]
    export = vendor.export if vendor is not None and strict else Export()
    if export is not None:
        names = [f"{kind.lower()}-export" for kind in export.of]
        rest["operation"] = [{"name": name, "definition": f"{EXPORTS}/{name}"} for name in names]
    return {**made, "rest": [rest]}


def _type(kind: str, parameters: tuple[str, ...] | None, writes: tuple[str, ...] = ()) -> Json:
    """A type that can be read, and searched where it has parameters."""
    codes = ("read", *(() if parameters is None else ("search-type",)), *writes)
    made: Json = {"type": kind, "interaction": [{"code": code} for code in codes]}
    if parameters is not None:
        made["searchParam"] = [{"name": name, "type": type_of(name)} for name in parameters]
    return made


def _any_type(kind: str) -> Json:
    """A type of a server that plays nobody: it takes what is written, and tells a repeat."""
    made = _type(kind, None if kind in READ_ONLY else COMMON, WRITES if kind in WRITTEN else ())
    return {**made, "conditionalCreate": True} if kind in WRITTEN else made


def _type_of(vendor: Vendor, kind: str) -> Json:
    rule, writes = vendor.searches.get(kind), vendor.writes.get(kind, ())
    made = _type(kind, rule.parameters if rule is not None else None, writes)
    if vendor.demands is not None and rule is not None and rule.needs:
        made["extension"] = [{"url": vendor.demands, "extension": _demands(rule.needs)}]
    return made


def _demands(needs: Needs) -> list[Json]:
    """What a search needs, as athenahealth writes it: each set of which one is enough, or the only set there is."""
    url = "requiredAnySearchParams" if len(needs) > 1 else "requiredSearchParams"
    return [{"url": url, "valueString": ", ".join(needed)} for needed in needs]
