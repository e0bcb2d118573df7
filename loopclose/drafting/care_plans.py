"""Assessment and plan as US Core keeps them in the narrative of a CarePlan, where no note of the visit holds them."""

from __future__ import annotations

import base64
from dataclasses import replace

from fhir_adapters.facts import CarePlan, DocumentReference
from fhir_adapters.facts.document_reference import DocumentContent
from fhir_adapters.facts.elements import Attachment
from loopclose.drafting.material import Material
from loopclose.drafting.notes.note import Note, read_note
from loopclose.drafting.paper import Source
from loopclose.drafting.values import codes_of

ASSESS_PLAN = "assess-plan"
"""http://hl7.org/fhir/us/core/CodeSystem/careplan-category."""
NOT_MEANT = frozenset({"entered-in-error", "revoked"})


def plans_of(material: Material) -> list[Note]:
    """The care plans of the visit, read like notes; of one without a heading everything is the plan."""
    found = []
    for one in material.care_plans:
        if one.status in NOT_MEANT or ASSESS_PLAN not in [code for kind in one.category for code in codes_of(kind)]:
            continue
        if one.text is not None and one.text.div:
            note = read_note(_as_document(one, one.text.div), {})
            if isinstance(note, Note):
                found.append(_as_plan(one, note))
    return found


def _as_plan(one: CarePlan, note: Note) -> Note:
    """With its source in the care plan; what stands under no heading is what is planned."""
    sections = tuple(
        replace(section, code="plan") if section.code in ("text", "other", "findings") else section
        for section in note.sections
    )
    return replace(note, sections=sections, sources=(Source(one.key, "CarePlan.text.div", ""),), stands_in=one.key)


def _as_document(one: CarePlan, div: str) -> DocumentReference:
    form = Attachment(content_type="text/html", data=base64.b64encode(div.encode()).decode())
    return DocumentReference(id=one.id, status="current", content=(DocumentContent(attachment=form),))
