"""What a visit leaves in the chart: a believable note, diagnoses, findings, results, orders and medicines."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from loopclose.sandbox.people import OUR_ORGANIZATION, Clinician

SNOMED, LOINC, RXNORM = "http://snomed.info/sct", "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PART = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
TERMS = "http://terminology.hl7.org/CodeSystem/"


@dataclass(frozen=True)
class Story:
    """One clinical course that fits a specialty."""

    specialty: str
    question: str
    reason: tuple[str, str]
    condition: tuple[str, str]
    refuted: tuple[str, str]
    exam: str
    assessment: str
    plan: str
    follow_up: str
    report: tuple[str, str, str]
    order: tuple[str, str]
    drugs: tuple[str, ...]


DRUGS: dict[str, tuple[str | None, str, str, str, int, str, int, int]] = {
    # key: RxNorm, name, dose text, instruction, times, period unit, quantity, refills
    "metoprolol": (
        "866436",
        "metoprolol succinate 50 MG Extended Release Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth once a day",
        1,
        "d",
        90,
        3,
    ),
    "atorvastatin": (
        "617311",
        "atorvastatin 40 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth once a day in the evening",
        1,
        "d",
        90,
        3,
    ),
    "apixaban": (
        "1364445",
        "apixaban 5 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth twice a day",
        2,
        "d",
        180,
        1,
    ),
    "aspirin": ("243670", "aspirin 81 MG Oral Tablet", "1 tablet", "Take 1 tablet by mouth once a day", 1, "d", 90, 3),
    "lisinopril": (
        "314076",
        "lisinopril 10 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth once a day",
        1,
        "d",
        90,
        3,
    ),
    "nitroglycerin": (
        "198039",
        "nitroglycerin 0.4 MG Sublingual Tablet",
        "1 tablet",
        "Place 1 tablet under the tongue as needed for chest pain",
        1,
        "d",
        25,
        0,
    ),
    "oxycodone": (
        "1049621",
        "oxycodone hydrochloride 5 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth every 6 hours as needed for pain",
        4,
        "d",
        12,
        0,
    ),
    "zolpidem": (
        "854873",
        "zolpidem tartrate 10 MG Oral Tablet",
        "1 tablet",
        "Take 1 tablet by mouth at bedtime as needed",
        1,
        "d",
        14,
        0,
    ),
    "compound": (None, "compounded leg cream", "1 application", "Apply to the legs twice a day", 2, "d", 1, 0),
}
STORIES = (
    Story(
        "Cardiology",
        "Is the exertional chest pain cardiac, and may the patient go on exercising?",
        ("29857009", "Chest pain"),
        ("194828000", "Angina pectoris"),
        ("22298006", "Myocardial infarction"),
        "Regular rhythm, no murmur, lungs clear.",
        "Stable angina is likely. The stress echocardiogram showed inducible hypokinesis of the basal inferior wall.",
        "Start metoprolol succinate 50 mg daily. Coronary angiogram. No strenuous exercise until then.",
        "We see the patient again in 6 weeks. Please repeat lipids and ALT before that.",
        ("18752-6", "Stress echocardiogram", "Inducible hypokinesis of the basal inferior wall at peak stress."),
        ("33367000", "Coronary angiography"),
        ("metoprolol", "nitroglycerin"),
    ),
    Story(
        "Electrophysiology",
        "Are these palpitations an arrhythmia that needs treatment?",
        ("80313002", "Palpitations"),
        ("49436004", "Atrial fibrillation"),
        ("6456007", "Supraventricular tachycardia"),
        "Irregular pulse, no oedema.",
        "Paroxysmal atrial fibrillation with a CHA2DS2-VASc score of 3.",
        "Start apixaban 5 mg twice daily. Ambulatory rhythm monitor for 14 days.",
        "Return visit in 4 weeks with the monitor's result.",
        ("28010-7", "12-lead electrocardiogram", "Atrial fibrillation, ventricular rate 96 per minute."),
        ("164850009", "Ambulatory cardiac monitoring"),
        ("apixaban",),
    ),
    Story(
        "Vascular surgery",
        "Is the calf pain on walking arterial?",
        ("275520000", "Calf pain on walking"),
        ("399957001", "Peripheral arterial disease"),
        ("128053003", "Deep venous thrombosis"),
        "Weak pedal pulses on the left.",
        "Peripheral arterial disease of the left leg, claudication at 200 metres.",
        "Start aspirin 81 mg and atorvastatin 40 mg daily. Supervised walking programme.",
        "Ankle-brachial index again in 3 months.",
        ("24627-2", "Ankle-brachial index", "Left 0.72, right 1.01."),
        ("229070002", "Exercise programme"),
        ("aspirin", "atorvastatin"),
    ),
)
LISTED = ("lisinopril", "atorvastatin", "aspirin")


def story_for(specialty: str) -> Story:
    """The story of a specialty."""
    return next(story for story in STORIES if story.specialty == specialty)


def visit_resources(
    n: str, patient: str, encounter: str, author: str, story: Story, end: datetime, note_status: str, rng: Random
) -> list[dict[str, Any]]:
    """Everything that hangs on one visit; ``note_status`` is the docStatus, or ``none`` for no note."""
    at = stamp(end)
    base = {"subject": ref(patient), "encounter": ref(encounter)}
    made: list[dict[str, Any]] = [
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


def office_visit(fhir_id: str, who: str, clinician: Clinician, start: datetime, end: datetime) -> dict[str, Any]:
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


def note(
    fhir_id: str, patient: str, encounter: str, author: str, story: Story, end: datetime, status: str
) -> dict[str, Any]:
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
) -> dict[str, Any]:
    """A MedicationRequest: ordered at a visit, or already on the list."""
    rxnorm, name, dose, text, times, unit, quantity, refills = DRUGS[drug]
    coded = (
        {"coding": [{"system": RXNORM, "code": rxnorm, "display": name}], "text": name} if rxnorm else {"text": name}
    )
    made: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": fhir_id,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": coded,
        "subject": ref(patient),
        "authoredOn": at[:10],
        "dosageInstruction": [
            {
                "text": text,
                "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": unit}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": dose.split(" ", 1)[1]}}],
            }
        ],
        "dispenseRequest": {"quantity": {"value": quantity}, "numberOfRepeatsAllowed": refills},
    }
    if encounter is None:
        return {**made, "reportedBoolean": True}
    made |= {"encounter": ref(encounter), "requester": ref(author or "")}
    return {**made, "reasonCode": [concept(SNOMED, *reason)]} if reason else made


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept."""
    made: dict[str, Any] = {"coding": [{"system": system, "code": code}]}
    if text:
        made["coding"][0]["display"] = text
        made["text"] = text
    return made


def ref(key: str) -> dict[str, str]:
    """A Reference."""
    return {"reference": key}


def stamp(moment: datetime) -> str:
    """An instant as FHIR writes it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _pressure(n: str, base: dict[str, Any], at: str, rng: Random) -> dict[str, Any]:
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


def _quantity(
    fhir_id: str, base: dict[str, Any], at: str, code: str, name: str, value: int, unit: str, high: bool
) -> dict[str, Any]:
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
