"""Facts as FHIR R4 resources again, with the elements that a sentence of the paper tells; none where those are not all.

A resource that was quoted in part could mean more than it did: what has a value that is not written here stays words.
"""

from __future__ import annotations

from typing import Any

from fhir_adapters.facts import (
    AllergyIntolerance,
    CodeableConcept,
    Condition,
    Identifier,
    MedicationRequest,
    Observation,
    Procedure,
    Resource,
)
from loopclose.drafting.states import says, worst_of

Json = dict[str, Any]
STATUSES = {
    "condition-clinical": {"active", "recurrence", "relapse", "inactive", "remission", "resolved"},
    "condition-ver-status": {"unconfirmed", "provisional", "differential", "confirmed", "refuted"},
    "allergyintolerance-clinical": {"active", "inactive", "resolved"},
    "allergyintolerance-verification": {"unconfirmed", "confirmed", "refuted"},
}
"""Codes of R4's statuses that are written (https://hl7.org/fhir/R4/terminologies-valuesets.html); what was entered in
error is not."""
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


def resource_of(fact: Resource, patient: str) -> Json | None:
    """The resource of a fact about that patient (a reference), without id; None where it stays words."""
    if isinstance(fact, Condition):
        return _condition(fact, patient)
    if isinstance(fact, AllergyIntolerance):
        return _allergy(fact, patient)
    if isinstance(fact, MedicationRequest):
        return _medication(fact, patient)
    if isinstance(fact, Observation):
        return _observation(fact, patient)
    if isinstance(fact, Procedure):
        return _procedure(fact, patient)
    return None


def _condition(fact: Condition, patient: str) -> Json | None:
    if fact.code is None or not _is_told(fact, "condition-clinical", "condition-ver-status"):
        return None
    return without_gaps(
        resourceType="Condition",
        clinicalStatus=_status(fact.clinical_status, "condition-clinical"),
        verificationStatus=_status(fact.verification_status, "condition-ver-status"),
        code=concept(fact.code),
        subject={"reference": patient},
        onsetDateTime=fact.onset_date_time,
    )


def _allergy(fact: AllergyIntolerance, patient: str) -> Json | None:
    if fact.code is None or not _is_told(fact, "allergyintolerance-clinical", "allergyintolerance-verification"):
        return None
    shown = [[found for one in each.manifestation if (found := concept(one))] for each in fact.reaction]
    return without_gaps(
        resourceType="AllergyIntolerance",
        meta={"profile": [f"{US_CORE}allergyintolerance"]},
        clinicalStatus=_status(fact.clinical_status, "allergyintolerance-clinical"),
        verificationStatus=_status(fact.verification_status, "allergyintolerance-verification"),
        code=concept(fact.code),
        patient={"reference": patient},
        reaction=[{"manifestation": those} for those in shown if those],
    )


def _medication(fact: MedicationRequest, patient: str) -> Json | None:
    if fact.medication_codeable_concept is None or fact.status is None or fact.intent is None:
        return None
    told = [one.text for one in fact.dosage_instruction]
    if any(text is None for text in told):
        return None  # how it is taken is coded only: the paper has it in words
    return without_gaps(
        resourceType="MedicationRequest",
        status=fact.status,
        intent=fact.intent,
        doNotPerform=fact.do_not_perform or None,
        medicationCodeableConcept=concept(fact.medication_codeable_concept),
        subject={"reference": patient},
        authoredOn=_zoned(fact.authored_on),
        dosageInstruction=[{"text": text} for text in told],
    )


def _observation(fact: Observation, patient: str) -> Json | None:
    quantity, words = fact.value_quantity, fact.value_string
    chosen = concept(fact.value_codeable_concept) if fact.value_codeable_concept else None
    if fact.code is None or fact.status in (None, "entered-in-error") or fact.component:
        return None
    if (quantity is None or quantity.value is None) and not words and not chosen:
        return None
    amount = None
    if quantity is not None and quantity.value is not None:
        unit = quantity.unit or quantity.code
        amount = without_gaps(value=quantity.value, comparator=quantity.comparator, unit=unit)
    return without_gaps(
        resourceType="Observation",
        status=fact.status,
        code=concept(fact.code),
        subject={"reference": patient},
        effectiveDateTime=_zoned(fact.effective_date_time),
        valueQuantity=amount,
        valueString=words if not amount else None,
        valueCodeableConcept=chosen if not amount and not words else None,
    )


def _procedure(fact: Procedure, patient: str) -> Json | None:
    if fact.code is None or fact.status in (None, "entered-in-error"):
        return None
    return without_gaps(
        resourceType="Procedure",
        status=fact.status,
        code=concept(fact.code),
        subject={"reference": patient},
        performedDateTime=_zoned(fact.performed_date_time),
    )


def concept(found: CodeableConcept) -> Json:
    """A concept with its codes and text."""
    codings = [without_gaps(system=one.system, code=one.code, display=one.display) for one in found.coding]
    return without_gaps(coding=[one for one in codings if one], text=found.text)


def identifier(found: Identifier) -> Json:
    """A business identifier."""
    return without_gaps(
        use=found.use, type=concept(found.type) if found.type else None, system=found.system, value=found.value
    )


def without_gaps(**elements: Any) -> Json:
    """The elements that have a value: FHIR knows no empty ones."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def _status(found: CodeableConcept | None, system: str) -> Json | None:
    """A status by the worst of its codes and words; EHRs leave its system out, which the binding wants."""
    code = worst_of(found)
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]} if code else None


def _is_told(fact: Condition | AllergyIntolerance, clinical: str, verification: str) -> bool:
    """Whether each status says nothing, or what its value set has a code for: one that is left out reads as sure."""
    both = ((fact.clinical_status, clinical), (fact.verification_status, verification))
    return all(not says(one) or worst_of(one) in STATUSES[system] for one, system in both)


def _zoned(when: Any) -> Any:
    """A date, or a time that has its offset; one without means different moments to different readers."""
    return when if when and ("T" not in when or when[-1] == "Z" or when[-6:-5] in ("+", "-")) else None
