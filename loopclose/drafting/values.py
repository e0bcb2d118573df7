"""The value of a result in words, of whatever type it is, or why there is none."""

from __future__ import annotations

from fhir_adapters.facts import CodeableConcept, Observation, Period
from fhir_adapters.facts.elements import Ratio
from fhir_adapters.facts.observation import ObservationComponent
from loopclose.drafting.names import coded, line
from loopclose.drafting.sentences import About
from loopclose.drafting.units import measure, measures, unit_of
from loopclose.drafting.wording import date_words, number

ABSENT = {
    "unknown": "not known",
    "asked-unknown": "asked, not known",
    "temp-unknown": "not yet known",
    "not-asked": "not asked",
    "asked-declined": "the patient declined",
    "masked": "withheld",
    "not-applicable": "does not apply",
    "as-text": "see the text",
    "error": "an error",
    "not-a-number": "no number",
    "not-performed": "not performed",
    "not-permitted": "not permitted",
}
"""http://terminology.hl7.org/CodeSystem/data-absent-reason."""
CURVE = "recorded as a curve, not shown here"


def value_words(found: Observation | ObservationComponent, about: About) -> tuple[str, str] | None:
    """The element that holds the value, and the value in words; the reason where it is said to be absent."""
    ratio, period = found.value_ratio, found.value_period
    said: dict[str, str | None] = {
        "valueQuantity": measure(found.value_quantity),
        "valueCodeableConcept": coded(found.value_codeable_concept),
        "valueBoolean": None if found.value_boolean is None else "yes" if found.value_boolean else "no",
        "valueInteger": None if found.value_integer is None else number(found.value_integer),
        "valueDateTime": date_words(found.value_date_time, about.zone) if found.value_date_time else None,
        "valueRatio": _per(ratio) if ratio else None,
        "valueRange": measures(found.value_range),
        "valueString": line(found.value_string) if found.value_string else None,
        "valueTime": found.value_time,
        "valuePeriod": _period(period, about) if period else None,
        "valueSampledData": CURVE if found.value_sampled_data is not None else None,
        "dataAbsentReason": _absent(found.data_absent_reason),
    }
    return next(((element, words) for element, words in said.items() if words), None)


def codes_of(concept: CodeableConcept | None) -> list[str]:
    """The codes of a concept, of whatever systems."""
    return [coding.code for coding in concept.coding if coding.code] if concept else []


def _per(ratio: Ratio) -> str | None:
    """``1:128``, or one amount for another."""
    over, under = ratio.numerator, ratio.denominator
    if over is not None and under is not None and not unit_of(over) and not unit_of(under):
        return f"{measure(over)}:{measure(under)}"
    return " / ".join(text for one in (over, under) if (text := measure(one))) or None


def _period(period: Period, about: About) -> str | None:
    parts = [
        (head, date_words(when, about.zone)) for head, when in (("from", period.start), ("to", period.end)) if when
    ]
    return " ".join(f"{head} {day}" for head, day in parts) or None


def why_absent(reason: CodeableConcept | None) -> str | None:
    """Why there is no value, in words; None where it is not said that there is none."""
    if reason is None:
        return None
    known = next((ABSENT[code] for code in codes_of(reason) if code in ABSENT), None)
    return known or coded(reason) or "no reason given"


def _absent(reason: CodeableConcept | None) -> str | None:
    why = why_absent(reason)
    return f"not available ({why})" if why else None
