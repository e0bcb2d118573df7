"""Epic's way: classes, categories and codes of the site's own, days without a time, medicines and notes by reference.

The OIDs are Epic's; the site number in them (9999) is nobody's. The referral is told by its text only, nothing ties
it to a visit, and ``ServiceRequest.encounter`` is where the referrer ordered it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from loopclose.sandbox.dialects.notes import as_html, as_rtf, binary, text_of
from loopclose.sandbox.elements import LOINC, PART, Json, concept, named, ref, stamp
from loopclose.sandbox.model import Plan, Sandbox
from loopclose.sandbox.people import Clinician
from loopclose.sandbox.stories import DRUGS

SITE = "urn:oid:1.2.840.114350.1.13.9999.1.7"
CLASS = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
CLASSES = {"13": "Support OP Encounter", "5": "Appointment", "4": "HOV"}
VISIT_TYPE, CATEGORY, ORDER_CODE = f"{SITE}.10.698084.30", f"{SITE}.10.798268.30", f"{SITE}.2.696580"
REFERRAL, IMAGING = ("8", "Outpatient Referral"), ("5", "Imaging")
WORDS = ("AMB REFERRAL TO {}", "AMB REF {}", "REFERRAL TO {}")
"""How sites name a referral."""
ICD10 = {"29857009": "R07.9", "80313002": "R00.2", "275520000": "M79.669"}
STILL_OPEN = timedelta(hours=36)
"""Only visits that began longer ago are left as ``arrived``: they have happened whatever the clock says."""


def speak(box: Sandbox, plan: Plan, made: list[Json], rng: Random) -> None:
    """Write what was made for one referral as Epic does."""
    for resource in made:
        kind, fhir_id = resource["resourceType"], resource["id"]
        if kind == "Encounter":
            _visit(box, plan, resource, rng)
        elif kind == "ServiceRequest" and fhir_id == f"sr{plan.n}":
            _referral(box, plan, resource, rng)
        elif kind == "ServiceRequest":
            resource["category"] = [concept(CATEGORY, *IMAGING)]
            resource["code"] = concept(ORDER_CODE, f"9{plan.n}", resource["code"]["text"].upper())
        elif kind == "MedicationRequest":
            _medicine(box, resource)
        elif kind == "DocumentReference":
            _note(box, resource)
    _ordered_at(box, plan)
    if plan.end is not None:
        _beside(box, plan, plan.end, rng)


def _visit(box: Sandbox, plan: Plan, visit: Json, rng: Random) -> None:
    code = rng.choices(tuple(CLASSES), (60, 25, 15))[0]
    began = datetime.fromisoformat(visit["period"]["start"])
    zone = ZoneInfo(box.practice["timezone"])
    del visit["serviceProvider"], visit["serviceType"]
    visit |= _shown_as(code, "Office Visit")
    visit["participant"] = [_met(plan.clinician)]
    if rng.random() < 0.3:
        visit["participant"].append({"type": [concept(PART, "REF")], **_met(plan.referrer)})
    visit["location"] = [{"location": named("Location/main", "Harbor Heart Sample Clinic")}]
    if plan.plain:
        return
    if code == "5" and box.as_of - began > STILL_OPEN and rng.random() < 0.5:
        visit["status"] = "arrived"
        del visit["period"]["end"]
    elif rng.random() < 0.35 and began.astimezone(zone).date() < box.as_of.astimezone(zone).date():
        visit["period"] = dict.fromkeys(("start", "end"), began.astimezone(zone).date().isoformat())


def _referral(box: Sandbox, plan: Plan, referral: Json, rng: Random) -> None:
    words = rng.choice(WORDS).format(plan.clinician.specialty.upper())
    referral |= {
        "intent": rng.choice(("order", "order", "original-order")),
        "category": [concept(CATEGORY, *REFERRAL)],
        "code": {"coding": [{"system": ORDER_CODE, "code": f"3{len(words)}"}], "text": words},
        "encounter": named(f"Encounter/seen{plan.n}", "Office Visit"),
        "requester": {**named(plan.referrer.key, plan.referrer.name), "type": "Practitioner"},
        "occurrencePeriod": {"start": stamp(plan.authored)},
    }
    reason, name = plan.story.reason
    icd10 = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": ICD10[reason], "display": name}
    referral["reasonCode"][0]["coding"].append(icd10)


def _medicine(box: Sandbox, order: Json) -> None:
    """The codes stand in a Medication of its own; what the patient takes already is a plan."""
    coded = order.pop("medicationCodeableConcept")
    medication = {"resourceType": "Medication", "id": f"of-{order['id']}", "code": coded}
    box.add(medication, datetime.fromisoformat(order["meta"]["lastUpdated"]))
    order["medicationReference"] = named(f"Medication/{medication['id']}", coded["text"])
    drug = DRUGS[order["id"].split("-")[1]]
    if drug.times:
        days = max(1, drug.quantity // drug.times)
        order["dispenseRequest"]["expectedSupplyDuration"] = {"value": days, "unit": "Day"}
    if "reportedBoolean" in order:
        order["intent"] = "plan"


def _note(box: Sandbox, document: Json) -> None:
    """The same text twice, as HTML and as RTF, behind addresses relative to the base."""
    text, at = text_of(document), datetime.fromisoformat(document["meta"]["lastUpdated"])
    document["content"] = []
    for content_type, content in (("text/html", as_html(text)), ("text/rtf", as_rtf(text))):
        made = box.add(binary(f"{document['id']}.{content_type[5:]}", content_type, content), at)
        document["content"].append({"attachment": {"contentType": content_type, "url": f"Binary/{made['id']}"}})
    document["type"] = concept(f"{SITE}.4.737880.5010", "2", "Consult Note")
    document["type"]["coding"].append({"system": LOINC, "code": "11488-4", "display": "Consultation note"})
    document["author"] = [{**document["author"][0], "type": "Practitioner"}]


def _ordered_at(box: Sandbox, plan: Plan) -> None:
    """Every other referrer reads the same EHR: then the visit at which the referral was ordered is in it."""
    if plan.n % 2:
        return
    end = plan.authored + timedelta(minutes=20)
    seen = {
        "resourceType": "Encounter",
        "id": f"seen{plan.n}",
        "status": "finished",
        **_shown_as("13", "Office Visit"),
        "subject": ref(plan.patient),
        "participant": [_met(plan.referrer)],
        "period": {"start": stamp(plan.authored - timedelta(minutes=20)), "end": stamp(end)},
    }
    box.add(seen, end)
    box.tell(f"Encounter/{seen['id']}", None, None, "none")


def _beside(box: Sandbox, plan: Plan, end: datetime, rng: Random) -> None:
    """Telephone calls, which are no visits, and imaging orders, which are no referrals."""
    if rng.random() < 0.3:
        start = end - timedelta(days=1)
        call = {
            "resourceType": "Encounter",
            "id": f"call{plan.n}",
            "status": "finished",
            **_shown_as("13", "Telephone"),
            "subject": ref(plan.patient),
            "participant": [_met(plan.clinician)],
            "period": {"start": stamp(start), "end": stamp(start + timedelta(minutes=6))},
        }
        box.add(call, start)
        box.tell(f"Encounter/{call['id']}", None, None, "none")
    if rng.random() < 0.3:
        box.add(
            {
                "resourceType": "ServiceRequest",
                "id": f"xr{plan.n}",
                "status": "active",
                "intent": "order",
                "category": [concept(CATEGORY, *IMAGING)],
                "code": concept(ORDER_CODE, "34", "XR CHEST PA OR AP"),
                "subject": ref(plan.patient),
                "encounter": named(f"Encounter/seen{plan.n}", "Office Visit"),
                "authoredOn": stamp(plan.authored),
                "requester": named(plan.referrer.key, plan.referrer.name),
            },
            plan.authored,
        )


def _shown_as(code: str, kind: str) -> Json:
    """Class and type of an Encounter."""
    return {
        "class": {"system": CLASS, "code": code, "display": CLASSES[code]},
        "type": [concept(VISIT_TYPE, {"Office Visit": "101", "Telephone": "70"}[kind], kind)],
    }


def _met(who: Clinician) -> Json:
    return {"individual": {**named(who.key, who.name), "type": "Practitioner"}}
