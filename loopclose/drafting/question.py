"""What the referrer asked: the reasons of the request in whatever form, its details and notes; else why the patient
came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fhir_adapters.facts import CodeableConcept, Observation, Reference, Resource, ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Material, about
from loopclose.drafting.names import coded, line, plain
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.sentences import cited, name_source
from loopclose.drafting.values import value_words

NOT_READ = "A reason stands in another record, which was not read here"


def question_items(material: Material) -> list[Item]:
    """The question, each part as it stands; without any reason in it, that of the visit or what is asked for."""
    request = material.question
    if request is None:
        return []
    asked = [*_reasons(material, request, request.reason_code, request.reason_reference)]
    details = filter(None, map(coded, request.order_detail))
    asked += [_one(f"Asked for: {words}", cited(request, "orderDetail", words)) for words in details]
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
        yield _referred(material, resource, reference, head)


def _referred(material: Material, resource: Resource, reference: Reference, head: str) -> Item:
    """A reason that stands in another resource; where nobody can say which, that it does."""
    key = local_key(reference) or ""
    found = material.chart.get(key) or material.findings.get(key)
    if found is not None and (words := coded(found.code)):
        value = value_words(found, about(material)) if isinstance(found, Observation) else None
        also = [cited(found, *value)] if value else []
        return _one(f"{head}{words}{f': {value[1]}' if value else ''}", name_source(found, found.code), *also)
    if words := plain(reference.display or ""):
        return _one(f"{head}{words}", cited(resource, "reasonReference", words))
    inside = resource.contained if isinstance(resource, ServiceRequest) else ()
    meant = next((one for one in inside if one.id and reference.reference == f"#{one.id}"), None)
    if meant is not None and (words := coded(meant.concept)):
        return _one(f"{head}{words}", cited(resource, "contained.code", words))
    which = reference.reference or "a record that is not named"
    return _one(f"{head}{NOT_READ} ({which}).", cited(resource, "reasonReference", which))


def _one(text: str, *sources: Source) -> Item:
    return (Sentence(text, sources),)
