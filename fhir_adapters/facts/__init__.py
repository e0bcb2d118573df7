"""Facts: frozen, I/O-free readings of FHIR resources, one module a resource."""

from fhir_adapters.facts.allergy_intolerance import AllergyIntolerance
from fhir_adapters.facts.appointment import Appointment
from fhir_adapters.facts.care_plan import CarePlan
from fhir_adapters.facts.communication import Communication
from fhir_adapters.facts.condition import Condition
from fhir_adapters.facts.device_request import DeviceRequest
from fhir_adapters.facts.diagnostic_report import DiagnosticReport
from fhir_adapters.facts.document_reference import DocumentReference
from fhir_adapters.facts.elements import CodeableConcept, Coding, Identifier, Period, Reference, Resource
from fhir_adapters.facts.encounter import Encounter
from fhir_adapters.facts.episode_of_care import EpisodeOfCare
from fhir_adapters.facts.immunization import Immunization
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

__all__ = [
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CodeableConcept",
    "Coding",
    "Communication",
    "Condition",
    "DeviceRequest",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "Identifier",
    "Immunization",
    "Medication",
    "MedicationAdministration",
    "MedicationRequest",
    "MedicationStatement",
    "NutritionOrder",
    "Observation",
    "Organization",
    "Patient",
    "Period",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Reference",
    "Resource",
    "ServiceRequest",
    "Task",
    "When",
]
