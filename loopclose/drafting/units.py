"""Amounts of results in words: units as clinicians write them, and no more digits than a chart shows."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from fhir_adapters.facts.elements import Quantity, Range
from loopclose.drafting.wording import number

WRITTEN = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "degF": "°F",
    "DegF": "°F",
    "degC": "°C",
    "DegC": "°C",
    "[lb_av]": "lb",
    "[oz_av]": "oz",
    "[in_i]": "in",
    "[ft_i]": "ft",
    "[iU]/L": "IU/L",
    "[iU]/mL": "IU/mL",
    "m[iU]/L": "mIU/L",
    "m[IU]/L": "mIU/L",
    "u[iU]/mL": "µIU/mL",
    "u[IU]/mL": "µIU/mL",
    "[IU]/L": "IU/L",
    "[IU]/mL": "IU/mL",
    "[iU]": "IU",
    "[IU]": "IU",
    "meq/L": "mEq/L",
    "10*3/uL": "thousand/µL",
    "10*6/uL": "million/µL",
    "10*9/L": "billion/L",
    "10*12/L": "trillion/L",
    "ug/L": "µg/L",
    "ug/mL": "µg/mL",
    "ug/dL": "µg/dL",
    "umol/L": "µmol/L",
    "uL": "µL",
    "kg/m2": "kg/m²",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "mL/min/1.73m2": "mL/min/1.73 m²",
    "a": "years",
    "mo": "months",
    "wk": "weeks",
    "d": "days",
    "h": "hours",
}
"""UCUM codes (https://ucum.org) that are not what a clinician writes."""
_UNNOTED = re.compile(r"\{[A-Za-z _]{1,30}+\}")
"""An annotation of UCUM, which means nothing: ``{beats}/min``."""
MOST_DECIMALS, DIGITS = 3, 4
"""More decimals than these are a computer's, as of a weight of 78.71823456789012 kg: four digits are left then."""


def unit_of(quantity: Quantity | None) -> str:
    """The unit as it is written; empty where there is none, or a mere annotation in braces."""
    unit = (quantity.unit or quantity.code or "").strip() if quantity is not None else ""
    unit = WRITTEN.get(unit, _UNNOTED.sub("", unit) if "/" in unit else unit)
    unit = WRITTEN.get(unit, unit)
    return "" if unit == "1" or (unit.startswith("{") and unit.endswith("}")) else unit


def figure(value: Decimal) -> str:
    """A number as it was written, or rounded where no instrument tells so many decimals."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= MOST_DECIMALS or value.adjusted() < -MOST_DECIMALS:
        return number(value)
    rounded = Context(prec=max(DIGITS, value.adjusted() + 1)).plus(value)
    return number(rounded.normalize() if rounded.as_tuple().exponent != 0 else rounded)


def measure(quantity: Quantity | None, *, bare: bool = False) -> str | None:
    """An amount with its unit, or without it (``bare``)."""
    if quantity is None or quantity.value is None:
        return None
    shown, unit = f"{quantity.comparator or ''}{figure(quantity.value)}", "" if bare else unit_of(quantity)
    return shown + ("%" if unit == "%" else f" {unit}" if unit else "")


def measures(values: Range | None) -> str | None:
    """From one amount to another: ``55–60%``; the unit once where it is the same."""
    if values is None:
        return None
    return between(values.low, values.high)


def between(low: Quantity | None, high: Quantity | None, unit: str = "") -> str | None:
    """``3.5–5.1``, ``up to 14 ng/L``, ``60 or more``. A unit that is ``unit`` was said before, and is left away."""
    if low is not None and low.value is not None and high is not None and high.value is not None:
        same = unit_of(low) in ("", unit_of(high))
        first = measure(low, bare=same or unit_of(low) == unit)
        second = measure(high, bare=unit_of(high) == unit)
        return f"{first}–{second}" if same else f"{first} to {second}"
    if low is not None and low.value is not None:
        return f"{measure(low, bare=unit_of(low) == unit)} or more"
    if high is not None and high.value is not None:
        return f"up to {measure(high, bare=unit_of(high) == unit)}"
    return None
