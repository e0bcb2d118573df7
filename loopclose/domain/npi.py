"""The National Provider Identifier, in the forms in which EHRs send it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from fhir_adapters.facts import Identifier

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
"""As FHIR writes it (https://hl7.org/fhir/R4/identifier-registry.html)."""
SYSTEMS = frozenset({"hl7.org/fhir/sid/us-npi", "2.16.840.1.113883.4.6"})
"""FHIR's name for the system without its scheme, and its OID in the HL7 registry, as C-CDA writes it."""
NAMES = frozenset({"npi", "national provider identifier"})
_BETWEEN = re.compile(r"[^a-z0-9]")
_SCHEME = re.compile(r"(?:https?://(?:www\.)?|urn:oid:|oid:)?")


def npi_of(identifiers: tuple[Identifier, ...]) -> str | None:
    """The NPI among some identifiers, its digits alone: by its system, however that is spelt, else by the type "NPI" or
    a system that bears that word (beside a system of the site's own only where the number can be an NPI). One that is
    marked as old comes last.
    """
    old: str | None = None
    for named in (_by_system, _by_type):
        for one in identifiers:
            if found := named(one):
                if one.use != "old":
                    return found
                old = old or found
    return old


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


@lru_cache(maxsize=256)
def _names_npi(system: str) -> bool:
    """Whether a system that is not FHIR's has NPI for a word of its name: ``NPI``, ``urn:vendor:npi``, the registry."""
    return not {"npi", "npiregistry", "nppes"}.isdisjoint(_BETWEEN.split(system.casefold()))


def _by_type(one: Identifier) -> str:
    said = [] if one.type is None else [one.type.text]
    said += [] if one.type is None else [text for each in one.type.coding for text in (each.display, each.code)]
    is_named = any((text or "").strip().casefold() in NAMES for text in said)
    if not is_named and not (one.system and _names_npi(one.system)):
        return ""
    found = _plain(one.value)
    return found if not one.system or npi_is_plausible(found) else ""


@lru_cache(maxsize=4096)
def _plain(value: str | None) -> str:
    """The ten digits of an NPI without what stands between them; whatever else was written, without spaces."""
    shown = "".join(unicodedata.normalize("NFKC", value or "").split())
    digits = "".join(sign for sign in shown if sign.isalnum()).casefold().removeprefix("npi")
    return digits if len(digits) == 10 and digits.isascii() and digits.isdigit() else shown
