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
    "DeviceRequest": ("An order of a device", "orders of devices"),
    "NutritionOrder": ("An order of a diet", "orders of diets"),
    "MedicationRequest": ("A medicine", "medicines"),
    "MedicationStatement": ("A medicine", "medicines as they are told"),
    "MedicationAdministration": ("A medicine that was given", "medicines given"),
    "Immunization": ("A vaccine", "vaccines"),
    "AllergyIntolerance": ("An allergy", "allergies"),
    "CarePlan": ("A care plan", "care plans"),
    "Appointment": ("A booking", "bookings"),
}
"""One and many of each type that a paper is made from."""
OPTIONAL = frozenset(
    {"CarePlan", "Appointment", "MedicationStatement", "MedicationAdministration", "Immunization"}
    | {"DeviceRequest", "NutritionOrder"}
)
"""Types that many EHRs do not have: they are asked for only where the EHR says that it has them by patient."""
TOLD_APART = frozenset({"DeviceRequest", "NutritionOrder"})
"""Types of which nothing is said where the EHR does not have them: then no more than services is spoken of."""
NOT_AVAILABLE = "{those}: not available from this EHR."
NONE_READ = "Nothing of it stands in what was read."
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


def refused(kind: str, why: str) -> str:
    """That nothing of a type was had, in the EHR's own words why."""
    return f"{_many(kind)} could not be read for this draft: {_plain(why)}."


def withheld(kind: str, why: str) -> str:
    """That the EHR says itself that it did not give all of a type."""
    return f"The EHR withheld part of its answer about {WORDS[kind][1]}: {_plain(why)}."


def warned(kind: str, why: str) -> str:
    """That the EHR's answer about a type came with a warning; what it means for the answer, a person must judge."""
    return f"The EHR gave its answer about {WORDS[kind][1]} with a warning: {_plain(why)}."


def not_had(material: Material, *kinds: str) -> list[Item]:
    """What of those types could not be had for this draft, and why, one item each."""
    whose = material.patient.key if material.patient else "Patient/unknown"
    source = Source(whose, "Patient.id", whose.partition("/")[2])
    return [(Sentence(material.gaps[kind], (source,)),) for kind in kinds if kind in material.gaps]


def list_is_whole(material: Material) -> bool:
    """Whether every medicine of the chart is here, as far as anybody can tell."""
    kinds = frozenset({"MedicationRequest", "MedicationStatement"})
    held = {key.partition("/")[0] for key in (*material.unsafe, *material.unsafe_listed)}
    missing = {*material.gaps, *held, *(material.not_given - OPTIONAL)}
    return material.caution is None and kinds.isdisjoint(missing)


def absent(material: Material, words: str, *kinds: str) -> str:
    """``words``, which say that nothing of those types was recorded, unless some of them may be there all the same:
    where the EHR keeps them from us or warns of its answer, where what it has was not read or not all of it, or stands
    in quarantine.
    """
    if material.caution is not None:
        return NOT_WHOLE
    if said := [material.gaps[kind] for kind in kinds if kind in material.gaps]:
        return " ".join(said)
    if missing := [kind for kind in kinds if kind in material.not_given and kind not in TOLD_APART]:
        listed = ", ".join(WORDS[kind][1] for kind in missing)
        unavailable = NOT_AVAILABLE.format(those=f"{listed[0].upper()}{listed[1:]}")
        return f"{NONE_READ} {unavailable}" if OPTIONAL.issuperset(missing) else unavailable
    held = (*material.unsafe, *material.unsafe_listed)
    if unread := [WORDS[kind][1] for kind in kinds if any(key.startswith(f"{kind}/") for key in held)]:
        return f"Not known here: of this patient's {', '.join(unread)} something stands in quarantine."
    return words


def _many(kind: str) -> str:
    words = WORDS[kind][1]
    return f"{words[0].upper()}{words[1:]}"


def _plain(why: str) -> str:
    return " ".join(why.split()).rstrip(".")
