"""Words that stand letter for letter in an earlier note: who signs is told, for nobody reads copied text again."""

from __future__ import annotations

from fhir_adapters.facts import DocumentReference
from loopclose.drafting.material import Material
from loopclose.drafting.notes.note import ELEMENT, reading_of
from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.notes.versions import VOID
from loopclose.drafting.paper import Sentence, Source
from loopclose.drafting.wording import date_words
from loopclose.drafting.words.child import PDF
from loopclose.drafting.words.forms import XML, kind_of

MOST_EARLIER = 60
"""Earlier notes that are compared, the newest."""
FEWEST_WORDS = 5
"""Of a paragraph; shorter ones are alike by chance, as are those that only announce what follows."""


def first_uses(material: Material) -> dict[str, DocumentReference]:
    """The paragraphs of earlier notes whose text is at hand, each with the note that had it first."""
    valid = (one for one in material.earlier if not {one.status, one.doc_status} & VOID and _is_at_hand(one))
    dated = [(one.date.start(material.zone), one.key, one) for one in valid if one.date is not None]
    found: dict[str, DocumentReference] = {}
    for _, _, document in sorted(dated, key=lambda one: one[:2])[-MOST_EARLIER:]:
        for section in sections_of(reading_of(document, {}).text):
            for words in section.paragraphs:
                if len(words.split()) >= FEWEST_WORDS and not words.endswith(":"):
                    found.setdefault(words, document)
    return found


def mark(
    words: str, document: DocumentReference, uses: dict[str, DocumentReference], material: Material
) -> tuple[Sentence, ...]:
    """That a paragraph of a note stands word for word in an earlier one; nothing where it doesn't."""
    first = uses.get(words)
    if first is None or first.date is None or document.date is None:
        return ()
    if first.date.start(material.zone) >= document.date.start(material.zone):
        return ()
    sources = (
        Source(first.key, f"{ELEMENT}.data", words),
        Source(first.key, "DocumentReference.date", str(first.date)),
    )
    return (Sentence(f"(Word for word as in the note of {date_words(first.date, material.zone)}.)", sources),)


def _is_at_hand(document: DocumentReference) -> bool:
    """Whether its words stand in it and cost nothing to read."""
    attachments = [one.attachment for one in document.content if one.attachment]
    return bool(attachments) and all(one.data and kind_of(one.content_type) not in {PDF, XML} for one in attachments)
