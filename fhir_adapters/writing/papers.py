"""The papers of a letter (the note, a prescription sheet), each in the forms that an EHR takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from fhir_adapters.vendors.writing import TEXT, DocumentShape
from fhir_adapters.writing.letter import File, Letter


@dataclass(frozen=True)
class Paper:
    """One paper, which becomes one document."""

    uuid: str
    """By what a repeat of it is told: the delivery's for the first, which is the letter itself."""
    files: tuple[File, ...]
    """Its renderings, the better first; none: it has none that is taken."""


@dataclass(frozen=True)
class Joined:
    """The words of all papers in one file."""

    name: str
    content: bytes
    media_type: str = TEXT


def papers_of(letter: Letter, shape: DocumentShape) -> list[Paper]:
    """The papers in the order enclosed, the letter first. Where words alone are taken, all stand in one: a second
    resource would be one more that a repeat writes again.
    """
    if shape.media == (TEXT,):
        words = words_of(letter)
        return [Paper(letter.delivery, () if words is None else (words,))]
    stems: dict[str, list[File]] = {}
    for one in letter.enclosures:
        stems.setdefault(_stem(one), []).append(one)
    found: list[Paper] = []
    for stem, files in stems.items():
        uuid = letter.delivery if not found else str(uuid5(UUID(letter.delivery), stem))
        found.append(Paper(uuid, _taken(files, shape)))
    return found


def words_of(letter: Letter) -> File | None:
    """The words of every paper in one file; None where one of them has no such form."""
    texts = [one for one in letter.enclosures if one.media_type == TEXT]
    if {_stem(one) for one in texts} != {_stem(one) for one in letter.enclosures} or not texts:
        return None
    return Joined(texts[0].name, b"\n\n".join(one.content for one in texts))


def _taken(files: Sequence[File], shape: DocumentShape) -> tuple[File, ...]:
    by_type = {one.media_type: one for one in reversed(files)}
    return tuple(by_type[media] for media in shape.media if media in by_type)[: shape.most]


def _stem(one: File) -> str:
    return one.name.partition(".")[0]
