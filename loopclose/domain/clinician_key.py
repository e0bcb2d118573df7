"""The key of a clinician in filters and addresses: one person, whatever another EHR calls by the same id.

Ids are made by each EHR for itself: ``Practitioner/ref0`` of two EHRs are two people. An NPI is one person everywhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

NPI = "npi"
BY_NAME = "~"
"""With which the digest of a name begins."""
LONGEST = 300
"""Characters of a key; what is longer is none."""


def clinician_key(ehr: str, npi: str | None, reference: str | None, name: str | None) -> str | None:
    """``npi:1093817465``, else ``main:Practitioner/7``, else the EHR and the name's digest; None for nobody.

    A key is of a limited length, as an index wants it, and a name is not.
    """
    if npi:
        return f"{NPI}:{npi}"
    same = " ".join((name or "").casefold().split())
    known = reference or (f"{BY_NAME}{hashlib.sha256(same.encode()).hexdigest()[:16]}" if same else None)
    return f"{ehr}:{known}" if known else None


def parse_key(key: str) -> tuple[str | None, str]:
    """(EHR, reference or digest of a name), or (None, NPI)."""
    ehr, _, value = key.partition(":")
    return (None, value) if ehr == NPI and value.isascii() and value.isdigit() else (ehr, value)


def is_key(text: str) -> bool:
    """Whether a text from outside can be a key at all."""
    ehr, _, value = text.partition(":")
    return bool(ehr and value) and len(text) <= LONGEST and text.isprintable()


def told_apart(people: Iterable[tuple[str, str | None, str | None, str | None]]) -> list[tuple[str, str]]:
    """(key, name) of each of (EHR, NPI, reference, name) once, by name; two of one name are told apart."""
    found: dict[str, tuple[str, str, str]] = {}
    for ehr, npi, reference, name in people:
        key = clinician_key(ehr, npi, reference, name)
        if key is not None:
            found[key] = min(found.get(key, ("\U0010ffff", "", "")), (name or key, ehr, npi or ""))
    same = Counter(name for name, _, _ in found.values())
    return sorted(
        ((key, _told(key, one) if same[one[0]] > 1 else one[0]) for key, one in found.items()), key=lambda pair: pair[1]
    )


def _told(key: str, one: tuple[str, str, str]) -> str:
    name, ehr, npi = one
    value = parse_key(key)[1]
    return (
        f"{name} (NPI {npi})" if npi else f"{name} ({ehr})" if value.startswith(BY_NAME) else f"{name} ({ehr}, {value})"
    )
