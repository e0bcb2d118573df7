"""What each vendor's server takes of what is written to it, as data; a fact's source stands beside it.

A row only narrows: whatever it says, a type is written only where the server's own statement lists ``create``. Nobody's
production server was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PDF, TEXT = "application/pdf", "text/plain"


@dataclass(frozen=True)
class DocumentShape:
    """How a DocumentReference must be to be taken."""

    media: tuple[str, ...] = (PDF, TEXT)
    """Media types that it takes, the better first (US Core 9, Writing clinical notes: both of these)."""
    most: int = 2
    """Renderings that it keeps."""
    needs_encounter: bool = False
    needs_period: bool = False
    """Whether ``context.period.end`` must be there."""
    authors: tuple[str, ...] = ("Practitioner", "PractitionerRole", "Organization")
    """Types that it takes as author."""


@dataclass(frozen=True)
class MessageShape:
    """How a Communication must be to be taken."""

    payload: Literal["reference", "attachment"] = "reference"
    """Whether it points at the document, or carries the words itself."""
    recipients: tuple[str, ...] = ("Practitioner", "PractitionerRole", "Organization")
    needs_sender: bool = False
    elements: frozenset[str] | None = None
    """The only elements that are taken; None: any."""


@dataclass(frozen=True)
class Writing:
    """What may be written to one vendor's server."""

    document: DocumentShape | None = DocumentShape()
    message: MessageShape | None = MessageShape()
    task: bool = True
    keeps_identifiers: bool = False
    """Whether our identifier is kept and found again, so that a repeat can be told, and an absence be proved. Where
    it is not known, no."""
    refuses: str = ""
    """What is not taken, in one sentence."""


NOTHING = Writing(None, None, False, refuses="It takes nothing by FHIR.")
_READ_ONLY = "Its statement lists reading and searching alone."
_ROWS: Mapping[str, Writing] = {
    # Specifications 1046 and 10090 and tries on its sandbox, as told by others (fhir.epic.com; EMILIA Protocol,
    # examples/epic-fhir, July 2026; FHIRBridge, September 2026): an encounter of the patient is needed ("Valid
    # encounter required"), the first attachment alone is kept and must be plain text, `final` files it as signed, and
    # the same note written twice is filed twice. Statement: conditionalCreate false everywhere, Task only updated.
    "epic": Writing(
        DocumentShape((TEXT,), 1, needs_encounter=True, authors=("Practitioner",)),
        None,
        task=False,
        refuses="No PDF, no Task, and no message but to a community resource; a repeat is filed a second time.",
    ),
    # fhir.cerner.com, R4, DocumentReference (lib/resources/r4/document_reference.yaml, 134ae0b5): one attachment of
    # one of five types with its charset, docStatus final, one encounter, period.end with a time, Practitioners alone
    # as authors; "unsupported fields will be ignored", identifier and meta among them. Communication (communication
    # .yaml, 17e846d1): completed, category, a Practitioner as sender, the words as an attachment, elements listed.
    "oracle": Writing(
        DocumentShape((PDF,), 1, needs_period=True, authors=("Practitioner",)),
        MessageShape(
            "attachment",
            ("Practitioner", "Group"),
            needs_sender=True,
            elements=frozenset(
                {
                    "resourceType",
                    "status",
                    "category",
                    "subject",
                    "topic",
                    "encounter",
                    "recipient",
                    "sender",
                    "payload",
                }
            ),
        ),
        task=False,
        refuses="No Task, and one attachment a document; identifiers of ours are not kept, so a repeat is not told.",
    ),
    "athena": Writing(None, None, False, refuses=_READ_ONLY),  # statement
    # Statement; a third party (PHI AI, core/fhir/emr_profiles.py) says that documents are created by contract.
    "ecw": Writing(None, None, False, refuses=f"{_READ_ONLY} Documents are created by contract alone."),
    "nextgen": Writing(None, None, False, refuses=_READ_ONLY),  # statement
    "nextgen-office": Writing(None, None, False, refuses=_READ_ONLY),  # statement
    # Statement: Communication is created, DocumentReference and Task are not.
    "meditech": Writing(None, None, False, refuses="It takes messages, and no document that one could be about."),
    "modmed": NOTHING,  # PHI AI, the same table: none in the certified API
    "greenway": NOTHING,  # the same
    "veradigm": NOTHING,  # nothing is said of it anywhere that we saw
    "hapi": Writing(keeps_identifiers=True),  # tried with 8.4.0
    "medplum": Writing(keeps_identifiers=True),  # not tried: its repository keeps what it is given
}
GENERIC = Writing()


def writing_of(vendor: str) -> Writing:
    """The row of a vendor, by its name; of one that has none, what the standard allows."""
    return _ROWS.get(vendor, GENERIC)
