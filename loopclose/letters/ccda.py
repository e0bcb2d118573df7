"""A letter as a C-CDA R2.1 document (Consultation Note, Progress Note): both papers in one, with who and to whom."""

from __future__ import annotations

from lxml import etree

from loopclose.domain.letter_kinds import PROGRESS
from loopclose.domain.outside_text import one_line
from loopclose.letters.ccda_checks import RefusedDocument, check
from loopclose.letters.ccda_sections import sections_of
from loopclose.letters.cda_parts import LOINC, NPI, E, Element, addr, day, ids, ii, name, telecom, template, time
from loopclose.letters.letter import Header, Letter, Party

GENDERS = {"male": ("M", "Male"), "female": ("F", "Female"), "other": ("UN", "Undifferentiated")}
_GENDER, _CONFIDENTIALITY = "2.16.840.1.113883.5.1", "2.16.840.1.113883.5.25"
_HEADER = "2.16.840.1.113883.10.20.22.1.1"


def to_ccda(letter: Letter) -> bytes:
    """The document in UTF-8; raises ``RefusedDocument`` where it is not what a reader may rely on (``ccda_checks``),
    or no C-CDA document fits that kind of letter.
    """
    head, kind = letter.header, letter.kind
    if kind.ccda is None:
        raise RefusedDocument(f"There is no C-CDA of a {kind.title.lower()}: send it as PDF, fax or FHIR document.")
    document = E.ClinicalDocument(
        E.realmCode(code="US"),
        E.typeId(root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
        template(_HEADER),
        template(_HEADER, "2015-08-01"),
        template(kind.ccda),
        template(kind.ccda, "2015-08-01"),
        E.id(root=head.document),
        E.code(code=kind.loinc, codeSystem=LOINC, codeSystemName="LOINC", displayName=kind.display),
        E.title(_title(letter)),
        time("effectiveTime", head.at, head.zone),
        E.confidentialityCode(code="N", codeSystem=_CONFIDENTIALITY),
        E.languageCode(code="en-US"),
        E.setId(root=head.series or head.document),
        E.versionNumber(value=str(head.version)),
        _patient(head),
        _author(head),
        E.custodian(E.assignedCustodian(_organization("representedCustodianOrganization", head.practice))),
        _recipient(head),
        *_signed(head),
        _call_back(head),
        E.inFulfillmentOf(E.order(*ids(head.referral))),
        *_replaced(head),
        _visit(head, has_place=kind.code == PROGRESS),
        E.component(E.structuredBody(*(E.component(one) for one in sections_of(letter)))),
    )
    check(document, signed=head.signature is not None, code=kind.loinc)
    made: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return made


def _title(letter: Letter) -> str:
    return letter.title if letter.header.signature else f"{letter.title} (draft, not signed)"


def _patient(head: Header) -> Element:
    who = head.patient
    code = GENDERS.get(who.gender or "")
    gender = {"code": code[0], "codeSystem": _GENDER, "displayName": code[1]} if code else {"nullFlavor": "UNK"}
    return E.recordTarget(
        E.patientRole(
            *ids(who.identifiers),
            addr(who.contact),
            telecom(who.contact),
            E.patient(
                name(who.given, who.family, who.name or "Unknown"),
                E.administrativeGenderCode(**gender),
                day("birthTime", who.born, head.zone),
                E.raceCode(nullFlavor="UNK"),
                E.ethnicGroupCode(nullFlavor="UNK"),
            ),
        )
    )


def _author(head: Header) -> Element:
    return E.author(time("time", head.at, head.zone), E.assignedAuthor(*_clinician(head.author, head)))


def _signed(head: Header) -> list[Element]:
    """Who stands for it: nobody, before it is signed."""
    if head.signature is None:
        return []
    who = head.author if head.author and head.author.name == head.signature.name else Party(name=head.signature.name)
    return [
        E.legalAuthenticator(
            time("time", head.signature.at, head.zone),
            E.signatureCode(code="S"),
            E.assignedEntity(*_clinician(who, head)),
        )
    ]


def _replaced(head: Header) -> list[Element]:
    """The letter in the place of which this one stands (CDA R2, 4.2.3.1: the same setId, a greater version)."""
    if head.replaces is None:
        return []
    parent = E.parentDocument(
        E.id(root=head.replaces.document),
        E.setId(root=head.series or head.replaces.document),
        E.versionNumber(value=str(head.replaces.version)),
    )
    return [E.relatedDocument(parent, typeCode="RPLC")]


def _clinician(who: Party | None, head: Header) -> list[Element]:
    """Ids, address, telephone and name of one of us, at the practice's where there is no own."""
    contact = who.contact if who and (who.contact.address or who.contact.phone) else head.practice.contact
    named = name(who.given, who.family, who.name) if who else E.name(nullFlavor="UNK")
    return [_npi(who), addr(contact), telecom(contact), E.assignedPerson(named)]


def _npi(who: Party | None) -> Element:
    return ii(f"urn:oid:{NPI}", who.npi) if who and who.npi else E.id(nullFlavor="UNK")


def _organization(tag: str, who: Party) -> Element:
    return E(tag, _known(who), E.name(one_line(who.name)), telecom(who.contact), addr(who.contact))


def _known(who: Party) -> Element:
    return ii("urn:loopclose:organization", who.key) if who.key else E.id(nullFlavor="UNK")


def _recipient(head: Header) -> Element:
    who = head.recipient
    person = E.informationRecipient(name(who.given, who.family, who.name))
    parts = [_npi(who), addr(who.contact), telecom(who.contact), person]
    if who.organization:
        parts.append(E.receivedOrganization(E.name(one_line(who.organization))))
    return E.informationRecipient(E.intendedRecipient(*parts))


def _call_back(head: Header) -> Element:
    """Whom to ask: https://hl7.org/cda/us/ccda, Consultation Note, participant CALLBCK."""
    who = head.author
    return E.participant(
        E.associatedEntity(
            _npi(who),
            addr(head.practice.contact),
            telecom(head.practice.contact),
            E.associatedPerson(name(who.given, who.family, who.name) if who else E.name(nullFlavor="UNK")),
            E.scopingOrganization(E.name(one_line(head.practice.name))),
            classCode="ASSIGNED",
        ),
        typeCode="CALLBCK",
    )


def _visit(head: Header, *, has_place: bool) -> Element:
    """The visit; ``has_place``: with where it was, the practice, as a Progress Note wants it (CONF:1198-30879)."""
    seen = head.seen
    known = ids(seen.identifiers) if seen.identifiers else [ii("urn:loopclose:visit", seen.key)]
    when = E.effectiveTime(time("low", seen.start, head.zone), time("high", seen.end, head.zone))
    place = [E.location(E.healthCareFacility(_known(head.practice)))] if has_place else []
    return E.componentOf(E.encompassingEncounter(*known, when, *place))
