"""METADATA.XML of an XDM package: ebRIM 3.0 as IHE ITI TF-3 4.2 writes it, with the minimal metadata of Direct.

What we do not know is not made up: the patient is named in the documents, not here, since an EHR tells no authority of
its numbers; so the entries are marked as limited (XDR and XDM for Direct Messaging 1.0, 4.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from lxml import etree

from loopclose.domain.addresses import Address
from loopclose.outbound.channels.channel import Enclosure, Sending
from loopclose.outbound.channels.secure_mail.closed_loop import FORMAT_CODES

LCM, RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0", "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
LOINC, OF_FORMATS, CONFIDENTIALITY = "2.16.840.1.113883.6.1", "1.3.6.1.4.1.19376.1.2.3", "2.16.840.1.113883.5.25"
FORMATS = {
    "ccda": "urn:hl7-org:sdwg:ccda-structuredBody:2.1",
    "pdf": "urn:ihe:iti:xds:2017:mimeTypeSufficient",
    **FORMAT_CODES,
}
_DOCUMENT_TYPE = "7edca82f-054d-47f2-a032-9b2a5b5186c1"
_SUBMISSION = "a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_LIMITED_DOCUMENT, _LIMITED_SUBMISSION = "ab9b591b-83ab-4d03-8f5d-f93b1fb92e85", "5003a9db-8d8d-49e6-bf0c-990e34ac7707"
_TYPE_CODE, _CLASS_CODE = "f0306f51-975f-434e-a61c-c59651d33983", "41a5887f-8865-4c09-adf7-e362475b143a"
_FORMAT_CODE, _CONFIDENTIALITY_CODE = "a09d5840-386c-46f2-b5ad-9c3699a4309d", "f4f85eac-e6cb-4883-b524-f2705394840f"
_CONTENT_TYPE_CODE, _AUTHOR = "aa543740-bdda-424e-8c96-df4873be8500", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_DOCUMENT_ID = "2e82c1f6-a085-4c72-9da3-8640a32e42ab"
_SUBMISSION_ID, _SOURCE_ID = "96fdda7c-d067-4183-912e-bf5ee74998a8", "554ac39e-e3fe-47fe-b233-965d2a147832"


@dataclass(frozen=True)
class Document:
    """A file of the package."""

    number: int
    file: Enclosure
    uri: str
    """Its name beside METADATA.XML."""


def metadata(sending: Sending, documents: Sequence[Document], sender: Address, to: Address) -> bytes:
    """The submission of these documents."""
    root = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap={"lcm": LCM, None: RIM})
    registry = _in(root, "RegistryObjectList")
    for one in documents:
        _document(registry, sending, one)
    _submission(registry, sending, sender, to)
    for one in documents:
        held = _in(
            registry,
            "Association",
            id=f"Association{one.number:02}",
            associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
            sourceObject="SubmissionSet01",
            targetObject=_id(one),
        )
        _slot(held, "SubmissionSetStatus", "Original")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _document(registry: Any, sending: Sending, one: Document) -> None:
    about = sending.about
    entry = _in(
        registry, "ExtrinsicObject", id=_id(one), mimeType=one.file.media_type, objectType=f"urn:uuid:{_DOCUMENT_TYPE}"
    )
    _slot(entry, "creationTime", _time(about.signed_at))
    _slot(entry, "hash", hashlib.sha1(one.file.content, usedforsecurity=False).hexdigest())  # ITI TF-3 4.2.3.2.10
    _slot(entry, "languageCode", "en-US")
    _slot(entry, "size", str(len(one.file.content)))
    _slot(entry, "URI", one.uri)
    _named(entry, "Name", about.title)
    number = f"{one.number:02}"
    _code(entry, f"type{number}", _TYPE_CODE, about.loinc, LOINC, about.display)
    _code(entry, f"class{number}", _CLASS_CODE, about.loinc, LOINC, about.display)
    _code(entry, f"format{number}", _FORMAT_CODE, FORMATS[one.file.form], OF_FORMATS, one.file.form)
    _code(entry, f"confidentiality{number}", _CONFIDENTIALITY_CODE, "N", CONFIDENTIALITY, "Normal")
    _mark(entry, f"limited{number}", _LIMITED_DOCUMENT)
    unique = f"{_oid(UUID(about.document))}.{one.number}"
    _identifier(entry, f"uniqueId{number}", _DOCUMENT_ID, unique, "XDSDocumentEntry.uniqueId")


def _submission(registry: Any, sending: Sending, sender: Address, to: Address) -> None:
    about = sending.about
    entry = _in(registry, "RegistryPackage", id="SubmissionSet01")
    _slot(entry, "submissionTime", _time(sending.at))
    _slot(entry, "intendedRecipient", f"||^^Internet^{to}")
    _named(entry, "Name", about.title)
    author = _classification(entry, "submissionAuthor", _AUTHOR, "")
    _slot(author, "authorTelecommunication", f"^^Internet^{sender}")
    _code(entry, "contentType", _CONTENT_TYPE_CODE, about.loinc, LOINC, about.display)
    _mark(entry, "limitedSubmission", _LIMITED_SUBMISSION)
    _mark(entry, "submissionSet", _SUBMISSION)
    unique, source = _oid(UUID(sending.delivery)), _oid(uuid5(NAMESPACE_DNS, sender.domain))
    _identifier(entry, "submissionUniqueId", _SUBMISSION_ID, unique, "XDSSubmissionSet.uniqueId")
    _identifier(entry, "submissionSourceId", _SOURCE_ID, source, "XDSSubmissionSet.sourceId")


def _id(one: Document) -> str:
    return f"Document{one.number:02}"


def _oid(of: UUID) -> str:
    """The OID of a UUID (ITU-T X.667)."""
    return f"2.25.{of.int}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _in(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{RIM}}}{tag}", attributes)


def _slot(parent: Any, name: str, value: str) -> None:
    _in(_in(_in(parent, "Slot", name=name), "ValueList"), "Value").text = _plain(value)


def _named(parent: Any, name: str, words: str) -> None:
    _in(_in(parent, name), "LocalizedString", value=_plain(words))


def _classification(entry: Any, name: str, scheme: str, node: str) -> Any:
    of = {"classificationScheme": f"urn:uuid:{scheme}", "classifiedObject": entry.get("id"), "nodeRepresentation": node}
    return _in(entry, "Classification", id=name, **of)


def _code(entry: Any, name: str, scheme: str, code: str, system: str, display: str) -> None:
    of = _classification(entry, name, scheme, code)
    _slot(of, "codingScheme", system)
    _named(of, "Name", display)


def _mark(entry: Any, name: str, node: str) -> None:
    _in(entry, "Classification", id=name, classifiedObject=entry.get("id"), classificationNode=f"urn:uuid:{node}")


def _identifier(entry: Any, name: str, scheme: str, value: str, called: str) -> None:
    of = {"identificationScheme": f"urn:uuid:{scheme}", "registryObject": entry.get("id"), "value": value}
    _named(_in(entry, "ExternalIdentifier", id=name, **of), "Name", called)


def _plain(text: str) -> str:
    """XML has no way to write control characters."""
    return "".join(one if one.isprintable() else " " for one in text)
