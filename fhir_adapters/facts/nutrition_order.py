"""An order of a diet (https://hl7.org/fhir/R4/nutritionorder.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.dosage import Timing
from fhir_adapters.facts.elements import Annotation, CodeableConcept, Element, Quantity, Ratio, Reference, Resource
from fhir_adapters.facts.when import When


class Nutrient(Element, frozen=True, kw_only=True):
    """How much of one nutrient: 2 g of sodium."""

    modifier: CodeableConcept | None = None
    amount: Quantity | None = None


class Texture(Element, frozen=True, kw_only=True):
    """How the food is to be: ground, pureed."""

    modifier: CodeableConcept | None = None


class OralDiet(Element, frozen=True, kw_only=True):
    """What is eaten."""

    type: tuple[CodeableConcept, ...] = ()
    schedule: tuple[Timing, ...] = ()
    nutrient: tuple[Nutrient, ...] = ()
    texture: tuple[Texture, ...] = ()
    fluid_consistency_type: tuple[CodeableConcept, ...] = ()
    instruction: str | None = None


class Supplement(Element, frozen=True, kw_only=True):
    """What is taken beside the diet."""

    type: CodeableConcept | None = None
    product_name: str | None = None
    schedule: tuple[Timing, ...] = ()
    quantity: Quantity | None = None
    instruction: str | None = None


class Administration(Element, frozen=True, kw_only=True):
    """How much at a time is given by tube, how fast, and when."""

    schedule: Timing | None = None
    quantity: Quantity | None = None
    rate_quantity: Quantity | None = None
    rate_ratio: Ratio | None = None


class EnteralFormula(Element, frozen=True, kw_only=True):
    """What is given by tube."""

    base_formula_type: CodeableConcept | None = None
    base_formula_product_name: str | None = None
    administration: tuple[Administration, ...] = ()
    max_volume_to_deliver: Quantity | None = None
    administration_instruction: str | None = None


class NutritionOrder(Resource, frozen=True, kw_only=True):
    """A diet, supplements, or a formula by tube."""

    status: str | None = None
    intent: str | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    date_time: When | None = None
    orderer: Reference | None = None
    food_preference_modifier: tuple[CodeableConcept, ...] = ()
    exclude_food_modifier: tuple[CodeableConcept, ...] = ()
    oral_diet: OralDiet | None = None
    supplement: tuple[Supplement, ...] = ()
    enteral_formula: EnteralFormula | None = None
    note: tuple[Annotation, ...] = ()
