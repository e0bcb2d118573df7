"""Security labels of any resource (https://hl7.org/fhir/R4/security-labels.html): in its meta, and of a document."""

from __future__ import annotations

import msgspec

from fhir_adapters.facts.elements import CodeableConcept, Coding, Element

_HINT = b'"security'


class _Meta(Element, frozen=True, kw_only=True):
    security: tuple[Coding, ...] = ()


class _Labelled(Element, frozen=True, kw_only=True):
    meta: _Meta | None = None
    security_label: tuple[CodeableConcept, ...] = ()


def labels_of(raw: bytes) -> tuple[Coding, ...] | None:
    """The labels of a resource as it came; None where it has some that cannot be read, so that nobody knows."""
    if _HINT not in raw:
        return ()
    try:
        found = msgspec.json.decode(raw, type=_Labelled)
    except msgspec.MsgspecError:
        return None
    named = [coding for concept in found.security_label for coding in concept.coding]
    unnamed = any(not concept.coding for concept in found.security_label)
    labels = (*(found.meta.security if found.meta else ()), *named)
    return None if unnamed or any(not one.code for one in labels) else labels
