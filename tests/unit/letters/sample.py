"""A letter about a made-up patient, long or short, signed or not."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from fhir_adapters.facts import CodeableConcept, Coding, Identifier
from fhir_adapters.facts.contact import Address, Contact
from loopclose.domain.chart import Referrer
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.material import Material
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.drafting.schedules import RXNORM
from loopclose.letters.letter import Header, Letter, Party, Person, Seen, Signature
from tests.spec.cast import BOSTON, fact

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
NOTE = """Reason for referral:
Exertional chest pressure. Is this coronary disease, and may he stop atenolol?

History of present illness:
Three months of substernal pressure on climbing one flight of stairs, relieved within five minutes of rest. No pain at \
rest, no syncope, no orthopnea.

Exam:
BP 148/86 mmHg, pulse 58 regular. Soft 2/6 systolic murmur at the apex. Lungs clear. No edema.

Assessment:
Stable angina (CCS class II), intermediate pre-test probability.
Hypertension, above goal (≥ 140/90 mmHg).

Plan:
Stop atenolol; start metoprolol succinate 50 mg once a day.
CT coronary angiography within 2 weeks; we will send you the result.

Follow-up:
We see him again in 4 weeks. Please continue to manage his diabetes.
"""
ODD = """Assessment:
Señor Müller-Łukasiewicz, née Dvořák-Șerban: LDL ≥ 190 mg/dL → treat; target ≤ 70 mg/dL ± 5, T½ 7 h, 20 µg, CO₂ ↑.
Nguyễn Thị Ánh says “no” – it’s 37.5 °C… ☐ left ☑ right.

