"""By what something that we wrote into an EHR is known again when it is read: what we wrote never proves anything.

A server may drop ``meta.tag`` (Oracle Health: "unsupported fields will be ignored"), or give identifiers of its own in
place of ours. So there are marks that a resource carries itself, and marks that whoever wrote it remembers.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fhir_adapters.facts.communication import Communication
from fhir_adapters.facts.document_reference import DocumentReference
from fhir_adapters.facts.elements import Coding, Resource
from fhir_adapters.facts.task import Task

SYSTEM = "urn:uuid:0c1f6f0e-6a1d-5c7e-9a38-2b9d7f7d5b11"
"""The system of our tag and of our second identifier: a UUID, so that it is nobody else's."""
WRITTEN = Coding(system=SYSTEM, code="written", display="Written by Loopclose")
URI = "urn:ietf:rfc:3986"
"""The system of an identifier that is an address by itself, such as ``urn:uuid:…``."""


class Ours(msgspec.Struct, frozen=True):
    """What is remembered of what we wrote into one EHR."""

    keys: frozenset[str] = frozenset()
    """``Type/id``, as the server called it."""
    deliveries: frozenset[str] = frozenset()
    """The ids (UUIDs) of the deliveries of which something was handed over, whatever became of it."""
    names: frozenset[str] = frozenset()
    """Names of the files of those letters; each holds the letter's code, so that no other document is called so."""


NOTHING = Ours()


def is_ours(fact: Resource, ours: Ours = NOTHING) -> bool:
    """Whether we wrote it: by its own marks, or by what is remembered."""
    tagged = fact.meta is not None and WRITTEN.token in fact.meta.tag
    return tagged or any(one.startswith(f"{SYSTEM}|") for one in _identifiers(fact)) or is_remembered(fact, ours)


def is_remembered(fact: Resource, ours: Ours) -> bool:
    """Whether it is among what is remembered, whatever marks it carries."""
    if fact.key in ours.keys:
        return True
    if ours.deliveries and any(_uuid(one) in ours.deliveries for one in _identifiers(fact)):
        return True
    return bool(ours.names) and isinstance(fact, DocumentReference) and not ours.names.isdisjoint(_titles(fact))


def _uuid(identifier: str) -> str:
    return identifier.rpartition("|")[2].lower().removeprefix("urn:uuid:")


def _identifiers(fact: Resource) -> tuple[str, ...]:
    """``system|value`` of each."""
    if isinstance(fact, DocumentReference):
        return (*fact.identifier, *fact.master_identifier)
    if isinstance(fact, Communication):
        return fact.identifier
    return tuple(f"{one.system or ''}|{one.value or ''}" for one in fact.identifier) if isinstance(fact, Task) else ()


def _titles(document: DocumentReference) -> Iterator[str]:
    for content in document.content:
        if content.attachment is not None and content.attachment.title:
            yield content.attachment.title
