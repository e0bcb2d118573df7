"""Made-up visits, as JSON: whatever an EHR may write about conditions, results, orders and medicines."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
# words that are none of ours, so that a word out of place is seen
WORDS = st.sampled_from(
    ["Zarvex", "Qilomab", "Brontine", "Xeladol", "Vumrit", "Kelloxin", "Pyrrhane", "Jundrosis", "Wexal", "Tollimet"]
)
LABELS = st.builds(lambda a, b, n: f"{a} {b} {n}", WORDS, WORDS, st.sampled_from(["", "50 MG", "2", "type 1"])).map(
    str.strip
)
CONCEPTS = st.one_of(
    LABELS.map(lambda text: {"text": text}),
    LABELS.map(lambda text: {"coding": [{"system": "http://example.org", "code": "x1", "display": text}]}),
    st.just({"coding": [{"system": "http://example.org", "code": "k77"}]}),
)
NUMBERS = st.decimals(Decimal("0.01"), Decimal(9999), places=2)
UNITS = st.sampled_from(["mg", "mL", "mmHg", "tablet"])
QUANTITIES = st.builds(lambda value, unit: {"value": value, "unit": unit}, NUMBERS, UNITS)
DATES = st.dates(min_value=date(1901, 1, 1)).map(str)
TIMES = st.builds(lambda day, hour: f"{day}T{hour:02}:30:00Z", DATES, st.integers(0, 23))
DURATIONS = st.builds(lambda n: {"value": n, "unit": "days"}, st.integers(1, 90))


MISSING = object()


def some(**elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with most of those elements."""
    either = {name: st.one_of(strategy, strategy, st.just(MISSING)) for name, strategy in elements.items()}
    return st.fixed_dictionaries(either).map(
        lambda found: {name: value for name, value in found.items() if value is not MISSING}
    )


