"""The forms that a letter may be given, by name: what a command or a page asks for.

The parts that make documents take seconds to load and tens of megabytes: whoever makes none does not load them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loopclose.domain.dates import moment_in_full
from loopclose.domain.outside_text import one_line
from loopclose.letters.confirming import confirming_of
from loopclose.letters.html import to_html
from loopclose.letters.letter import Letter, PageSize
from loopclose.letters.text import to_text


@dataclass(frozen=True)
class Look:
    """How a practice prints its letters."""

    page: PageSize = "us-letter"
    template: Path | None = None
    """Its own template; the shipped one without."""


@dataclass(frozen=True)
class Form:
    """One form: how its files end, what they are, and how one is made of one paper of a letter."""

    suffix: str
    media_type: str
    make: Callable[[Letter, str, Look], bytes]
    is_whole: bool = False
    """Whether one document holds all papers of the letter: there is no other beside the consult note's."""


FORMS: Mapping[str, Form] = {
    "html": Form(".html", "text/html", lambda letter, kind, look: _page(letter, kind)),
    "text": Form(".txt", "text/plain", lambda letter, kind, look: _text(letter, kind)),
    "pdf": Form(
        ".pdf",
        "application/pdf",
        lambda letter, kind, look: _printed(letter, kind, look),
    ),
    "fhir": Form(".fhir.json", "application/fhir+json", lambda letter, kind, look: _fhir(letter), is_whole=True),
    "ccda": Form(".xml", "application/xml", lambda letter, kind, look: _ccda(letter), is_whole=True),
    "fax": Form(
        ".fax.pdf",
        "application/pdf",
        lambda letter, kind, look: _faxed(letter, kind, look),
    ),
}


def _page(letter: Letter, kind: str) -> bytes:
    return to_html(letter.papers[kind], signed=_signed(letter)).encode()


def _text(letter: Letter, kind: str) -> bytes:
    return to_text(letter.papers[kind], signed=_signed(letter), confirming=confirming_of(letter)).encode()


def _signed(letter: Letter) -> str:
    """By whom and when, in words; empty of a draft."""
    one = letter.header.signature
    if one is None:
        return ""
    how = "Released" if one.by_staff else "Signed electronically"
    return f"{how} by {one_line(one.name)}, {moment_in_full(one.at, letter.header.zone)}"


def _printed(letter: Letter, kind: str, look: Look) -> bytes:
    """The printed paper; the letter itself carries the whole for a machine that files it, where a C-CDA fits."""
    from loopclose.letters.pdf import to_pdf

    ccda = _ccda(letter) if kind == letter.main and letter.kind.ccda else None
    return to_pdf(
        letter.papers[kind],
        letter.header,
        look.page,
        template=look.template,
        ccda=ccda,
        confirming=confirming_of(letter),
    )


def _faxed(letter: Letter, kind: str, look: Look) -> bytes:
    from loopclose.letters.pdf import to_pdf

    return to_pdf(letter.papers[kind], letter.header, look.page, fax=True, confirming=confirming_of(letter))


def _ccda(letter: Letter) -> bytes:
    from loopclose.letters.ccda import to_ccda

    return to_ccda(letter)


def _fhir(letter: Letter) -> bytes:
    from loopclose.letters.fhir_document import to_fhir

    return to_fhir(letter)


def kinds_of(letter: Letter, form: Form) -> Iterator[str]:
    """The papers of a letter that have a file of their own in a form; none where the form does not fit the letter."""
    if form is FORMS["ccda"] and letter.kind.ccda is None:
        return iter(())
    return (kind for kind in letter.papers if not form.is_whole or kind == letter.main)


def name_of_file(letter: Letter, kind: str) -> str:
    """What a file of one paper is called, before its suffix; nothing of the patient stands in it."""
    called = letter.kind.code if kind == letter.main else kind
    return f"{called}-{letter.header.code}"


def asked_for(name: str) -> tuple[str, Form] | None:
    """Kind of paper and form of a file's name, such as ``consult-note.pdf``; None where there is no such form."""
    kind, _, suffix = name.partition(".")
    return next(((kind, form) for form in FORMS.values() if form.suffix == f".{suffix}"), None)
