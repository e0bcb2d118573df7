"""Which notes of a visit are quoted, and in which order: the newest word of each author, the attending's first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Material
from loopclose.drafting.notes.relations import added_to, goes_round, marks_of, same_words, targets
from loopclose.drafting.paper import Source
from loopclose.drafting.states import bare

VOID = frozenset({"entered-in-error", "cancelled", "deprecated"})
"""Of ``status`` or ``docStatus``, the words of R4 and R5: never quoted."""
FINAL = frozenset({"final", "amended", "corrected", "appended"})
RESTRICTED = frozenset({"R", "V"})
"""Of https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html."""
SENSITIVE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
"""Where codes of sensitivity come from (``PSY``, ``HIV``, ``ETH``, ``42CFRPart2``)."""
NOT_CLINICIANS = frozenset(
    f"http://loinc.org|{code}"
    for code in (
        "34746-8",  # Nurse note
        "34119-8",  # Nurse initial evaluation
        "28651-8",  # Nurse transfer note
        "34748-4",  # Telephone encounter note
        "69730-0",  # Instructions
        "74213-0",  # Discharge instructions
        "34895-3",  # Education note
        "59284-0",  # Consent
        "64290-0",  # Health insurance card
        "48768-6",  # Payment sources
        "56445-0",  # Medication summary
    )
)
"""Types of documents that no clinician of ours writes for a colleague."""
_NOT_CLINICIANS = re.compile(
    r"(?i)\b(?:nurs(?:e|ing)|rn note|lpn|medical assistant|telephone|phone|instructions?|after[- ]visit|avs|"
    r"patient (?:summary|letter|education|message|outreach)|education|portal|mychart|message|consent|registration|"
    r"intake form|billing|insurance|scheduling|social work\w{0,2}|case manage\w{0,4}|care coordination|nutrition|"
    r"front desk|prior auth\w{0,12}|(?:summary|letter|information) (?:to|for) (?:the )?patients?(?!['’]s)|"
    r"clinical support|support staff|phlebotom\w{1,3}|"
    r"no[- ]show|results? letter|lab(?:oratory)? letter|work excuse|school (?:note|excuse)|records? request|vitals|"
    r"dietitian|dietary|chaplain|triage|rooming|questionnaire|refill)\b"
)
_WORDS = re.compile(r"[^\W_]+")
_ATTESTING = re.compile(
    r"(?i)\b(?:attestation|attending (?:note|statement|addendum|comment)|teaching physician|co-?sign\w{0,9})"
)
_IN_TRAINING = re.compile(r"(?i)\b(?:student|ms[1-4]|resident|intern|pgy[- ]?[0-9]|fellow|trainee|scribe)\b")


@dataclass(frozen=True)
class Versions:
    """The notes of a visit, sorted."""

    quoted: tuple[DocumentReference, ...]
    replaced: tuple[DocumentReference, ...] = ()
    not_clinicians: tuple[DocumentReference, ...] = ()
    added_to: tuple[tuple[str, str], ...] = ()
    """(key of an addendum, key of the note that it amends)."""
    forms: tuple[tuple[str, DocumentReference], ...] = ()
    """(key of a note, the same in another form)."""


def versions_of(material: Material) -> Versions:
    """The notes that are quoted, the attending's first, and those that are only named."""
    valid = [one for one in material.documents if not {bare(one.status or ""), bare(one.doc_status or "")} & VOID]
    others = [one for one in valid if not is_clinicians(one, material.note_types, material.other_notes)]
    notes = [one for one in valid if one not in others]
    marks = marks_of(valid)
    gone = _replaced(notes, marks, material.zone)
    current = [one for one in notes if one.key not in gone]
    added = added_to((one for one in current if not attests(one)), {one.key for one in current}, marks)
    by_rank = sorted(current, key=lambda one: _rank(one, material))
    ordered = [one for first in by_rank if first.key not in added for one in (first, *_amending(first, by_rank, added))]
    return Versions(
        tuple(ordered),
        tuple(one for one in notes if one.key in gone and one.key not in same_words(notes, marks)),
        tuple(others),
        tuple(added.items()),
        tuple((one.key, other) for one in ordered for other in valid if other.key in targets(one, "transforms", marks)),
    )


def attests(document: DocumentReference) -> bool:
    """Whether a note is by its type the word of whoever answers for what another wrote."""
    return document.type is not None and bool(_ATTESTING.search(document.type.label or ""))


