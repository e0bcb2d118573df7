"""Oracle Health's way: v2 classes or none, code sets of its own, visits without a time, notes behind full addresses.

Code set numbers and the codes of categories are those of the vendor's published examples; the tenant is nobody's.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from loopclose.sandbox.dialects.notes import as_pdf, binary, text_of
from loopclose.sandbox.elements import LOINC, PART, SNOMED, V2_CLASS, Json, concept, named, ref, stamp
from loopclose.sandbox.model import BASE, Plan, Sandbox
from loopclose.sandbox.stories import DRUGS

CODE_SET = "https://fhir.ehr.example/00000000-0000-4000-8000-000000000000/codeSet"
OUTPATIENT = {"system": V2_CLASS, "code": "O", "display": "Outpatient"}
UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
CONSULTS, PATIENT_CARE = ("636063", "Consults"), ("2515", "Patient Care")
LABORATORY, RADIOLOGY = ("2513", "Laboratory"), ("2517", "Radiology")
MAPPED = {LABORATORY: ("108252007", "Laboratory procedure"), RADIOLOGY: ("363679005", "Imaging")}
WORDS = ("Consult to {}", "Referral to {}")
OFTEN = {1: "Daily", 2: "BID", 4: "every 6 hr"}


def speak(box: Sandbox, plan: Plan, made: list[Json], rng: Random) -> None:
    """Write what was made for one referral as Oracle Health does."""
    for resource in made:
        kind, fhir_id = resource["resourceType"], resource["id"]
        if kind == "Encounter":
            _visit(plan, resource, rng)
        elif kind == "ServiceRequest" and fhir_id == f"sr{plan.n}":
            words = rng.choice(WORDS).format(plan.clinician.specialty)
            resource["intent"] = rng.choice(("instance-order", "instance-order", "order"))
            resource |= {"category": [_category(CONSULTS)], "code": _order(f"70{len(words)}", words)}
        elif kind == "ServiceRequest":
            resource |= {"category": [_category(RADIOLOGY)], "code": _order(f"29{plan.n}", resource["code"]["text"])}
        elif kind == "MedicationRequest":
            _medicine(resource)
        elif kind == "DocumentReference":
            _note(box, plan, resource)
    _beside(box, plan, rng)


def _visit(plan: Plan, visit: Json, rng: Random) -> None:
    kind = _coded(71, *rng.choice((("309309", "Outpatient"), ("22282402", "Clinic"))))
    kind["coding"].append(OUTPATIENT)
    attending = _coded(333, "1119", "Attending Physician")
    attending["coding"].append({"system": PART, "code": "ATND", "display": "attender"})
    visit |= {
        "class": OUTPATIENT,
        "type": [kind],
        "serviceType": _coded(34, f"31{len(plan.clinician.specialty)}", plan.clinician.specialty),
        "participant": [{"type": [attending], "individual": named(plan.clinician.key, plan.clinician.name)}],
        "serviceProvider": {**visit["serviceProvider"], "display": "Harbor Heart Sample Practice"},
    }
    if plan.plain:
        return
    if rng.random() < 0.12:
        visit["class"] = UNKNOWN
    if rng.random() < 0.15:
        del visit["period"]


def _medicine(order: Json) -> None:
    """Every other drug stands in a contained Medication; the dose is one line of text."""
    drug = DRUGS[order["id"].split("-")[1]]
    unit = drug.dose.split(" ", 1)[1].replace("tablet", "tab")
    route = "Topical" if unit == "application" else "Sublingual" if "Sublingual" in drug.name else "Oral"
    often = [*([OFTEN[drug.times]] if drug.times else []), *(["PRN"] if drug.is_as_needed else [])]
    order["dosageInstruction"][0]["text"] = (
        f"1 {unit}, {route}, {', '.join(often)}, {drug.quantity} {unit}, {drug.refills} Refill(s)"
    )
    if len(drug.name) % 2:
        coded = order.pop("medicationCodeableConcept")
        order["contained"] = [{"resourceType": "Medication", "id": "medication", "code": coded}]
        order["medicationReference"] = named("#medication", drug.name)


def _note(box: Sandbox, plan: Plan, document: Json) -> None:
    """As text, as PDF, or as both, behind addresses under the server's own base."""
    text, at = text_of(document), datetime.fromisoformat(document["meta"]["lastUpdated"])
    document["content"] = []
    forms = (("R", "text/plain", text.encode()), ("XR", "application/pdf", as_pdf(text)))
    for letters, content_type, content in (forms, forms[:1], forms[1:])[plan.n % 3]:
        made = box.add(binary(f"{letters}-{document['id']}", content_type, content), at)
        address = f"{BASE}/Binary/{made['id']}"
        document["content"].append(
            {
                "attachment": {
                    "contentType": content_type,
                    "url": address,
                    "title": "Consult Note",
                    "creation": stamp(at),
                }
            }
        )
    document["type"] = _coded(72, "2820507", "Consult Note-Physician")
    document["type"]["coding"].append({"system": LOINC, "code": "11488-4", "display": "Consult note"})


def _beside(box: Sandbox, plan: Plan, rng: Random) -> None:
    """Orders that are no referrals."""
    orders = (
        (LABORATORY, "Lipid Panel"),
        (RADIOLOGY, "CT Chest w/o Contrast"),
        (PATIENT_CARE, "Pain Assessment Adult"),
    )
    for n, (category, text) in enumerate(orders):
        if rng.random() < 0.15:
            box.add(
                {
                    "resourceType": "ServiceRequest",
                    "id": f"side{n}-{plan.n}",
                    "status": "active",
                    "intent": rng.choice(("order", "instance-order")),
                    "category": [_category(category)],
                    "code": _order(f"27{n}", text),
                    "subject": ref(plan.patient),
                    "authoredOn": stamp(plan.authored),
                    "requester": named(plan.referrer.key, plan.referrer.name),
                },
                plan.authored,
            )


def _category(category: tuple[str, str]) -> Json:
    made = _coded(6000, *category)
    if category in MAPPED:
        made["coding"] += concept(SNOMED, *MAPPED[category])["coding"]
    return made


def _order(code: str, text: str) -> Json:
    return {"coding": [{"system": f"{CODE_SET}/200", "code": code, "userSelected": True}], "text": text}


def _coded(code_set: int, code: str, text: str) -> Json:
    made = concept(f"{CODE_SET}/{code_set}", code, text)
    made["coding"][0]["userSelected"] = True
    return made
