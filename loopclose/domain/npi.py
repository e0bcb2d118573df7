"""The National Provider Identifier, in the forms in which EHRs send it."""

from __future__ import annotations

from functools import lru_cache

from fhir_adapters.facts import Identifier

SYSTEMS = frozenset({"http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"})
"""FHIR's name for the system, and its OID in the HL7 registry, as C-CDA writes it."""


def npi_of(identifiers: tuple[Identifier, ...]) -> str | None:
    """The NPI among some identifiers, without spaces: by its system, else by the type "NPI" of one without a system."""
    for one in identifiers:
        if (one.system or "").strip().rstrip("/") in SYSTEMS and (found := _plain(one.value)):
            return found
    for one in identifiers:
        if not one.system and _is_typed(one) and (found := _plain(one.value)):
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
    return (one.type.text or "").strip().upper() == "NPI" or any(coding.code == "NPI" for coding in one.type.coding)


def _plain(value: str | None) -> str:
    return "".join((value or "").split())