def _amending(
    note: DocumentReference, others: Iterable[DocumentReference], added: Mapping[str, str]
) -> list[DocumentReference]:
    return [one for one in others if added.get(one.key) == note.key]


def is_clinicians(document: DocumentReference, notes: frozenset[str], others: frozenset[str] = frozenset()) -> bool:
    """Whether a note is one that a clinician writes for a colleague: by the code map, else by its type's code or words.

    A type that nothing tells of counts, so that no assessment is lost to a code that is new.
    """
    if document.type is None:
        return True
    tokens = {token.rstrip("/") for token in document.type.tokens}
    if tokens & notes:
        return True
    if tokens & (others | NOT_CLINICIANS):
        return False
    words = [document.type.text or "", *(one.display or "" for one in document.type.coding)]
    return not _NOT_CLINICIANS.search(" / ".join(words))


def authors_of(document: DocumentReference, material: Material) -> list[Source]:
    """Who wrote a note, by name, and where the name stands."""
    found: dict[str, Source] = {}
    for one in document.author:
        key = local_key(one) or ""
        if name := material.names.get(key):
            found.setdefault(name, Source(key, f"{key.partition('/')[0]}.name", name))
        elif one.display:
            found.setdefault(one.display, Source(document.key, "DocumentReference.author.display", one.display))
    return list(found.values())


def restricted_by(document: DocumentReference) -> str | None:
    """The element by which the chart marks a note as restricted or sensitive; None where it doesn't."""
    labels = [coding for concept in document.security_label for coding in concept.coding]
    tags = document.meta.security if document.meta else ()
    for path, codings in (("DocumentReference.securityLabel", labels), ("DocumentReference.meta.security", tags)):
        if any(one.code in RESTRICTED or one.system == SENSITIVE for one in codings):
            return path
    return None


def is_final(document: DocumentReference) -> bool:
    """Whether a note is final; one of a vendor that sends no ``docStatus`` is not called a draft."""
    return document.doc_status is None or document.doc_status in FINAL


def _replaced(notes: Sequence[DocumentReference], marks: Mapping[str, str], zone: ZoneInfo) -> set[str]:
    """Keys of the notes in whose place another one stands.

    Not by ``superseded`` alone: some EHRs mark the only note of a visit so.
    """
    by_key = {one.key: one for one in notes}
    gone: set[str] = set()
    for one in notes:
        for target in targets(one, "replaces", marks):
            older = by_key.get(target)
            if older is not None and older is not one and not goes_round(one, older, marks):
                gone.add(target)
    gone |= same_words(notes, marks)
    for one in notes:
        if any(_stands_for(other, one, zone) for other in notes if other.key not in gone and other is not one):
            gone.add(one.key)
    return gone


def _stands_for(final: DocumentReference, other: DocumentReference, zone: ZoneInfo) -> bool:
    """Whether a final note of the same type and, of a draft, the same author came after another."""
    if final.doc_status not in FINAL or final.status == "superseded" or not _same_type(final, other):
        return False
    if final.date and other.date and final.date.start(zone) < other.date.start(zone):
        return False
    if other.status == "superseded":
        return True
    return not is_final(other) and _authors(final) == _authors(other)


def _same_type(one: DocumentReference, other: DocumentReference) -> bool:
    if one.type is None or other.type is None:
        return one.type is other.type
    codes = set(one.type.tokens) & set(other.type.tokens)
    return bool(codes) or (one.type.label is not None and _same_words_of(one.type.label, other.type.label or ""))


def _same_words_of(one: str, other: str) -> bool:
    """Whether two types are called the same: their case, hyphens and a plural mean nothing (``Progress Notes``)."""
    return [word.removesuffix("s") for word in _WORDS.findall(one.lower())] == [
        word.removesuffix("s") for word in _WORDS.findall(other.lower())
    ]


def _authors(document: DocumentReference) -> set[str]:
    return {local_key(one) or one.display or "" for one in document.author}


def _rank(document: DocumentReference, material: Material) -> tuple[int, bool, str, str]:
    names = [one.text for one in authors_of(document, material)]
    seen_by = material.author is not None and material.author in _authors(document)
    is_attending = seen_by or (material.author_name is not None and material.author_name in names)
    in_training = any(_IN_TRAINING.search(name) for name in names)
    rank = 0 if is_attending or attests(document) else 2 if in_training else 1
    moment = str(document.date.start(material.zone)) if document.date else "9"
    is_newer = document.doc_status in ("amended", "corrected")
    return rank + (0 if is_final(document) else 3), not (is_newer or attests(document)), moment, document.key
