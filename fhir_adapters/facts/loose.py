"""Reading a resource of which some element, that no rule rests on, is not of its kind.

Real charts hold "00/00/2019" for a date and one object where FHIR has a list (hapifhir/hapi-fhir#480,
trustedintermediary/trusted-intermediary#1454). Such an element must not take along an allergy or a result: it is left
out, and ``Resource.unread`` names it, so that a paper says that part could not be read. Whatever says what the
resource is, of whom, and whether it holds (code, value, status, subject) is never left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import structs

from fhir_adapters.facts.elements import Resource

LOOSE: dict[str, frozenset[str]] = {
    "DocumentReference": frozenset(["contained"]),
    "Task": frozenset(["input"]),
    "MedicationRequest": frozenset(
        [
            "identifier",
            "contained",
            "statusReason",
            "priority",
            "authoredOn",
            "requester",
            "reasonCode",
            "reasonReference",
            "basedOn",
            "courseOfTherapyType",
            "note",
            "dosageInstruction",
            "dispenseRequest",
            "substitution",
            "priorPrescription",
            "meta",
        ]
    ),
    "MedicationStatement": frozenset(
        [
            "contained",
            "basedOn",
            "derivedFrom",
            "statusReason",
            "category",
            "effectiveDateTime",
            "effectivePeriod",
            "dateAsserted",
            "informationSource",
            "reasonCode",
            "reasonReference",
            "note",
            "dosage",
            "meta",
        ]
    ),
    "MedicationAdministration": frozenset(
        [
            "contained",
            "statusReason",
            "effectiveDateTime",
            "effectivePeriod",
            "reasonCode",
            "request",
            "note",
            "dosage",
            "meta",
        ]
    ),
    "Immunization": frozenset(
        [
            "statusReason",
            "occurrenceDateTime",
            "primarySource",
            "lotNumber",
            "site",
            "route",
            "doseQuantity",
            "note",
            "meta",
        ]
    ),
    "AllergyIntolerance": frozenset(
        [
            "identifier",
            "type",
            "category",
            "criticality",
            "onsetDateTime",
            "note",
            "reaction",
            "meta",
        ]
    ),
    "CarePlan": frozenset({"intent", "period", "created", "author"}),
    "Condition": frozenset(
        [
            "identifier",
            "category",
            "severity",
            "bodySite",
            "onsetDateTime",
            "onsetAge",
            "onsetPeriod",
            "onsetRange",
            "onsetString",
            "abatementDateTime",
            "abatementAge",
            "abatementPeriod",
            "abatementRange",
            "abatementString",
            "recordedDate",
            "recorder",
            "asserter",
            "stage",
            "note",
        ]
    ),
    "DiagnosticReport": frozenset({"category", "performer", "resultsInterpreter", "presentedForm"}),
    "Observation": frozenset(
        [
            "identifier",
            "basedOn",
            "partOf",
            "category",
            "issued",
            "effectivePeriod",
            "effectiveInstant",
            "performer",
            "note",
            "method",
            "device",
            "bodySite",
            "interpretation",
            "referenceRange",
        ]
    ),
    "Patient": frozenset({"deceasedBoolean", "deceasedDateTime"}),
    "Procedure": frozenset(
        [
            "statusReason",
            "performedString",
            "performer",
            "reasonCode",
            "bodySite",
            "outcome",
            "complication",
            "followUp",
            "note",
        ]
    ),
    "ServiceRequest": frozenset(
        [
            "basedOn",
            "replaces",
            "occurrenceDateTime",
            "asNeededBoolean",
            "quantityQuantity",
            "reasonReference",
            "bodySite",
            "patientInstruction",
        ]
    ),
}
"""By type: the elements without which a resource still says what it is."""
_ELEMENT = re.compile(r" - at `\$\.([A-Za-z]+)")
_ALONE = "Expected `array`, got `object`"
LENIENT = frozenset(
    {"AllergyIntolerance", "Immunization", "MedicationAdministration", "MedicationRequest", "MedicationStatement"}
)
"""Types of which ``1.0`` and ``"3"`` are read as whole numbers: refills and numbers of steps are written so."""


def read_loosely(
    cls: type[Resource], raw: bytes, problem: msgspec.ValidationError, custom: Callable[[type, Any], Any]
) -> Resource:
    """The fact without what in it is not of its kind; raises ``ValidationError`` where it needs that."""
    loose = LOOSE.get(cls.__name__, frozenset())
    reader = msgspec.json.Decoder(cls, dec_hook=custom, strict=cls.__name__ not in LENIENT)
    if cls.__name__ in LENIENT:
        try:
            return reader.decode(raw)
        except msgspec.ValidationError as again:
            problem = again
    body: dict[str, msgspec.Raw] = {}
    left_out: list[str] = []
    for _ in range(2 * len(loose) + 1):
        element = _element(problem)
        if element not in loose:
            raise problem
        body = body or msgspec.json.decode(raw, type=dict[str, msgspec.Raw])  # raw: numbers stay as they were written
        if str(problem).startswith(_ALONE) and str(problem).endswith(f"`$.{element}`"):
            body[element] = msgspec.Raw(b"[%b]" % bytes(body[element]))  # a list of one, as where it was XML once
        else:
            del body[element]
            left_out.append(element)
        try:
            return structs.replace(reader.decode(msgspec.json.encode(body)), unread=tuple(left_out))
        except msgspec.ValidationError as next_problem:
            problem = next_problem
    raise problem


def _element(problem: msgspec.ValidationError) -> str:
    found = _ELEMENT.search(str(problem))
    return found[1] if found else ""
