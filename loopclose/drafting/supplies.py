"""Devices and diets that were ordered at the visit: what, when, by whom, why. They stand among the orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from fhir_adapters.facts import CodeableConcept, DeviceRequest, NutritionOrder, Reference, When
from fhir_adapters.facts.references import local_key
from loopclose.drafting.dosing_words import dose_per
from loopclose.drafting.names import coded, named, plain
from loopclose.drafting.orders import NOT_ORDERED, ORDER_WORDS, days_words, schedule_of
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.sentences import ERROR, About, beside, cited, told, who
from loopclose.drafting.units import measure

Supply: TypeAlias = DeviceRequest | NutritionOrder
KINDS = ("DeviceRequest", "NutritionOrder")
NOT_NAMED = {"DeviceRequest": "Device, not named", "NutritionOrder": "Diet, not named"}
HEADS = {**NOT_ORDERED, "directive": "By directive: "}
VOID = frozenset({"revoked", "cancelled", "stopped"})
NOTHING = "No orders were recorded at this visit."
NO_SERVICES = "No orders of tests or services were recorded at this visit."
"""What may be said where the EHR does not give orders of devices or diets."""


def supply_items(supplies: Sequence[Supply], about: About) -> list[Item]:
    """Each order with where it stands; one that a later one replaces, or is based on, is told by that."""
    devices = [one for one in supplies if isinstance(one, DeviceRequest) and one.status != ERROR]
    standing = [one for one in devices if one.status not in VOID]
    told_by = {local_key(each) for one in standing for each in (*one.prior_request, *one.based_on)}
    return [supply_item(one, about) for one in supplies if one.key not in told_by]


def supply_item(one: Supply, about: About) -> Item:
    """An order of a device or a diet; nothing of one that was entered in error."""
    if one.status == ERROR:
        return ()
    name, sources = _name(one)
    head = HEADS.get(one.intent or "", "")
    if head:
        sources.append(cited(one, "intent", one.intent or ""))
    notes = [*_state(one, sources), *_how(one, about, sources)]
    behind = f" ({', '.join(notes)})" if notes else ""
    return (
        told(about, one, f"{head}{name}{behind}", sources),
        *_instructed(one),
        *beside(one, "", "note", (note.text for note in one.note)),
    )


def nothing(not_given: Iterable[str]) -> str:
    """That nothing was ordered, as far as the EHR gives orders."""
    return NO_SERVICES if {*KINDS} & {*not_given} else NOTHING


def _name(one: Supply) -> tuple[str, list[Source]]:
    """What was ordered, with the elements that say so."""
    said = list(_device(one) if isinstance(one, DeviceRequest) else _diet(one))
    if not said:
        return NOT_NAMED[type(one).__name__], [cited(one, "id", one.id)]
    return ", ".join(words for _, words in said), [cited(one, path, words) for path, words in said]


def _device(one: DeviceRequest) -> Iterator[tuple[str, str]]:
    if one.code_codeable_concept is not None:
        yield "codeCodeableConcept", named(one.code_codeable_concept)
    elif one.code_reference is not None and one.code_reference.display:
        yield "codeReference.display", plain(one.code_reference.display)


def _diet(one: NutritionOrder) -> Iterator[tuple[str, str]]:
    """Diet, nutrients, texture, what is taken beside it, and what is left out."""
    if (diet := one.oral_diet) is not None:
        yield from _each("oralDiet.type", diet.type)
        for nutrient in diet.nutrient:
            words = " ".join(part for part in (coded(nutrient.modifier), measure(nutrient.amount)) if part)
            if words:
                yield "oralDiet.nutrient", words
        yield from _each("oralDiet.texture", (texture.modifier for texture in diet.texture))
        yield from _each("oralDiet.fluidConsistencyType", diet.fluid_consistency_type)
    for extra in one.supplement:
        product, quantity = extra.product_name or coded(extra.type), measure(extra.quantity)
        if product:
            yield "supplement", f"{plain(product)}{f', {quantity}' if quantity else ''}"
    if (formula := one.enteral_formula) is not None:
        product = formula.base_formula_product_name or coded(formula.base_formula_type)
        if product:
            yield "enteralFormula", f"by tube: {plain(product)}"
    yield from _each("foodPreferenceModifier", one.food_preference_modifier)
    yield from _each("excludeFoodModifier", one.exclude_food_modifier, "without ")


def _each(path: str, concepts: Iterable[CodeableConcept | None], head: str = "") -> Iterator[tuple[str, str]]:
    for concept in concepts:
        if words := coded(concept):
            yield path, f"{head}{words}"


def _instructed(one: Supply) -> Iterator[Sentence]:
    if isinstance(one, DeviceRequest):
        return
    diet, formula = one.oral_diet, one.enteral_formula
    yield from beside(one, "", "oralDiet.instruction", [diet.instruction if diet else None])
    yield from beside(one, "", "supplement.instruction", (extra.instruction for extra in one.supplement))
    words = formula.administration_instruction if formula else None
    yield from beside(one, "", "enteralFormula.administrationInstruction", [words])


def _state(one: Supply, sources: list[Source]) -> Iterator[str]:
    if one.status and (one.intent not in HEADS or one.status != "active"):
        sources.append(cited(one, "status", one.status))
        yield ORDER_WORDS.get(one.status, one.status)
    if isinstance(one, DeviceRequest) and one.priority in ("urgent", "asap", "stat"):
        sources.append(cited(one, "priority", one.priority))
        yield one.priority


def _how(one: Supply, about: About, sources: list[Source]) -> Iterator[str]:
    """When it is due, by whom, and why."""
    if isinstance(one, NutritionOrder):
        yield from _fed(one, about, sources)
        return
    if often := schedule_of(one.occurrence_timing, about):
        sources.append(cited(one, "occurrenceTiming", often))
        yield often
    if due := _due(one, about, sources):
        yield due
    if by := who(one, "performer", [one.performer], about):
        sources += by
        yield f"by {by[0].text}"
    reasons: tuple[CodeableConcept | Reference, ...] = (*one.reason_code, *one.reason_reference)
    words = [said for each in reasons if (said := _reason(each))]
    if words:
        path = "reasonCode" if one.reason_code else "reasonReference"
        sources.append(cited(one, path, "; ".join(words)))
        yield f"for {'; '.join(words)}"


def _fed(one: NutritionOrder, about: About, sources: list[Source]) -> Iterator[str]:
    """How often, and of what is given by tube how much and how fast."""
    said: list[tuple[str, str | None]] = []
    if one.oral_diet is not None:
        said += [("oralDiet.schedule", schedule_of(each, about)) for each in one.oral_diet.schedule]
    for extra in one.supplement:
        said += [("supplement.schedule", schedule_of(each, about)) for each in extra.schedule]
    for way in one.enteral_formula.administration if one.enteral_formula else ():
        rate = measure(way.rate_quantity) or (dose_per(way.rate_ratio) if way.rate_ratio else None)
        parts = (measure(way.quantity), f"at {rate}" if rate else None, schedule_of(way.schedule, about))
        said.append(("enteralFormula.administration", " ".join(part for part in parts if part)))
    if one.enteral_formula is not None and (most := measure(one.enteral_formula.max_volume_to_deliver)):
        said.append(("enteralFormula.maxVolumeToDeliver", f"at most {most}"))
    for path, words in said:
        if words:
            sources.append(cited(one, path, words))
            yield words


def _reason(one: CodeableConcept | Reference) -> str | None:
    if isinstance(one, CodeableConcept):
        return coded(one)
    return plain(one.display) if one.display else None


def _due(one: DeviceRequest, about: About, sources: list[Source]) -> str | None:
    period = one.occurrence_period
    days: list[When | None] = [period.start, period.end] if period else [one.occurrence_date_time]
    path = "occurrencePeriod" if period else "occurrenceDateTime"
    return days_words(one, path, days, about, sources)
