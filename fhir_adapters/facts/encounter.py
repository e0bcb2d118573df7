"""A visit or another contact (https://hl7.org/fhir/R4/encounter.html): the elements read."""

from __future__ import annotations

import msgspec

from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.elements import (
    CodeableConcept,
    Coding,
    Element,
    Identifier,
    Period,
    Reference,
    Resource,
)


class EncounterParticipant(Element, frozen=True, kw_only=True):
    """Somebody who took part, with the part taken (v3-ParticipationType)."""

    type: tuple[CodeableConcept, ...] = ()
    individual: Reference | None = None


class EncounterDiagnosis(Element, frozen=True, kw_only=True):
    """A condition or procedure that the visit was about."""

    condition: Reference | None = None


class EncounterLocation(Element, frozen=True, kw_only=True):
    """Where the visit was."""

    location: Reference | None = None


class Encounter(Resource, frozen=True, kw_only=True):
    """An interaction of the patient with the practice."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[Contained, ...] = ()
    status: str | None = None
    class_: Coding | None = msgspec.field(default=None, name="class")
    type: tuple[CodeableConcept, ...] = ()
    service_type: CodeableConcept | None = None
    subject: Reference | None = None
    episode_of_care: tuple[Reference, ...] = ()
    based_on: tuple[Reference, ...] = ()
    participant: tuple[EncounterParticipant, ...] = ()
    appointment: tuple[Reference, ...] = ()
    period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    diagnosis: tuple[EncounterDiagnosis, ...] = ()
    location: tuple[EncounterLocation, ...] = ()
    service_provider: Reference | None = None
    part_of: Reference | None = None
