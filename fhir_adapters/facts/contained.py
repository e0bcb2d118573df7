"""A resource inside another (https://hl7.org/fhir/R4/references.html#contained): who somebody is, no more."""

from __future__ import annotations

from fhir_adapters.facts.elements import CodeableConcept, Element, HumanName, Identifier, Reference
from fhir_adapters.facts.medication import Ingredient, made_of


class Contained(Element, frozen=True, kw_only=True):
    """A contained Practitioner, PractitionerRole or Organization, as far as it names somebody."""

    resource_type: str | None = None
    id: str | None = None
    identifier: tuple[Identifier, ...] | Identifier | None = None
    name: tuple[HumanName, ...] | str | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Its business identifiers: some types have one, and others a list."""
        return self.identifier if isinstance(self.identifier, tuple) else (self.identifier,) if self.identifier else ()


class ContainedBinary(Element, frozen=True, kw_only=True):
    """A contained resource, as far as it holds the words of a note."""

    id: str | None = None
    content_type: str | None = None
    data: str | None = None


class ContainedMedication(Element, frozen=True, kw_only=True):
    """A contained resource, as far as it names a drug or somebody."""

    resource_type: str | None = None
    id: str | None = None
    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()
    name: tuple[HumanName, ...] | str | None = None
    practitioner: Reference | None = None
    """Of a contained role."""

    @property
    def drug(self) -> CodeableConcept | None:
        """What the drug is called: by its code, or by what it is made of."""
        return self.code or made_of(self.ingredient)
