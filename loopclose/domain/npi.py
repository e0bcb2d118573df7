"""The National Provider Identifier, in the forms in which EHRs send it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from fhir_adapters.facts import Identifier

SYSTEMS = frozenset({"hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6", "2.16.840.1.113883.4.6"})
"""FHIR's name for the system, without http or https, and its OID in the HL7 registry, as C-CDA writes it."""
NAMES = frozenset({"npi", "national provider identifier"})


def npi_of(identifiers: tuple[Identifier, ...]) -> str | None:
    """The NPI among some identifiers, its digits alone: by its system, else by the type "NPI" of one without a system,
    or of one in a system of the site's own where the number can be an NPI. One that is marked as old comes last.
    """
    in_order = identifiers if len(identifiers) < 2 else sorted(identifiers, key=lambda one: one.use == "old")
    for one in in_order:
        if one.system and _system(one.system) in SYSTEMS and (found := _plain(one.value)):
            return found
    for one in in_order:
        if _is_typed(one) and (found := _plain(one.value)) and (not one.system or npi_is_plausible(found)):
            return found
    return None


@lru_cache(maxsize=4096)  # a practice knows some hundred referrers, each of many reports
def npi_is_plausible(npi: str) -> bool:
    """Luhn check with the prefix 80840. Real data fails it now and then: a reason to warn, never to reject."""
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()):
        return False
    digits = [int(digit) for digit in "80840" + npi]
    doubled = [n * 2 - 9 if n * 2 > 9 else n * 2 for n in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_typed(one: Identifier) -> bool:
    if one.type is None:
        return False
    said = [
        one.type.text,
        *(coding.display for coding in one.type.coding),
        *(coding.code for coding in one.type.coding),
    ]
    return any((text or "").strip().casefold() in NAMES for text in said)


@lru_cache(maxsize=64)
def _system(written: str) -> str:
    return written.strip().rstrip("/").casefold().removeprefix("https://").removeprefix("http://")


@lru_cache(maxsize=4096)
def _plain(value: str | None) -> str:
    """The ten digits of an NPI without what stands between them; whatever else was written, without spaces."""
    shown = "".join(unicodedata.normalize("NFKC", value or "").split())
    digits = "".join(sign for sign in shown if sign.isalnum()).casefold().removeprefix("npi")
    return digits if len(digits) == 10 and digits.isascii() and digits.isdigit() else shown
