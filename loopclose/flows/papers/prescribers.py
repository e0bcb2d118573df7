"""Who prescribed: by name, and whether it was one of us, whatever the order refers to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fhir_adapters.facts import MedicationRequest, MedicationStatement, Reference, Resource
from fhir_adapters.facts.references import local_key
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice


class Prescribers(NamedTuple):
    """By ``Practitioner/id``, ``PractitionerRole/id`` and the like: names, and which of them are ours."""

    names: dict[str, str]
    ours: frozenset[str]


def prescribers_of(facts: Iterable[Resource], directory: Directory, practice: Practice) -> Prescribers:
    """Whoever ordered or told of the medicines among those facts, as far as they are known."""
    keys = {local_key(one.requester) for one in facts if isinstance(one, MedicationRequest)}
    keys |= {local_key(one.information_source) for one in facts if isinstance(one, MedicationStatement)}
    people = {key: directory.person(Reference(reference=key)) for key in keys if key is not None}
    ours = frozenset(key for key, person in people.items() if directory.is_ours(person, practice))
    return Prescribers({key: person.name for key, person in people.items() if person.name}, ours)
