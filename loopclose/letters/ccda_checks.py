"""What neither schema nor schematron sees in a C-CDA, and a reader relies on. A document that fails is not given out.

Found by changing a right note in one place each: all of these passed XSD and the structure schematron of R2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loopclose.errors import UsageError
from loopclose.letters.cda_parts import LOINC, NS, Element, is_code

CONSULT_NOTE = "11488-4"
"""Of the codes of a consultation note (value set 2.16.840.1.113883.11.20.9.31) the one that we write."""
GENDERS = frozenset({"M", "F", "UN"})
_ZONED = re.compile(r"\d{14}[+-]\d{4}")
_DAY = re.compile(r"\d{4}(?:\d{2}(?:\d{2})?)?")
_TIMES = frozenset({"effectiveTime", "time", "low", "high", "birthTime"})


class RefusedDocument(UsageError):
    """A document that would mislead its reader; the message is a sentence that names what is wrong with it."""


def check(document: Element, *, signed: bool, code: str = CONSULT_NOTE) -> None:
    """Raises ``RefusedDocument`` with the first thing that is wrong; ``code`` is the LOINC type it must have."""
    for problem in problems(document, signed=signed, code=code):
        raise RefusedDocument(f"The C-CDA is not written: {problem}.")


def problems(document: Element, *, signed: bool, code: str = CONSULT_NOTE) -> Iterator[str]:
    """Everything that is wrong, a clause each."""
    yield from _head(document, signed, code)
    yield from _times(document)
    yield from _codes(document)
    yield from _narrative(document)


def _head(document: Element, signed: bool, wanted: str) -> Iterator[str]:
    code = document.find(f"{{{NS}}}code")
    if code is None or code.get("code") != wanted or code.get("codeSystem") != LOINC:
        yield f"its code is not {wanted}, that of such a document"
    for gender in document.iter(f"{{{NS}}}administrativeGenderCode"):
        if gender.get("code") not in GENDERS and gender.get("nullFlavor") is None:
            yield f"the gender {gender.get('code')} is not known"
    stands = document.find(f"{{{NS}}}legalAuthenticator") is not None
    if stands != signed:
        yield "nobody stands for what is signed" if signed else "somebody stands for what nobody signed"


def _times(document: Element) -> Iterator[str]:
    for element in document.iter():
        value = element.get("value")
        if value is None or not isinstance(element.tag, str) or element.tag.removeprefix(f"{{{NS}}}") not in _TIMES:
            continue
        if not (_ZONED.fullmatch(value) or _DAY.fullmatch(value)):
            yield f"the time {value} has no zone"


def _codes(document: Element) -> Iterator[str]:
    for element in document.iter():
        system, code = element.get("codeSystem"), element.get("code")
        if system is not None and code is not None and not is_code(system, code):
            yield f"{code} is no code of {system}"


def _narrative(document: Element) -> Iterator[str]:
    """Every reference leads into the narrative of its own section, which says what the entry says."""
    everywhere = [element.get("ID") for element in document.iter() if element.get("ID")]
    if len(everywhere) != len({*everywhere}):
        yield "two places of the narrative have the same ID"
    for section in document.iter(f"{{{NS}}}section"):
        places = {one.get("ID"): _words(one) for one in section.iter() if one.get("ID")}
        entries = list(section.iter(f"{{{NS}}}entry"))
        if section.get("nullFlavor") is not None and entries:
            yield "a section says that nothing is known, and has entries"
        for entry in entries:
            yield from _entry(entry, places)
        for reference in section.iter(f"{{{NS}}}reference"):
            if (reference.get("value") or "").removeprefix("#") not in places:
                yield f"the reference {reference.get('value')} leads nowhere"


def _entry(entry: Element, places: dict[str | None, str]) -> Iterator[str]:
    pointed = [places.get((one.get("value") or "").removeprefix("#"), "") for one in entry.iter(f"{{{NS}}}reference")]
    if not pointed:
        yield "an entry is not in the narrative"
        return
    yield from disagreements(entry, " ".join(dict.fromkeys(pointed)))


def disagreements(entry: Element, told: str) -> Iterator[str]:
    """What an entry says and its narrative does not: the name of the thing, or its value."""
    for original in entry.iter(f"{{{NS}}}originalText"):
        if _words(original) not in " ".join(told.split()):
            yield "an entry has a name that the narrative does not have"
    for value in entry.iter(f"{{{NS}}}value"):
        number = value.get("value")
        if number is not None and number not in told:
            yield "an entry has a value that the narrative does not have"


def _words(element: Element) -> str:
    return " ".join("".join(str(text) for text in element.itertext()).split())
