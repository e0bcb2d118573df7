"""Searches for one type of one patient, with what a server may demand beside the patient.

US Core promises Observation and CarePlan by patient and category, and MedicationRequest by patient and intent
(https://hl7.org/fhir/us/core/STU6.1/CapabilityStatement-us-core-server.html); athenahealth's statement demands the
intent, Oracle Health the category of a CarePlan, and knows one. Every value there is asks for everything; what no
value covers (an Observation without a category) is found only where a search by the patient alone is allowed.
"""

from __future__ import annotations

from fhir_adapters.bundle import Found, Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import NotSupported, Refused

EVERY = {
    "CarePlan": ("category", "assess-plan"),
    "MedicationRequest": (
        "intent",
        "proposal,plan,order,original-order,reflex-order,filler-order,instance-order,option",
    ),
    "Observation": (
        "category",
        "laboratory,vital-signs,imaging,procedure,survey,exam,therapy,activity,social-history",
    ),
}
"""By type: the parameter that may be demanded, and every value of its code system (of CarePlan: the one
that US Core demands).
"""


def of_patient(client: FhirClient, kinds: list[str], patient: str) -> list[Found]:
    """What became of each type of one patient (``Patient/id``): asked by the patient alone, and with every value of
    what is demanded beside where that is not answered.
    """
    capabilities = client.capabilities()
    found = [*client.search_many([_first(capabilities, kind, patient) for kind in kinds])]
    again = [one.search.type for one in found if isinstance(one.problem, NotSupported) and len(one.search.params) == 1]
    other = {kind: _with_every(kind, patient) for kind in again if kind in EVERY}
    better = {
        one.search.type: one for one in client.search_many(other.values()) if not isinstance(one.problem, Refused)
    }
    return [better.get(one.search.type, one) for one in found]


def _first(capabilities: Capabilities, kind: str, patient: str) -> Search:
    if kind in EVERY and not capabilities.is_enough(kind, ["patient"]):
        return _with_every(kind, patient)
    return Search(kind, (("patient", patient),))


def _with_every(kind: str, patient: str) -> Search:
    return Search(kind, (("patient", patient), EVERY[kind]))
