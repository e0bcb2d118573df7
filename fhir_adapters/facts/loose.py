"""Reading a resource of which some element, that no rule rests on, is not of its kind.

Real charts hold "00/00/2019" for a date and one object where FHIR has a list (hapifhir/hapi-fhir#480,
trustedintermediary/trusted-intermediary#1454). Such an element must not take along an allergy or a result: it is left
out, and ``Resource.unread`` names it, so that a paper says that part could not be read. Whatever says what the
resource is, of whom, and whether it holds (code, value, status, subject) is never left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import structs

from fhir_adapters.facts.elements import Resource

LOOSE: dict[str, frozenset[str]] = {
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
_READER = msgspec.json.Decoder(float_hook=Decimal)
_ALONE = "Expected `array`, got `object`"


def read_loosely(
    cls: type[Resource], raw: bytes, problem: msgspec.ValidationError, custom: Callable[[type, Any], Any]
) -> Resource:
    """The fact without what in it is not of its kind; raises ``ValidationError`` where it needs that."""
    loose = LOOSE.get(cls.__name__, frozenset())
    body: Any = None
    left_out: list[str] = []
    for _ in range(2 * len(loose) + 1):
        element = _element(problem)
        if element not in loose:
            raise problem
        body = _READER.decode(raw) if body is None else body
        if str(problem).startswith(_ALONE) and str(problem).endswith(f"`$.{element}`"):
            body[element] = [body[element]]  # a list of one, as where XML was turned into JSON
        else:
            del body[element]
            left_out.append(element)
        try:
            return structs.replace(msgspec.convert(body, cls, dec_hook=custom), unread=tuple(left_out))
        except msgspec.ValidationError as next_problem:
            problem = next_problem
    raise problem


def _element(problem: msgspec.ValidationError) -> str:
    found = _ELEMENT.search(str(problem))
    return found[1] if found else ""
