"""What the referrer asked: the reasons of the request in whatever form, its notes; else why the patient came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fhir_adapters.facts import CodeableConcept, Condition, Reference, Resource
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Material
from loopclose.drafting.names import coded, line, plain
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.sentences import cited, name_source


def question_items(material: Material) -> list[Item]:
    """The question, each part as it stands; without any reason in it, that of the visit or what is asked for."""
    request = material.question
    if request is None:
        return []
    asked = [*_reasons(material, request, request.reason_code, request.reason_reference)]
    told = [line(note.text) for note in request.note if note.text]
    asked += [_one(words, cited(request, "note", words)) for words in told if words]
    visit = material.encounter
    if not asked and visit is not None:
        asked += _reasons(material, visit, visit.reason_code, visit.reason_reference, "Reason for the visit: ")
    if not asked and (service := coded(request.code)):
        asked.append(_one(f"{service}.", cited(request, "code", service)))
    return asked


def _reasons(
    material: Material,
    resource: Resource,
    codes: Iterable[CodeableConcept],
    references: Iterable[Reference],
    head: str = "",
) -> Iterator[Item]:
    for concept in codes:
        if words := coded(concept):
            yield _one(f"{head}{words}", cited(resource, "reasonCode", words))
    for reference in references:
        found = material.chart.get(local_key(reference) or "")
        if isinstance(found, Condition) and (words := coded(found.code)):
            yield _one(f"{head}{words}", name_source(found, found.code))
        elif reference.display:
            words = plain(reference.display)
            yield _one(f"{head}{words}", cited(resource, "reasonReference", words))


def _one(text: str, *sources: Source) -> Item:
    return (Sentence(text, sources),)
