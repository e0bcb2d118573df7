"""A letter as a FHIR R4 document: a Bundle whose first entry is a Composition, with all that this refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

from loopclose.domain.npi import NPI_SYSTEM
from loopclose.domain.outside_text import harmless, one_line
from loopclose.drafting.paper import Section
from loopclose.errors import UsageError
from loopclose.letters.fhir_facts import US_CORE, Json, identifier, resource_of, without_gaps
from loopclose.letters.letter import Header, Letter, Party, name_parts
from loopclose.letters.printed import said, told

LOINC = "http://loinc.org"
CODES = {
    "question": ("42349-1", "Reason for referral (narrative)"),
    "assessment": ("51848-0", "Evaluation note"),
    "plan": ("18776-5", "Plan of care note"),
    "findings": ("10164-2", "History of Present illness Narrative"),
    "ordered": ("57828-6", "Prescription list"),
    "listed": ("10160-0", "History of Medication use Narrative"),
    "allergies": ("48765-2", "Allergies and adverse reactions Document"),
}
"""LOINC codes of the paper's sections; the others have their title alone."""
_XHTML = "http://www.w3.org/1999/xhtml"


class RefusedBundle(UsageError):
    """A document that is no FHIR; the message is a sentence that names the element."""


def to_fhir(letter: Letter) -> bytes:
    """The Bundle as JSON in UTF-8; raises ``RefusedBundle`` where it has no right shape."""
    head = letter.header
    made = {
        "resourceType": "Bundle",
        "identifier": _uuid(head.document),
        "type": "document",
        "timestamp": head.at.astimezone(head.zone).isoformat(timespec="seconds"),
        "entry": [{"fullUrl": url, "resource": one} for url, one in dict(_resources(letter)).items()],
    }
    try:
        return Bundle.model_validate(made).model_dump_json(exclude_none=True).encode()
    except ValidationError as problem:
        place = ".".join(str(part) for part in problem.errors(include_url=False, include_input=False)[0]["loc"])
        raise RefusedBundle(f"The FHIR document is not written: {place} is not as FHIR wants it.") from problem


def _resources(letter: Letter) -> Iterator[tuple[str, Json]]:
    """By full address: the Composition, whoever and whatever it refers to, and where its sentences come from."""
    head = letter.header
    patient = url_of(head.patient.key)
    facts = {fact.key: made for fact in letter.facts if (made := resource_of(fact, patient)) is not None}
    yield _document_url(head), _composition(letter, facts)
    yield patient, _patient(head)
    if head.author is not None:
        yield url_of(head.author.key or "author"), _practitioner(head.author)
    yield _practice_url(head), _organization(head.practice)
    if not letter.is_notice:
        yield url_of(head.seen.key), _encounter(head)
    yield _request_url(head), _request(head)
    yield url_of(head.recipient.key or "recipient"), _receiver(head)
    for key, made in facts.items():
        yield url_of(key), made
    yield url_of(f"Provenance/{head.document}"), _provenance(letter)


