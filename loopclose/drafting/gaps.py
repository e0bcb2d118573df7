"""What of a visit could not be read: it is named, and nothing of its kind is said to be absent."""

from __future__ import annotations

from collections.abc import Iterable

from loopclose.drafting.material import Material
from loopclose.drafting.paper import Item, Sentence, Source

WORDS = {
    "DocumentReference": ("A note", "notes"),
    "Condition": ("A diagnosis", "diagnoses"),
    "Observation": ("A finding or result", "findings and results"),
    "DiagnosticReport": ("A diagnostic report", "diagnostic reports"),
    "Procedure": ("A procedure", "procedures"),
    "ServiceRequest": ("An order", "orders"),
    "MedicationRequest": ("A medicine", "medicines"),
    "MedicationStatement": ("A medicine", "medicines as they are told"),
    "MedicationAdministration": ("A medicine that was given", "medicines given"),
    "Immunization": ("A vaccine", "vaccines"),
    "AllergyIntolerance": ("An allergy", "allergies"),
}
"""One and many of each type that a paper is made from."""
MAY_BE_LACKING = frozenset({"MedicationStatement", "MedicationAdministration", "Immunization"})
"""Types that an EHR need not have: its list of medicines stands among the orders then (US Core). Where it has them and
does not give them, it is said."""
NOT_WHOLE = "Not known here: none is kept, and not everything could be read for this draft."
FINDINGS = ("Condition", "Observation", "DiagnosticReport", "Procedure")
UNSAFE = "could not be read safely and stands in quarantine"


def unsafe(keys: Iterable[str], *kinds: str) -> list[Item]:
    """That something of those types stands in quarantine, one item each."""
    found: list[Item] = []
    for key in keys:
        kind, _, fhir_id = key.partition("/")
        if kind in kinds:
            found.append((Sentence(f"{WORDS[kind][0]} {UNSAFE}.", (Source(key, f"{kind}.id", fhir_id),)),))
    return found


def is_unsafe(keys: Iterable[str], *kinds: str) -> bool:
    """Whether something of those types stands in quarantine."""
    return any(key.partition("/")[0] in kinds for key in keys)


def absent(material: Material, words: str, *kinds: str) -> str:
    """``words``, which say that nothing of those types was recorded, unless some of them may be there all the same:
    where the EHR keeps them from us, or what it has was not read, or not all of it.
    """
    if material.caution is not None:
        return NOT_WHOLE
    withheld = [WORDS[kind][1] for kind in kinds if kind in material.not_given]
    return f"Not known here: the EHR does not give us {', '.join(withheld)}." if withheld else words
