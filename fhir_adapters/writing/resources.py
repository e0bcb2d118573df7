"""The resources that are written of a letter: its document, the message that points at it, and the fulfilment Task.

https://hl7.org/fhir/R4/documentreference.html, communication.html and task.html; US Core 9, Writing clinical notes. All
carry two identifiers (the delivery's UUID, and one of our own system) and our tag, by which they are known again
(``facts.own``). Their shape is checked with fhir.resources before anything is sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fhir_adapters.facts.own import SYSTEM, URI, WRITTEN
from fhir_adapters.vendors.writing import TEXT, DocumentShape, MessageShape
from fhir_adapters.writing.letter import File, Letter
from fhir_adapters.writing.papers import Paper, papers_of, words_of

Json = dict[str, Any]
LOINC = "http://loinc.org"
CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
MESSAGES = "http://terminology.hl7.org/CodeSystem/communication-category"
TASKS = "http://hl7.org/fhir/CodeSystem/task-code"
CONSULT_NOTE = ("11488-4", "Consult note")
DOCUMENT = "urn:uuid:"
"""Begins what stands for a document in a message until the server has named it."""


class NotWritten(ValueError):
    """A resource of ours that has not the shape of FHIR; the message names the element, and no value."""


def identifiers(delivery: str, paper: str | None = None) -> list[Json]:
    """By what a repeat is told, and by what it is known as ours; ``paper``: the UUID of one beside the first."""
    return [{"system": URI, "value": f"urn:uuid:{paper or delivery}"}, {"system": SYSTEM, "value": delivery}]


def documents_of(letter: Letter, shape: DocumentShape, custodian: str | None = None) -> list[Json]:
    """Each paper as a document, the letter itself last: where that stands, all of them do."""
    return [document_of(letter, one, shape, custodian) for one in reversed(papers_of(letter, shape))]


def document_of(letter: Letter, paper: Paper, shape: DocumentShape, custodian: str | None = None) -> Json:
    """One paper as a DocumentReference; ``custodian``: ``Organization/id`` of the practice."""
    about = letter.about
    context = _without_gaps(
        encounter=_listed(_of_type(about.visit, "Encounter")),
        period={"end": _at(about.visit_end or about.signed_at)} if shape.needs_period or about.visit_end else None,
        related=_listed(about.referral),
    )
    own = identifiers(letter.delivery, paper.uuid)
    return _marked(
        own,
        resourceType="DocumentReference",
        masterIdentifier=own[0],
        status="current",
        docStatus="final",
        type=_concept(about.loinc, about.display),
        category=[{"coding": [{"system": CATEGORY, "code": "clinical-note", "display": "Clinical Note"}]}],
        subject={"reference": about.patient},
        date=_at(about.signed_at),
        author=_listed(_of_type(about.author, *shape.authors)),
        custodian=_reference(_of_type(custodian, "Organization")),
        description=about.title,
        content=[{"attachment": _attachment(one, about.signed_at)} for one in paper.files],
        context=context or None,
    )


def message_of(letter: Letter, shape: MessageShape, documents: Sequence[Json] = ()) -> Json:
    """That the letter was sent, as a Communication; it points at the ``urn:uuid:`` of its documents, the letter first,
    or has the words. Raises ``ValueError`` where it is to have them, and a paper has no such form.
    """
    about, words = letter.about, words_of(letter)
    payload: list[Json] = [
        {"contentReference": {"reference": one["identifier"][0]["value"]}} for one in reversed(documents)
    ]
    if shape.payload == "attachment":
        if words is None:
            raise ValueError("The letter has no words in plain text.")
        payload = [{"contentAttachment": _attachment(words, about.signed_at)}]
    made = _marked(
        identifiers(letter.delivery),
        resourceType="Communication",
        status="completed",
        category=[{"coding": [{"system": MESSAGES, "code": "notification", "display": "Notification"}]}],
        subject={"reference": about.patient},
        topic={"text": about.title},
        about=_listed(about.referral),
        encounter=_reference(_of_type(about.visit, "Encounter")),
        sent=_at(letter.at),
        recipient=[{"reference": letter.to}],
        sender=_reference(_of_type(about.author, "Practitioner", "PractitionerRole")),
        payload=payload,
    )
    return made if shape.elements is None else {name: made[name] for name in made if name in shape.elements}


def fulfilment_of(
    letter: Letter,
    document: str | None,
    received_at: datetime,
    *,
    counted: tuple[str, str] = CONSULT_NOTE,
    requester: str | None = None,
) -> Json:
    """The Task that says that the referral is fulfilled: the report was received, and when.

    ``document``: its ``DocumentReference/id``, where it stands in that chart; ``received_at``: aware, written with the
    offset it has; ``counted``: the letter's type and name where CMS50 counts it (value set Consultant Report), else a
    consult note's. It is made once a receipt is known, and never before, nor of an interim report or a notice: a Task
    in progress that has an output is an interim note (IHE 360X PCC-59, in HL7 COW's terms), and only a completed one
    whose period ends when the report came counts (CMS50, all stored versions). ``fulfill`` serves v1.x and COW, the
    consult note beside it v0.4.

    Raises ``ValueError`` where the letter answers no referral.
    """
    about = letter.about
    referral = _reference(_of_type(about.referral, "ServiceRequest"))
    if referral is None:
        raise ValueError("A letter that answers no referral fulfils none.")
    start = _at(about.signed_at) if about.signed_at <= received_at else None
    return _marked(
        identifiers(letter.delivery),
        resourceType="Task",
        basedOn=[referral],
        status="completed",
        intent="order",
        code={
            "coding": [
                {"system": TASKS, "code": "fulfill", "display": "Fulfill the focal request"},
                *_concept(*CONSULT_NOTE)["coding"],
            ]
        },
        focus=referral,
        **{"for": {"reference": about.patient}},
        executionPeriod=_without_gaps(start=start, end=_at(received_at)),
        authoredOn=_at(received_at),
        lastModified=_at(received_at),
        requester=_reference(requester or about.recipient),
        owner=_reference(_of_type(about.author, "Practitioner", "PractitionerRole", "Organization")),
        reasonCode=_concept(*counted),
        output=None
        if document is None
        else [{"type": _concept(about.loinc, about.display), "valueReference": {"reference": document}}],
    )  # no encounter: were the marks lost, it would tie the visit to the referral by our own word


def checked(resource: Json) -> Json:
    """The same, if it has the shape of FHIR R4; raises ``NotWritten``. The first check takes a part of a second."""
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "all of it"
        raise NotWritten(f"The {resource['resourceType']} is not written: {place} is not as FHIR wants it.") from None
    return resource


def _marked(own: list[Json], resourceType: str, **elements: Any) -> Json:
    made = {"resourceType": resourceType, "meta": {"tag": [_tag()]}, "identifier": own, **elements}
    return _without_gaps(**made)


def _tag() -> Json:
    return {"system": WRITTEN.system, "code": WRITTEN.code, "display": WRITTEN.display}


def _attachment(one: File, at: datetime) -> Json:
    """SHA-1 and size are FHIR's own check of an attachment (https://hl7.org/fhir/R4/datatypes.html#Attachment)."""
    return {
        "contentType": f"{TEXT};charset=utf-8" if one.media_type == TEXT else one.media_type,
        "data": base64.b64encode(one.content).decode(),
        "size": len(one.content),
        "hash": base64.b64encode(hashlib.sha1(one.content, usedforsecurity=False).digest()).decode(),
        "title": one.name,
        "creation": _at(at),
    }


def _concept(code: str, display: str) -> Json:
    return {"coding": [{"system": LOINC, "code": code, "display": display}]}


def _of_type(key: str | None, *types: str) -> str | None:
    """The key, if it is of one of those types: a booking is no encounter, and a name no practitioner."""
    return key if key is not None and key.partition("/")[0] in types else None


def _reference(key: str | None) -> Json | None:
    return None if key is None else {"reference": key}


def _listed(key: str | None) -> Sequence[Json] | None:
    return None if key is None else [{"reference": key}]


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _without_gaps(**elements: Any) -> Json:
    return {name: value for name, value in elements.items() if value is not None}