def url_of(key: str) -> str:
    """The full address of a resource within the document."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, key)}"


def _uuid(document: str) -> Json:
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{document}"}


def _document_url(head: Header) -> str:
    return url_of(f"Composition/{head.document}")


def _practice_url(head: Header) -> str:
    return url_of(head.practice.key or "practice")


def _request_url(head: Header) -> str:
    return url_of(f"ServiceRequest/{head.document}")


def _composition(letter: Letter, facts: dict[str, Json]) -> Json:
    head, kind = letter.header, letter.kind
    signed, author = head.signature, head.author
    by = url_of(author.key or "author") if author else _practice_url(head)
    mode = "official" if signed and signed.by_staff else "legal"
    attester = {"mode": mode, "time": _at(head, signed.at), "party": {"display": signed.name}} if signed else None
    return without_gaps(
        resourceType="Composition",
        identifier=_uuid(head.series or head.document),  # R4: it stays the same from version to version
        status="final" if signed and kind.closes else "preliminary",  # an interim report never is the last word
        type={"coding": [{"system": LOINC, "code": kind.loinc, "display": kind.display}]},
        subject={"reference": url_of(head.patient.key)},
        encounter=None if letter.is_notice else {"reference": url_of(head.seen.key)},
        date=_at(head, head.at),
        author=[{"reference": by}],
        title=letter.title,
        attester=[attester] if attester else None,
        custodian={"reference": _practice_url(head)},
        relatesTo=[{"code": "replaces", "targetIdentifier": _uuid(head.replaces.document)}] if head.replaces else None,
        event=[{"detail": [{"reference": _request_url(head)}]}],
        section=[
            *_first("Notice", letter.notices),
            *_first("Caution", letter.cautions),
            *(_section(one, facts) for one in letter.sections),
        ],
    )


def _first(title: str, words: Iterable[str]) -> list[Json]:
    """What stands before everything else that is said."""
    items = "".join(f"<li>{escape(harmless(one), quote=False)}</li>" for one in words)
    return [{"title": title, "text": _narrative(f"<ul>{items}</ul>")}] if items else []


def _narrative(inside: str) -> Json:
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}">{inside}</div>'}


def _section(section: Section, facts: dict[str, Json]) -> Json:
    code = CODES.get(section.code)
    those = told(section)
    cited = [source.resource for item in those for sentence in item for source in sentence.sources]
    items = "".join(f"<li>{escape(said(item), quote=False)}</li>" for item in those)
    words = f"<ul>{items}</ul>" if items else f"<p>{escape(section.empty, quote=False)}</p>"
    return without_gaps(
        title=section.title,
        code={"coding": [{"system": LOINC, "code": code[0], "display": code[1]}]} if code else None,
        text=_narrative(words),
        entry=[{"reference": url_of(key)} for key in dict.fromkeys(cited) if key in facts],
    )


def _patient(head: Header) -> Json:
    who = head.patient
    known = [identifier(one) for one in who.identifiers]
    known = known or [{"system": f"{head.ehr}/Patient", "value": who.key.partition("/")[2]}]
    return without_gaps(
        resourceType="Patient",
        meta={"profile": [f"{US_CORE}patient"]},
        identifier=known,
        name=[_name(who.given, who.family, who.name or "Unknown")],
        gender=who.gender if who.gender in ("male", "female", "other") else "unknown",
        birthDate=who.born,
    )


def _practitioner(who: Party) -> Json:
    npi = [{"system": NPI_SYSTEM, "value": who.npi}] if who.npi else None
    return without_gaps(
        resourceType="Practitioner", identifier=npi, name=[_name(who.given, who.family, who.name)], **_contact(who)
    )


def _organization(who: Party) -> Json:
    return without_gaps(resourceType="Organization", active=True, name=one_line(who.name), **_contact(who))


def _receiver(head: Header) -> Json:
    """Who asked, and gets the letter: a person, or a practice where no person is named."""
    who = head.recipient
    return _organization(who) if (who.key or "").startswith("Organization/") else _practitioner(who)


def _encounter(head: Header) -> Json:
    seen = head.seen
    kind = ("v3-ActCode", seen.kind) if seen.kind else ("v3-NullFlavor", "UNK")
    return without_gaps(
        resourceType="Encounter",
        identifier=[identifier(one) for one in seen.identifiers],
        status="finished",
        **{"class": {"system": f"http://terminology.hl7.org/CodeSystem/{kind[0]}", "code": kind[1]}},
        subject={"reference": url_of(head.patient.key)},
        period={"start": _at(head, seen.start), "end": _at(head, seen.end)},
    )


def _request(head: Header) -> Json:
    """The request that is answered; its status is its author's to tell."""
    return without_gaps(
        resourceType="ServiceRequest",
        identifier=[identifier(one) for one in head.referral],
        status="unknown",
        intent="order",
        subject={"reference": url_of(head.patient.key)},
        requester={"reference": url_of(head.recipient.key or "recipient")},
    )


def _provenance(letter: Letter) -> Json:
    """Where the sentences come from: every resource of the EHR that one cites, by its address there."""
    head = letter.header
    cited = dict.fromkeys(
        source.resource
        for section in letter.sections
        for item in section.everything
        for sentence in item
        for source in sentence.sources
        if not source.is_person
    )
    sources = [
        {"role": "source", "what": {"identifier": {"system": head.ehr, "value": key}, "display": key}} for key in cited
    ]
    return without_gaps(
        resourceType="Provenance",
        target=[{"reference": _document_url(head)}],
        recorded=_at(head, head.at),
        agent=[{"who": {"reference": _practice_url(head)}}],
        entity=sources,
    )


def _name(given: tuple[str, ...], family: str | None, whole: str) -> Json:
    firsts, last, after = name_parts(given, family, whole)
    return without_gaps(text=one_line(whole), family=last, given=firsts, suffix=[after] if after else None)


def _contact(who: Party) -> Json:
    found = who.contact.address
    address = (
        without_gaps(
            line=list(found.lines),
            city=found.city,
            state=found.state,
            postalCode=found.postal_code,
            country=found.country,
        )
        if found
        else None
    )
    phone = [{"system": "phone", "value": who.contact.phone}] if who.contact.phone else None
    return without_gaps(telecom=phone, address=[address] if address else None)


def _at(head: Header, at: Any) -> str:
    return str(at.astimezone(head.zone).isoformat(timespec="seconds"))
