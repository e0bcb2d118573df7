"""What a visit leaves in the chart: a believable note, diagnoses, findings, results, orders and medicines."""

from __future__ import annotations

import base64
from datetime import datetime
from random import Random

from loopclose.sandbox.elements import ACT, LOINC, PART, RXNORM, SNOMED, TERMS, Json, concept, ref, stamp
from loopclose.sandbox.people import OUR_ORGANIZATION, Clinician
from loopclose.sandbox.stories import DRUGS, LISTED, Story


def visit_resources(
    n: str, patient: str, encounter: str, author: str, story: Story, end: datetime, note_status: str, rng: Random
) -> list[Json]:
    """Everything that hangs on one visit; ``note_status`` is the docStatus, or ``none`` for no note."""
    at = stamp(end)
    base = {"subject": ref(patient), "encounter": ref(encounter)}
    made: list[Json] = [
        {
            "resourceType": "Condition",
            "id": f"cond{n}",
            **base,
            "code": concept(SNOMED, *story.condition),
            "clinicalStatus": concept(f"{TERMS}condition-clinical", "active"),
            "verificationStatus": concept(f"{TERMS}condition-ver-status", "confirmed"),
            "recordedDate": at,
        },
        {
            "resourceType": "Condition",
            "id": f"ruled{n}",
            **base,
            "code": concept(SNOMED, *story.refuted),
            "verificationStatus": concept(f"{TERMS}condition-ver-status", "refuted"),
            "recordedDate": at,
        },
        _pressure(n, base, at, rng),
        _quantity(f"ldl{n}", base, at, "13457-7", "LDL cholesterol", rng.randint(70, 190), "mg/dL", rng.random() < 0.4),
        {
            "resourceType": "DiagnosticReport",
            "id": f"rep{n}",
            **base,
            "status": rng.choice(("final", "final", "preliminary")),
            "code": concept(LOINC, story.report[0], story.report[1]),
            "effectiveDateTime": at,
            "issued": at,
            "conclusion": story.report[2],
        },
        {
            "resourceType": "ServiceRequest",
            "id": f"ord{n}",
            **base,
            "status": "active",
            "intent": "order",
            "category": [concept(SNOMED, "363679005", "Imaging")],
            "code": concept(SNOMED, *story.order),
            "authoredOn": at,
            "requester": ref(author),
        },
        {
            "resourceType": "AllergyIntolerance",
            "id": f"all{n}",
            "patient": ref(patient),
            "clinicalStatus": concept(f"{TERMS}allergyintolerance-clinical", "active"),
            "code": concept(SNOMED, "91936005", "Allergy to penicillin"),
            "reaction": [{"manifestation": [concept(SNOMED, "271807003", "Rash")], "severity": "mild"}],
        },
    ]
    drugs = list(story.drugs)
    drugs += [
        extra for extra, odds in (("oxycodone", 0.06), ("zolpidem", 0.05), ("compound", 0.04)) if rng.random() < odds
    ]
    made += [medication(f"med{n}-{drug}", drug, patient, encounter, author, at, story.condition) for drug in drugs]
    listed = rng.choice(LISTED)
    made.append(medication(f"list{n}-{listed}", listed, patient, None, None, at, None))
    if note_status != "none":
        made.append(note(f"note{n}", patient, encounter, author, story, end, note_status))
    return made


def office_visit(fhir_id: str, who: str, clinician: Clinician, start: datetime, end: datetime) -> Json:
    """An office visit with one of our clinicians."""
    return {
        "resourceType": "Encounter",
        "id": fhir_id,
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "type": [{"text": "Office visit"}],
        "serviceType": {"text": clinician.specialty},
        "subject": ref(who),
        "participant": [{"type": [concept(PART, "PPRF")], "individual": ref(clinician.key)}],
        "period": {"start": stamp(start), "end": stamp(end)},
        "serviceProvider": ref(OUR_ORGANIZATION),
    }


def note(fhir_id: str, patient: str, encounter: str, author: str, story: Story, end: datetime, status: str) -> Json:
    """The visit note, with its sections, as a DocumentReference."""
    text = (
        f"Reason for referral:\n{story.question}\n\nExam:\n{story.exam}\n\nAssessment:\n{story.assessment}\n\n"
        f"Plan:\n{story.plan}\n\nFollow-up:\n{story.follow_up}\n"
    )
    return {
        "resourceType": "DocumentReference",
        "id": fhir_id,
        "status": "current",
        "docStatus": status,
        "type": concept(LOINC, "11488-4", "Consult note"),
        "subject": ref(patient),
        "date": stamp(end),
        "author": [ref(author)],
        "content": [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}}],
        "context": {"encounter": [ref(encounter)]},
    }


def medication(
    fhir_id: str,
    drug: str,
    patient: str,
    encounter: str | None,
    author: str | None,
    at: str,
    reason: tuple[str, str] | None,
) -> Json:
    """A MedicationRequest: ordered at a visit, or already on the list."""
    what = DRUGS[drug]
    coded: Json = {"text": what.name}
    if what.rxnorm:
        coded = {"coding": [{"system": RXNORM, "code": what.rxnorm, "display": what.name}], **coded}
    made: Json = {
        "resourceType": "MedicationRequest",
        "id": fhir_id,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": coded,
        "subject": ref(patient),
        "authoredOn": at[:10],
        "dosageInstruction": [
            {
                "text": what.text,
                **({"asNeededBoolean": True} if what.is_as_needed else {}),
                **(
                    {"timing": {"repeat": {"frequency": what.times, "period": 1, "periodUnit": "d"}}}
                    if what.times
                    else {}
                ),
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": what.dose.split(" ", 1)[1]}}],
            }
        ],
        "dispenseRequest": {"quantity": {"value": what.quantity}, "numberOfRepeatsAllowed": what.refills},
    }
    if encounter is None:
        return {**made, "reportedBoolean": True}
    made |= {"encounter": ref(encounter), "requester": ref(author or "")}
    return {**made, "reasonCode": [concept(SNOMED, *reason)]} if reason else made


def _pressure(n: str, base: Json, at: str, rng: Random) -> Json:
    parts = (("8480-6", "Systolic", rng.randint(112, 164)), ("8462-4", "Diastolic", rng.randint(66, 98)))
    return {
        "resourceType": "Observation",
        "id": f"bp{n}",
        **base,
        "status": "final",
        "effectiveDateTime": at,
        "code": concept(LOINC, "85354-9", "Blood pressure"),
        "component": [
            {"code": concept(LOINC, code, name), "valueQuantity": {"value": value, "unit": "mmHg"}}
            for code, name, value in parts
        ],
    }


def _quantity(fhir_id: str, base: Json, at: str, code: str, name: str, value: int, unit: str, high: bool) -> Json:
    made = {
        "resourceType": "Observation",
        "id": fhir_id,
        **base,
        "status": "final",
        "effectiveDateTime": at,
        "code": concept(LOINC, code, name),
        "valueQuantity": {"value": value, "unit": unit},
    }
    if high:
        made["interpretation"] = [concept(f"{TERMS}v3-ObservationInterpretation", "H", "High")]
    return made
