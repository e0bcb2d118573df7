"""Who ordered a medicine: as the order names them, by their record, or as it holds them itself."""

from __future__ import annotations

from fhir_adapters.facts import MedicationRequest
from fhir_adapters.facts.elements import HumanName
from fhir_adapters.facts.references import local_key, resolve
from loopclose.drafting.material import Material
from loopclose.drafting.paper import Source


def ordered_by(material: Material, one: MedicationRequest) -> Source | None:
    """Who ordered it: as the order names them, by their record, or as it holds them itself."""
    if one.requester is None:
        return None
    if one.requester.display:
        return Source(one.key, "MedicationRequest.requester.display", one.requester.display)
    who = resolve(one.requester)
    if who.kind == "contained":
        for inside in one.contained:
            behind = inside.practitioner
            name = _full(inside.name) or (behind.display if behind else None)
            if inside.id == who.value and name:
                return Source(one.key, "MedicationRequest.contained.name", name)
            key = local_key(behind)
            if inside.id == who.value and key is not None and key in material.names:
                return Source(key, "Practitioner.name", material.names[key])
    if who.key is not None and who.key in material.names:
        return Source(who.key, f"{who.type}.name", material.names[who.key])
    return None


def _full(name: tuple[HumanName, ...] | str | None) -> str | None:
    return name if isinstance(name, str) else next((one.full for one in name or () if one.full), None)
