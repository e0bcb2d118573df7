"""A message that was sent (https://hl7.org/fhir/R4/communication.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.elements import (
    Element,
    Marks,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class CommunicationPayload(Element, frozen=True, kw_only=True):
    """What was sent."""

    content_reference: Reference | None = None


class Communication(Resource, frozen=True, kw_only=True):
    """A message to somebody, as evidence that a report left."""

    identifier: Marks = Marks()
    contained: tuple[Contained, ...] = ()
    part_of: tuple[Reference, ...] = ()
    status: str | None = None
    subject: Reference | None = None
    about: tuple[Reference, ...] = ()
    sent: When | None = None
    received: When | None = None
    recipient: tuple[Reference, ...] = ()
    payload: tuple[CommunicationPayload, ...] = ()
