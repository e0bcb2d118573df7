"""What a document is and what its words are, whatever its form; limits of size stand before every reader."""

from __future__ import annotations

import contextlib
import re

from loopclose.drafting.words import markup, rtf
from loopclose.drafting.words.child import CDA, PDF, Failed, converted
from loopclose.drafting.words.encoding import decoded
from loopclose.drafting.words.lines import clean, lines_of
from loopclose.drafting.words.mojibake import repaired
from loopclose.drafting.words.symbol_fonts import certain

MOST_BYTES, MOST_OF_PDF, MOST_CHARACTERS, MOST_LINES = 2**20, 20 * 2**20, 200_000, 5_000
"""Of a document as it comes, and of its words. The longest notes have some 50,000 characters; a longer one is named
and left to the EHR, so that no text can keep the others waiting, whatever it holds."""
HTML, RTF, TEXT, XML, OTHER = "html", "rtf", "text", "xml", "other"
KINDS = {
    "text/html": HTML, "application/xhtml+xml": HTML, "text/rtf": RTF, "application/rtf": RTF, "application/x-rtf": RTF,
    "text/richtext": RTF, "application/pdf": PDF, "application/x-pdf": PDF, "application/xml": XML, "text/xml": XML,
    "application/hl7-cda+xml": XML, "application/hl7-sda+xml": XML, "application/cda+xml": XML,
    "application/x-hl7-cda-level-one+xml": XML, "text/x-hl7-ft": TEXT, "application/hl7-ft": TEXT,
    "application/octet-stream": TEXT, "binary/octet-stream": TEXT, "text": TEXT, "txt": TEXT, "plain": TEXT,
    "plain/text": TEXT, "application/text": TEXT, "application/txt": TEXT, "html": HTML, "htm": HTML, "xhtml": HTML,
    "application/html": HTML, "application/xhtml": HTML, "rtf": RTF, "pdf": PDF, "xml": XML, "cda": XML,
}  # fmt: skip
"""Kinds by media type, in lower case; every other text is text."""
PREFERRED = (HTML, TEXT, RTF, XML, PDF)
"""Of several renderings of one note the first: HTML keeps what is a heading and what is a table."""
FORMS = {
    "application/pdf": "PDF",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/msword": "a Word document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "a Word document",
    "image/tiff": "a scanned image",
    "image/jpeg": "an image",
    "image/png": "an image",
    "audio/mpeg": "a sound recording",
}
"""What kinds are called that are not read here, or hold no words."""
NOT_READ, NOT_WORDS, TOO_LONG, EMPTY, NO_WORDS = (
    "is kept as {form} and was not read here",
    "could not be read here ({form}); see the chart",
    "is too long or too intricate to be carried over here; read it in the EHR",
    "is empty",
    "holds no words that could be read here ({form}, perhaps a scan); see the chart",
)
LONGEST_FIELD = 20_000
_UNDATA = re.compile(r"<!\[CDATA\[|\]\]>")
"""What is left of XML around HTML that was taken out of it."""
_ESCAPED = re.compile(r"\s*+(?:<(?:p|div|pre)>\s*+)?+&lt;(?:!doctype|html|body|head|div|p|h[1-6]|table|span|b|ul|ol)\b")
"""How HTML begins whose own tags were escaped."""
_MARKED = re.compile(
    r"(?i)<br\s{0,3}+/?>|</(?:p|b|i|u|div|span|strong|em|li|td|font|pre)>|&(?:nbsp|amp|lt|gt|quot|#[0-9]{1,5});"
    r"|\\\.br\\|\\r\\n|(?-i:\\n(?![a-z]))"
)
"""What stands in a field that was written as HTML, or for a page of HL7 version 2, or whose line ends are letters."""


class Unreadable(ValueError):
    """The words of a document could not be had; the text says why, after “the note”."""


def main_type(content_type: str | None) -> str:
    """The media type without its parameters, in lower case (RFC 2045: the case means nothing)."""
    return (content_type or "").partition(";")[0].strip().lower()


