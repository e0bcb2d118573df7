"""By what a printed letter is filed: whose it is, of which day, as which document; and the same for a machine."""

from __future__ import annotations

from typing import Any

from loopclose.domain.dates import birth_words, in_full
from loopclose.domain.letter_kinds import CONSULT, KINDS
from loopclose.domain.outside_text import one_line
from loopclose.domain.patients import record_number
from loopclose.drafting.paper import NOTICE, Paper
from loopclose.letters.letter import Header

Json = dict[str, Any]
FILED_AS = {CONSULT: "Consultation note"}
"""As what a letter is filed, where that is not its title."""
CCDA = {
    "2.16.840.1.113883.10.20.22.1.4": "Consultation Note",
    "2.16.840.1.113883.10.20.22.1.9": "Progress Note",
}
"""What C-CDA R2.1 calls its document templates."""


def filing(paper: Paper, header: Header, *, fax: bool) -> list[Json]:
    """Names and values, in their order."""
    patient = header.patient
    born = birth_words(patient.born) if patient.born else "not recorded"
    return [
        _field("Patient", patient.name or "Name not recorded"),
        _field("Born", born),
        *_record(header),
        _field("Booked for" if paper.kind == NOTICE else "Seen", in_full(header.seen.day)),
        *([_field("By", header.author.name)] if header.author else []),
        *_filed_as(paper),
        *([] if fax else [_field("Our code", header.code)]),
    ]


def attached(paper: Paper, ccda: bytes) -> Json:
    """The same letter as a C-CDA, as the PDF carries it."""
    kind = paper.letter_kind or KINDS[CONSULT]
    return {
        "name": f"{FILED_AS.get(kind.code, kind.title).lower().replace(' ', '-')}.xml",
        "text": ccda.decode(),
        "media-type": "application/xml",
        "description": f"The same letter as a C-CDA R2.1 {CCDA[kind.ccda or '']}",
    }


def _filed_as(paper: Paper) -> list[Json]:
    """As what a paper is filed: https://loinc.org."""
    kind = paper.letter_kind
    if kind is None:
        return [_field("Document", paper.title)]
    return [_field("Document", FILED_AS.get(kind.code, kind.title)), _field("LOINC", kind.loinc)]


def _record(header: Header) -> list[Json]:
    kind, number = record_number(header.patient.identifiers)
    return [_field(kind, number)] if kind and number else []


def _field(name: str, value: str) -> Json:
    return {"name": name, "value": one_line(value)}
