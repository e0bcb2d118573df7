"""A medicine that orders refer to (https://hl7.org/fhir/R4/medication.html): as far as it names the drug."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_adapters.facts.elements import CodeableConcept, Element, Reference, Resource


class Ingredient(Element, frozen=True, kw_only=True):
    """What a medicine is made of."""

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None


class Medication(Resource, frozen=True, kw_only=True):
    """A drug; Epic's orders always name theirs by reference."""

    status: str | None = None
    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()

    @property
    def drug(self) -> CodeableConcept | None:
        """What it is called: by its code, or by what it is made of."""
        return self.code or made_of(self.ingredient)


def made_of(ingredients: Iterable[Ingredient]) -> CodeableConcept | None:
    """The name of a compounded medicine; None where none of its ingredients has one."""
    names = (
        (one.item_codeable_concept.label if one.item_codeable_concept else None)
        or (one.item_reference.display if one.item_reference else None)
        for one in ingredients
    )
    said = " / ".join(dict.fromkeys(name for name in names if name))
    return CodeableConcept(text=said) if said else None