REPEAT = some(
    frequency=st.integers(1, 6),
    frequencyMax=st.integers(7, 9),
    period=st.integers(1, 12),
    periodMax=st.integers(13, 24),
    periodUnit=st.sampled_from(["h", "d", "wk", "mo"]),
    dayOfWeek=st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, max_size=2, unique=True),
    timeOfDay=st.just(["08:00:00"]),
    when=st.lists(st.sampled_from(["MORN", "ACM", "HS"]), min_size=1, max_size=2, unique=True),
    offset=st.integers(5, 60),
    duration=st.integers(1, 59),
    durationUnit=st.just("min"),
    count=st.integers(1, 30),
    boundsDuration=DURATIONS,
)
DOSAGES = some(
    text=LABELS,
    sequence=st.integers(1, 3),
    patientInstruction=LABELS,
    additionalInstruction=st.lists(CONCEPTS, min_size=1, max_size=1),
    timing=some(repeat=REPEAT, code=CONCEPTS, event=st.lists(TIMES, min_size=1, max_size=1)),
    asNeededBoolean=st.booleans(),
    route=CONCEPTS,
    doseAndRate=st.lists(
        some(
            doseQuantity=QUANTITIES,
            doseRange=some(low=QUANTITIES, high=QUANTITIES),
            rateQuantity=QUANTITIES,
        ),
        min_size=1,
        max_size=1,
    ),
    maxDosePerPeriod=st.builds(lambda a, b: {"numerator": a, "denominator": b}, QUANTITIES, DURATIONS),
)
DRUGS = st.one_of(
    CONCEPTS,
    st.just({"coding": [{"system": RXNORM, "code": "314076"}], "text": "Lisinopril"}),
    st.sampled_from([("314076", "lisinopril 10 MG Oral Tablet"), ("1049621", "oxycodone hydrochloride 5 MG")]).map(
        lambda drug: {
            "coding": [
                {"system": RXNORM, "code": drug[0], "display": drug[1]},
            ]
        }
    ),
)
NOTES = st.lists(LABELS.map(lambda text: {"text": text}), min_size=1, max_size=2)
FLAGGED = st.sampled_from(["H", "LL", "N"]).map(lambda code: [{"coding": [{"code": code}]}])
STATUSES = st.sampled_from(["final", "preliminary", "registered", "amended", "entered-in-error"])
KINDS: dict[str, st.SearchStrategy[Json]] = {
    "Condition": some(
        code=CONCEPTS,
        verificationStatus=st.sampled_from(["confirmed", "refuted", "provisional", "entered-in-error"]).map(
            lambda code: {"coding": [{"code": code}]}
        ),
        clinicalStatus=st.sampled_from(["active", "resolved"]).map(lambda code: {"coding": [{"code": code}]}),
        onsetDateTime=st.one_of(DATES, TIMES),
        abatementDateTime=DATES,
        severity=CONCEPTS,
        bodySite=st.lists(CONCEPTS, min_size=1, max_size=2),
        note=NOTES,
    ),
    "Observation": some(
        status=STATUSES,
        code=CONCEPTS,
        valueQuantity=QUANTITIES,
        valueCodeableConcept=CONCEPTS,
        valueString=LABELS,
        valueBoolean=st.booleans(),
        dataAbsentReason=CONCEPTS,
        interpretation=st.one_of(FLAGGED, st.lists(CONCEPTS, min_size=1, max_size=2)),
        referenceRange=st.lists(some(low=QUANTITIES, high=QUANTITIES, text=LABELS), min_size=1, max_size=2),
        component=st.lists(
            some(code=CONCEPTS, valueQuantity=QUANTITIES, interpretation=FLAGGED), min_size=1, max_size=2
        ),
        effectiveDateTime=st.one_of(DATES, TIMES),
        bodySite=CONCEPTS,
        method=CONCEPTS,
        note=NOTES,
    ),
    "DiagnosticReport": some(
        status=STATUSES,
        code=CONCEPTS,
        conclusion=LABELS,
        conclusionCode=st.lists(CONCEPTS, min_size=1, max_size=2),
        effectiveDateTime=TIMES,
    ),
    "Procedure": some(
        status=st.sampled_from(["completed", "not-done", "in-progress", "entered-in-error"]),
        code=CONCEPTS,
        performedDateTime=TIMES,
        outcome=CONCEPTS,
        statusReason=CONCEPTS,
        complication=st.lists(CONCEPTS, min_size=1, max_size=2),
        bodySite=st.lists(CONCEPTS, min_size=1, max_size=1),
        note=NOTES,
    ),
    "ServiceRequest": some(
        status=st.sampled_from(["active", "completed", "revoked"]),
        intent=st.sampled_from(["order", "plan"]),
        code=CONCEPTS,
        doNotPerform=st.booleans(),
        priority=st.sampled_from(["routine", "stat"]),
        occurrenceDateTime=DATES,
        reasonCode=st.lists(CONCEPTS, min_size=1, max_size=2),
        note=NOTES,
        patientInstruction=LABELS,
    ),
    "MedicationRequest": some(
        status=st.sampled_from(["active", "stopped", "on-hold", "completed", "draft", "entered-in-error"]),
        intent=st.sampled_from(["order", "plan", "option", "instance-order"]),
        statusReason=CONCEPTS,
        category=st.just([{"coding": [{"code": "inpatient"}]}]),
        reportedBoolean=st.booleans(),
        note=st.lists(LABELS.map(lambda text: {"text": text}), min_size=1, max_size=1),
        substitution=some(allowedBoolean=st.booleans(), reason=CONCEPTS),
        basedOn=st.just([{"reference": "MedicationRequest/0"}]),
        priorPrescription=st.just({"reference": "MedicationRequest/1"}),
        doNotPerform=st.booleans(),
        medicationCodeableConcept=DRUGS,
        dosageInstruction=st.lists(DOSAGES, min_size=1, max_size=2),
        dispenseRequest=some(
            quantity=QUANTITIES,
            numberOfRepeatsAllowed=st.integers(0, 11),
            expectedSupplyDuration=DURATIONS,
            validityPeriod=some(end=DATES),
        ),
        authoredOn=st.one_of(DATES, TIMES),
        reasonCode=st.lists(CONCEPTS, min_size=1, max_size=2),
        requester=st.one_of(
            LABELS.map(lambda name: {"display": name}), st.just({"reference": "Practitioner/prescriber"})
        ),
    ),
    "AllergyIntolerance": some(
        code=CONCEPTS,
        verificationStatus=st.sampled_from(["confirmed", "refuted", "unconfirmed"]).map(
            lambda code: {"coding": [{"code": code}]}
        ),
        clinicalStatus=st.sampled_from(["active", "resolved"]).map(lambda code: {"coding": [{"code": code}]}),
        criticality=st.sampled_from(["low", "high"]),
        type=st.sampled_from(["allergy", "intolerance"]),
        note=st.lists(LABELS.map(lambda text: {"text": text}), min_size=1, max_size=1),
        reaction=st.lists(
            some(
                manifestation=st.lists(CONCEPTS, min_size=1, max_size=2),
                severity=st.sampled_from(["mild", "severe"]),
                description=LABELS,
                substance=CONCEPTS,
            ),
            min_size=1,
            max_size=2,
        ),
    ),
    "MedicationStatement": some(
        status=st.sampled_from(["active", "completed", "on-hold", "not-taken", "entered-in-error"]),
        medicationCodeableConcept=DRUGS,
        dosage=st.lists(DOSAGES, min_size=1, max_size=1),
        dateAsserted=DATES,
        informationSource=st.just({"reference": "Patient/p"}),
        statusReason=st.lists(CONCEPTS, min_size=1, max_size=1),
    ),
    "MedicationAdministration": some(
        status=st.sampled_from(["completed", "not-done", "entered-in-error"]),
        medicationCodeableConcept=DRUGS,
        effectiveDateTime=st.one_of(TIMES, st.just("2026-11-19T10:20:00-05:00")),
        context=st.just({"reference": "Encounter/v"}),
        dosage=some(text=LABELS, dose=QUANTITIES, route=CONCEPTS),
    ),
    "Immunization": some(
        status=st.sampled_from(["completed", "not-done"]),
        vaccineCode=CONCEPTS,
        occurrenceDateTime=st.one_of(DATES, st.just("2026-11-19")),
        encounter=st.just({"reference": "Encounter/v"}),
        lotNumber=st.just("Wexal"),
    ),
    "DeviceRequest": some(
        status=st.sampled_from(["active", "completed", "revoked", "entered-in-error"]),
        intent=st.sampled_from(["order", "plan", "directive"]),
        codeCodeableConcept=CONCEPTS,
        occurrenceDateTime=DATES,
        reasonCode=st.lists(CONCEPTS, min_size=1, max_size=1),
        note=st.lists(st.builds(dict, text=LABELS), min_size=1, max_size=1),
    ),
    "NutritionOrder": some(
        status=st.sampled_from(["active", "completed", "on-hold"]),
        oralDiet=some(type=st.lists(CONCEPTS, min_size=1, max_size=2), instruction=LABELS),
        supplement=st.lists(some(productName=LABELS, quantity=QUANTITIES), min_size=1, max_size=1),
        excludeFoodModifier=st.lists(CONCEPTS, min_size=1, max_size=1),
    ),
    "DocumentReference": st.builds(
        lambda status, lines: {
            "docStatus": status,
            "content": [
                {
                    "attachment": {
                        "contentType": "text/plain",
                        "data": base64.b64encode("\n".join(lines).encode()).decode(),
                    }
                }
            ],
        },
        st.sampled_from(["final", "preliminary"]),
        st.lists(st.one_of(st.sampled_from(["Assessment:", "Plan:", "Exam:"]), LABELS), min_size=2, max_size=6),
    ),
}


@st.composite
def visits(draw: st.DrawFn) -> dict[str, Json]:
    """The resources of one visit, by ``Type/id``; the prescriber among them."""
    found: dict[str, Json] = {
        "Practitioner/prescriber": {
            "resourceType": "Practitioner",
            "id": "prescriber",
            "name": [{"text": "Dr. Ombrix Sample"}],
        }
    }
    for kind, strategy in KINDS.items():
        for n, one in enumerate(draw(st.lists(strategy, min_size=1, max_size=2))):
            whose = {
                "patient" if kind in ("AllergyIntolerance", "Immunization", "NutritionOrder") else "subject": {
                    "reference": "Patient/p"
                }
            }
            found[f"{kind}/{n}"] = {"resourceType": kind, "id": str(n), **whose, **one}
    return found
