"""A booking (https://hl7.org/fhir/R4/appointment.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.elements import CodeableConcept, Element, Identifier, Reference, Resource
from fhir_adapters.facts.when import When


class AppointmentParticipant(Element, frozen=True, kw_only=True):
    """Somebody, or somewhere, that is booked."""

    actor: Reference | None = None


class Appointment(Resource, frozen=True, kw_only=True):
    """A booking of a time, with us or with another practice."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[Contained, ...] = ()
    status: str | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    start: When | None = None
    end: When | None = None
    based_on: tuple[Reference, ...] = ()
    participant: tuple[AppointmentParticipant, ...] = ()
