"""Bytes of a resource into a fact, or into a reason why it cannot be read safely.

Reading is tolerant of what nobody uses and strict on what rules depend on. Two things make a resource
unsafe to act on whatever else it says: a ``modifierExtension`` we do not know, and ``implicitRules``
(https://hl7.org/fhir/R4/extensibility.html#modifierExtension): "an application that does not understand
it must not process the resource as if it were not there".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from fhir_adapters.facts.allergy_intolerance import AllergyIntolerance
from fhir_adapters.facts.appointment import Appointment
from fhir_adapters.facts.care_plan import CarePlan
from fhir_adapters.facts.communication import Communication
from fhir_adapters.facts.condition import Condition
from fhir_adapters.facts.device_request import DeviceRequest
from fhir_adapters.facts.diagnostic_report import DiagnosticReport
from fhir_adapters.facts.document_reference import DocumentReference
from fhir_adapters.facts.elements import Marks, Resource
from fhir_adapters.facts.encounter import Encounter
from fhir_adapters.facts.episode_of_care import EpisodeOfCare
from fhir_adapters.facts.immunization import Immunization
from fhir_adapters.facts.loose import read_loosely
from fhir_adapters.facts.medication import Medication
from fhir_adapters.facts.medication_administration import MedicationAdministration
from fhir_adapters.facts.medication_request import MedicationRequest
from fhir_adapters.facts.medication_statement import MedicationStatement
from fhir_adapters.facts.nutrition_order import NutritionOrder
from fhir_adapters.facts.observation import Observation
from fhir_adapters.facts.organization import Organization
from fhir_adapters.facts.patient import Patient
from fhir_adapters.facts.practitioner import Practitioner
from fhir_adapters.facts.practitioner_role import PractitionerRole
from fhir_adapters.facts.procedure import Procedure
from fhir_adapters.facts.service_request import ServiceRequest
from fhir_adapters.facts.task import Task
from fhir_adapters.facts.when import When

TYPES: dict[str, type[Resource]] = {
    cls.__name__: cls
    for cls in (
        AllergyIntolerance,
        Appointment,
        CarePlan,
        Communication,
        Condition,
        DeviceRequest,
        DiagnosticReport,
        DocumentReference,
        Encounter,
        EpisodeOfCare,
        Immunization,
        Medication,
        MedicationAdministration,
        MedicationRequest,
        MedicationStatement,
        NutritionOrder,
        Observation,
        Organization,
        Patient,
        Practitioner,
        PractitionerRole,
        Procedure,
        ServiceRequest,
        Task,
    )
}
REASONS = {
    "unreadable": "It is not a FHIR resource that can be read: {detail}.",
    "modifier_extension": "It carries an unknown modifier extension ({detail}): it may mean the opposite.",
    "implicit_rules": "It was written under special rules ({detail}) that we do not know.",
    "no_subject": "It does not say which patient of this EHR it is about: {detail}.",
    "odd": "It is no resource as FHIR knows them: {detail}.",
}
CODES = ("status", "doc_status", "intent")
SPELT = {"canceled": "cancelled", "error": "entered-in-error"}
"""Statuses spelt otherwise than R4 does."""
NEEDS_SUBJECT = frozenset({"ServiceRequest", "Encounter"})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a resource goes to quarantine: a closed code of ``REASONS``, and a sentence for a person."""

    code: str
    detail: str

    @property
    def sentence(self) -> str:
        """The reason in words, without patient data."""
        return REASONS[self.code].format(detail=self.detail)


def _custom(wanted: type, value: Any) -> Any:
    if wanted is Marks:
        return Marks.of(value)
    if wanted is When:
        if not isinstance(value, str):
            raise ValueError("a date must be text")
        return When(value)
    raise NotImplementedError(wanted)


_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(cls, dec_hook=_custom) for name, cls in TYPES.items()
}


def read(kind: str, raw: bytes) -> Resource | Unreadable:
    """Read the resource of type ``kind`` from ``raw``; never raises for what a server may have sent."""
    unsafe = _unsafe(raw)
    if unsafe is not None:
        return unsafe
    try:
        fact = _decoded(kind, raw)
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError, RecursionError) as problem:
        return Unreadable("unreadable", _plain(str(problem)))
    fact = _in_codes(fact)
    if kind in NEEDS_SUBJECT and getattr(fact, "subject", None) is None:
        return Unreadable("no_subject", "it names nobody")
    return fact


def _decoded(kind: str, raw: bytes) -> Resource:
    try:
        fact: Resource = _DECODERS[kind].decode(raw)
    except msgspec.ValidationError as problem:
        return read_loosely(TYPES[kind], raw, problem, _custom)
    return fact


def _in_codes(fact: Resource) -> Resource:
    """The resource with its statuses as R4 writes their codes, which are in small letters with hyphens: another way of
    writing one (``Cancelled``, ``ENTERED_IN_ERROR``) must not make it count.
    """
    said = {name: value for name in CODES if isinstance(value := getattr(fact, name, None), str)}
    codes = {name: "-".join(value.replace("_", " ").replace("-", " ").lower().split()) for name, value in said.items()}
    codes = {name: SPELT.get(code, code) for name, code in codes.items()}
    return msgspec.structs.replace(fact, **codes) if codes != said else fact


def _unsafe(raw: bytes) -> Unreadable | None:
    """Full parse only where the bytes hold a word that may change the meaning."""
    if b"modifierExtension" not in raw and b"implicitRules" not in raw:
        return None
    try:
        whole = msgspec.json.decode(raw)
        rules = whole.get("implicitRules") if isinstance(whole, dict) else None
        url = _modifier(whole)
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        return Unreadable("unreadable", _plain(str(problem)))
    if rules:
        return Unreadable("implicit_rules", str(rules)[:120])
    return Unreadable("modifier_extension", url[:120]) if url else None


def _modifier(node: Any) -> str | None:
    if isinstance(node, dict):
        found = node.get("modifierExtension")
        if found:
            first = found[0] if isinstance(found, list) else found
            return str(first.get("url", "without a url")) if isinstance(first, dict) else "not well formed"
        return next((url for value in node.values() if (url := _modifier(value))), None)
    if isinstance(node, list):
        return next((url for value in node if (url := _modifier(value))), None)
    return None


def _plain(problem: str) -> str:
    """msgspec's message names the path; a value that was refused stays out (it may be patient data)."""
    path = problem.rsplit(" - at `", 1)
    where = path[1].rstrip("`") if len(path) == 2 else ""
    what = path[0] if "is not a FHIR date" not in path[0] else "a date that does not exist or is malformed"
    return f"{what} at {where}" if where else what