def kind_of(content_type: str | None) -> str:
    """Which reader a media type needs; ``other`` where there is none. Without a type it is taken for text."""
    kind = main_type(content_type)
    return KINDS.get(kind) or (TEXT if not kind or kind.startswith("text/") else OTHER)


def form_of(content_type: str | None) -> str:
    """What a kind is called."""
    kind = main_type(content_type)
    return FORMS.get(kind) or {HTML: "HTML", RTF: "RTF", TEXT: "text"}.get(kind_of(kind), kind) or "an unknown kind"


def words(content_type: str | None, data: bytes) -> str:
    """The words of a document, its lines with the marks of ``marks``. Raises ``Unreadable``."""
    kind, form = _really(content_type, data), form_of(content_type)
    if kind == OTHER:
        raise Unreadable(NOT_READ.format(form=form))
    if len(data) > (MOST_OF_PDF if kind == PDF else MOST_BYTES):
        raise Unreadable(TOO_LONG)
    try:
        found = _read(kind, content_type, data)
    except (markup.Broken, rtf.Broken) as problem:
        raise Unreadable(TOO_LONG) from problem
    except Failed as problem:
        raise Unreadable(NOT_WORDS.format(form=form)) from problem
    if found is None:
        raise Unreadable(NOT_WORDS.format(form=form))
    if len(found) > MOST_CHARACTERS or found.count("\n") > 8 * MOST_LINES or len(lines_of(found)) > MOST_LINES:
        raise Unreadable(TOO_LONG)
    if not found.strip():
        raise Unreadable(EMPTY if kind == TEXT else NO_WORDS.format(form=form))
    return found


def readable(text: str) -> str:
    """A free-text field as it is, or its words where it holds RTF, HTML or HL7's line breaks; what was misread before
    it came here, and boxes without their font, as they were.
    """
    is_marked = text.lstrip().startswith("{\\rtf") or _MARKED.search(text)
    return plain_words(text) if is_marked else certain(repaired(text))


def plain_words(text: str) -> str:
    """The words of a free-text field (``note``, ``valueString``, ``conclusion``), which may hold RTF or HTML.

    A line for each of its own; the field as it stands where it can't be read.
    """
    if len(text) > LONGEST_FIELD * 10:
        return text
    found = clean(text)
    with contextlib.suppress(markup.Broken, rtf.Broken):
        found = _as_it_looks(found, _MARKED.search(found) is not None)
    return "\n".join(line.text for line in lines_of(found)) or clean(text).strip()


def _really(content_type: str | None, data: bytes) -> str:
    """The kind by how the document begins, where that leaves no doubt; else by its type."""
    begins = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins.startswith(b"%PDF-"):
        return PDF
    kind = kind_of(content_type)
    if kind in {TEXT, HTML, PDF, XML} and begins.startswith(b"{\\rtf"):
        return RTF
    if kind == TEXT and begins.startswith((b"<?xml", b"<ClinicalDocument")) and b"ClinicalDocument" in data[:4000]:
        return XML
    return kind


def _read(kind: str, content_type: str | None, data: bytes) -> str | None:
    if kind in {PDF, XML}:
        if not data.strip():
            return ""
        said = converted(PDF if kind == PDF else CDA, data)
        return said if kind == XML else clean(said)
    text = decoded(data, content_type)
    if text is None:
        return None
    if kind == HTML:
        return _html(clean(_UNDATA.sub("", text))) or (text.strip() and None)
    if kind == RTF:
        return clean(rtf.plain(text))
    return _as_it_looks(clean(text))


def _html(text: str) -> str:
    """The words of HTML; of HTML that was escaped once too often on its way, the words of what it was."""
    found = markup.plain(text)
    return markup.plain(clean(found)) if "<" in found and _ESCAPED.match(text) and markup.looks_like(found) else found


def _as_it_looks(text: str, is_marked: bool = False) -> str:
    """Text that calls itself plain, as what it is."""
    if text.lstrip().startswith("{\\rtf"):
        return clean(rtf.plain(text))
    if is_marked or markup.looks_like(text):
        return markup.plain(text)
    return _html(text) if _ESCAPED.match(text) else text