Plan:
Rest #panic("x") *b* _i_ $x$ \\#import "@preview/y:1.0.0" <label> @ref `raw` // no comment
"""
LONG = NOTE.replace(
    "Plan:\n", "Plan:\n" + "Take the blood pressure twice a day, sitting, after five minutes of rest.\n" * 75
)
NOTES = {"ordinary": NOTE, "long": LONG, "odd": ODD}


def coded(system: str, code: str, words: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def ordered(fhir_id: str, code: str, drug: str, how: str) -> Any:
    return fact(
        "MedicationRequest",
        fhir_id,
        status="active",
        intent="order",
        medicationCodeableConcept=coded(RXNORM, code, drug),
        dosageInstruction=[{"text": how}],
        authoredOn="2026-11-19",
    )


def material(text: str = NOTE, **more: Any) -> Material:
    """What the papers are made of."""
    note = fact(
        "DocumentReference",
        "note",
        docStatus="final",
        content=[{"attachment": {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}}],
    )
    given: dict[str, Any] = {
        "practice_name": "Harbor Cardiology",
        "zone": BOSTON,
        "day": date(2026, 11, 19),
        "author_name": "Dr. Heart Sample",
        "patient": fact("Patient", "p", name=[{"text": "Josef Sample"}], birthDate="1955-03-03", gender="male"),
        "question": fact(
            "ServiceRequest",
            "referral",
            status="active",
            intent="order",
            reasonCode=[{"text": "Exertional chest pressure for three months"}],
            note=[{"text": "Is this coronary disease? May he stop atenolol?"}],
        ),
        "referrer": Referrer("Dr. Lee Sample", "requester", False, organization_name="Elm Street Family Medicine"),
        "conditions": (
            fact(
                "Condition",
                "angina",
                code=coded(SNOMED, "233819005", "Stable angina"),
                clinicalStatus={"coding": [{"code": "active"}]},
                verificationStatus={"coding": [{"code": "confirmed"}]},
                onsetDateTime="2026-08-15",
            ),
        ),
        "observations": (
            fact(
                "Observation",
                "a1c",
                status="final",
                code=coded(LOINC, "4548-4", "Hemoglobin A1c"),
                valueQuantity={"value": 7.9, "unit": "%", "code": "%"},
                effectiveDateTime="2026-11-18",
            ),
        ),
        "procedures": (
            fact(
                "Procedure",
                "ecg",
                status="completed",
                code=coded(SNOMED, "29303009", "Electrocardiographic procedure"),
                performedDateTime="2026-11-19",
            ),
        ),
        "orders": (fact("ServiceRequest", "ct", status="active", intent="order", code={"text": "CT angiography"}),),
        "medications": (
            ordered("m1", "866436", "metoprolol succinate 50 MG Extended Release Oral Tablet", "1 tablet once a day"),
            ordered("m2", "617311", "atorvastatin 40 MG Oral Tablet", "1 tablet at bedtime"),
        ),
        "listed": (ordered("m3", "861004", "metformin hydrochloride 1000 MG Oral Tablet", "1 tablet twice a day"),),
        "allergies": (
            fact(
                "AllergyIntolerance",
                "penicillin",
                code=coded(RXNORM, "7980", "Penicillin"),
                clinicalStatus={"coding": [{"code": "active"}]},
                verificationStatus={"coding": [{"code": "confirmed"}]},
                reaction=[{"manifestation": [coded(SNOMED, "126485001", "Hives")]}],
            ),
        ),
        "documents": (note,),
    }
    return Material(**given | more)


HEADER = Header(
    document="5f0e1d9a-2f7b-5c11-9a43-0d5a5c1e2b77",
    version=1,
    at=datetime(2026, 11, 19, 20, 15, tzinfo=UTC),
    zone=BOSTON,
    practice=Party(
        name="Harbor Cardiology",
        key="Organization/harbor",
        contact=Contact(
            address=Address(lines=("12 Harbor Street",), city="Boston", state="MA", postal_code="02110"),
            phone="617-555-0140",
        ),
    ),
    author=Party(
        name="Dr. Heart Sample", key="Practitioner/heart", npi="1000000004", given=("Heart",), family="Sample"
    ),
    recipient=Party(
        name="Dr. Lee Sample",
        key="Practitioner/lee",
        npi="1000000012",
        given=("Lee",),
        family="Sample",
        organization="Elm Street Family Medicine",
        contact=Contact(address=Address(lines=("4 Elm Street",), city="Quincy", state="MA", postal_code="02169")),
    ),
    patient=Person(
        key="Patient/p",
        name="Josef Sample",
        given=("Josef",),
        family="Sample",
        born="1955-03-03",
        gender="male",
        identifiers=(
            Identifier(
                system="urn:oid:2.16.840.1.113883.3.9999",
                value="4471-03",
                type=CodeableConcept(coding=(Coding(code="MR"),)),
            ),
        ),
    ),
    ehr="https://ehr.example/fhir",
    seen=Seen(
        key="Encounter/e",
        kind="AMB",
        start=datetime(2026, 11, 19, 18, 0, tzinfo=UTC),
        end=datetime(2026, 11, 19, 18, 40, tzinfo=UTC),
        day=date(2026, 11, 19),
    ),
    referral=(Identifier(system="urn:oid:2.16.840.1.113883.3.9998", value="REF-2026-118"),),
)
SIGNATURE = Signature(name="Heart Sample, MD", at=datetime(2026, 11, 20, 14, 5, tzinfo=UTC))


def letter(text: str = NOTE, *, signed: bool = False, **more: Any) -> Letter:
    """The letter; a signed one has no facts beside its words."""
    made = material(text, **more)
    papers = {paper.kind: paper for paper in (consult_note(made), prescription_sheet(made))}
    if signed:
        return Letter(papers=papers, header=replace(HEADER, signature=SIGNATURE, at=SIGNATURE.at))
    facts = (
        *made.conditions,
        *made.observations,
        *made.reports,
        *made.procedures,
        *made.medications,
        *made.listed,
        *made.allergies,
    )
    return Letter(papers=papers, header=HEADER, facts=facts)
