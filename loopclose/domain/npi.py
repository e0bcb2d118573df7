"""The National Provider Identifier, in the forms in which EHRs send it."""

from __future__ import annotations

import re
from functools import lru_cache

from fhir_adapters.facts import Identifier

SYSTEMS = frozenset({"hl7.org/fhir/sid/us-npi", "2.16.840.1.113883.4.6"})
"""FHIR's name for the system without its scheme, and its OID in the HL7 registry, as C-CDA writes it."""
_SCHEME = re.compile(r"(?:https?://(?:www\.)?|urn:oid:|oid:)?")
_TEN_DIGITS = re.compile(r"(?:npi\D{0,2})?(\d{10})", re.IGNORECASE | re.ASCII)


def npi_of(identifiers: tuple[Identifier, ...]) -> str | None:
    """The NPI among some identifiers: by its system, however that is spelt, else by the type "NPI" (beside a system
    of the site's own only where the value has ten digits). One that is not used any more comes last.
    """
    old: str | None = None
    for named in (_by_system, _by_type):
        for one in identifiers:
            if (found := named(one)) and one.use != "old":
                return found
            old = old or found
    return old or None


@lru_cache(maxsize=4096)  # a practice knows some hundred referrers, each of many reports
def npi_is_plausible(npi: str) -> bool:
    """Luhn check with the prefix 80840. Real data fails it now and then: a reason to warn, never to reject."""
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()):
        return False
    digits = [int(digit) for digit in "80840" + npi]
    doubled = [n * 2 - 9 if n * 2 > 9 else n * 2 for n in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _by_system(one: Identifier) -> str:
    return _plain(one.value) if one.system and _is_npi_system(one.system) else ""


@lru_cache(maxsize=256)  # an EHR writes a handful
def _is_npi_system(system: str) -> bool:
    plain = system.strip().rstrip("/").casefold()
    return _SCHEME.sub("", plain, count=1) in SYSTEMS


def _by_type(one: Identifier) -> str:
    if one.type is None:
        return ""
    typed = (one.type.text or "").strip().casefold() in ("npi", "national provider identifier")
    if not typed and all(coding.code != "NPI" for coding in one.type.coding):
        return ""
    found = _plain(one.value)
    return found if not one.system or _TEN_DIGITS.fullmatch(found) else ""


def _plain(value: str | None) -> str:
    """Without spaces; without dashes and a leading "NPI", too, where ten digits are left."""
    text = "".join((value or "").split())
    ten = _TEN_DIGITS.fullmatch(text.replace("-", ""))
    return ten[1] if ten else text
