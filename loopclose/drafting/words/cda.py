"""The words of a C-CDA document: the narrative of its sections under their titles; run by ``child`` alone.

The narrative block of CDA R2 (4.3.5, http://www.hl7.org/implement/standards/product_brief.cfm?product_id=7) is put
into the elements of HTML that say the same. A document whose body is not XML hands on what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from lxml import etree

from loopclose.drafting.words import markup, rtf
from loopclose.drafting.words.encoding import bytes_of, decoded

HL7 = "{urn:hl7-org:v3}"
AS_HTML = {
    "paragraph": "p", "item": "li", "table": "table", "tr": "tr", "td": "td", "th": "th", "thead": "thead",
    "tbody": "tbody", "tfoot": "tfoot", "sup": "sup", "sub": "sub", "caption": "caption", "footnote": "p",
}  # fmt: skip
MOST_DEEP = 250
SPANS = ("rowspan", "colspan")
HEADED = {
    "51848-0": "Assessment", "51847-2": "Assessment and Plan", "18776-5": "Plan of Treatment",
    "10154-3": "Chief Complaint", "46239-0": "Chief Complaint", "42349-1": "Reason for Referral",
    "29299-5": "Reason for Visit", "10164-2": "History of Present Illness", "10157-6": "Family History",
    "11348-0": "Past Medical History",
    "29762-2": "Social History", "10187-3": "Review of Systems", "29545-1": "Physical Examination",
    "10210-3": "Physical Examination", "8716-3": "Vital Signs", "30954-2": "Results", "11450-4": "Problem List",
    "48765-2": "Allergies", "10160-0": "Medications", "11369-6": "Immunizations", "47519-4": "Surgical History",
    "47420-5": "Functional Status", "42348-3": "Advance Directives", "11535-2": "Discharge Diagnosis",
    "46240-8": "Past Visits", "48768-6": "Insurance",
}  # fmt: skip
"""What a section is by its LOINC code (C-CDA R2.1, its section templates), in words that a note has."""
_IN_OUR_WORDS = re.compile(
    r"(?i)assessment|impression|diagnos[ei]s|\bplan\b|recommendation|complaint|reason|\bhistory\b|\bh(?:pi|x)\b|systems"
    r"|\bexam|vital|result|\blab|problem|allerg|medication|immuni[sz]|procedures|functional|directives"
)
"""In a title by which a note's section is known, whatever its code."""
_STRUCK = re.compile(r"(?i)strike|line-?through")
"""In a ``styleCode``: R2 has none for what was struck, and EHRs write their own."""


class Broken(ValueError):
    """It is no C-CDA document, or one that cannot be read whole."""


def plain(data: bytes) -> str:
    """The words of a document, with its headings marked. Raises ``Broken``, ``lxml.etree.XMLSyntaxError``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(data, parser)
    if root.tag == f"{HL7}ClinicalDocument" or root.tag == "ClinicalDocument":
        bodies = [one for one in root.iter() if _name(one) == "nonXMLBody"]
        return _other(bodies[0]) if bodies else markup.plain("".join(_sections(root)))
    if _name(root) in {"html", "div"}:
        return markup.plain(decoded(data, "application/xhtml+xml") or "")
    raise Broken


def _sections(root: etree._Element) -> Iterator[str]:
    for section in root.iter(f"{HL7}section", "section"):
        parts = {_name(child): child for child in section if isinstance(child.tag, str)}
        depth = sum(1 for above in section.iterancestors() if _name(above) == "section")
        if depth > MOST_DEEP:
            raise Broken
        if title := _title(parts):
            level = min(2 + depth, 6)
            yield f"<h{level}>{escape(title)}</h{level}>"
        if (text := parts.get("text")) is not None:
            yield f"<div>{''.join(_narrative(text, _footnotes_of(text)))}</div>"


def _title(parts: Mapping[str, etree._Element]) -> str:
    """The title of a section; by its code where it has none, or one by which a note would not be known."""
    title = " ".join("".join(parts["title"].itertext()).split()) if "title" in parts else ""
    code = parts["code"].get("code", "") if "code" in parts else ""
    named = HEADED.get(code)
    if named is None or _IN_OUR_WORDS.search(title):
        return title
    return f"{named} ({title.strip(' :')})" if title else named


def _narrative(element: etree._Element, footnotes: Mapping[str, str]) -> Iterator[str]:
    """The inside of an element as HTML."""
    yield escape(element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            yield from _child(child, footnotes)
        yield escape(child.tail or "")


def _child(child: etree._Element, footnotes: Mapping[str, str]) -> Iterator[str]:
    name = _name(child)
    if name == "br":
        yield "<br>"
    elif (
        child.get("revised") == "delete"
        or name in {"delete", "del", "s", "strike"}
        or _STRUCK.search(child.get("styleCode", ""))
    ):
        return
    elif name == "renderMultiMedia":
        said = " ".join("".join(child.itertext()).split())
        yield f'<img alt="{escape(said or "kept beside the text")}">'
    elif name == "list":
        kind = "ol" if child.get("listType") == "ordered" else "ul"
        yield f"<{kind}>{''.join(_narrative(child, footnotes))}</{kind}>"
    elif name == "footnote":
        if child.get("ID") not in footnotes:
            yield f" [footnote: {''.join(_narrative(child, footnotes)).strip()}] "
    elif name == "footnoteRef":
        if note := footnotes.get(child.get("IDREF", "")):
            yield f" [footnote: {escape(note)}] "
    elif name == "caption" and any(_name(above) == "item" for above in child.iterancestors()):
        yield f"<span>{''.join(_narrative(child, footnotes)).strip().rstrip(':')}: </span>"
    else:
        kind = AS_HTML.get(name, "span")
        spans = "".join(f' {each}="{child.get(each)}"' for each in SPANS if child.get(each, "").isdecimal())
        yield f"<{kind}{spans}>{''.join(_narrative(child, footnotes))}</{kind}>"


def _footnotes_of(text: etree._Element) -> dict[str, str]:
    """By its ID, the words of each footnote that is referred to."""
    referred = {one.get("IDREF") for one in text.iter() if _name(one) == "footnoteRef"}
    found = ((one.get("ID"), one) for one in text.iter() if _name(one) == "footnote")
    return {name: " ".join("".join(one.itertext()).split()) for name, one in found if name and name in referred}


def _other(body: etree._Element) -> str:
    """What a document holds in a form of its own: text, HTML or RTF."""
    text = next((one for one in body if _name(one) == "text"), None)
    if text is None:
        raise Broken
    kind = (text.get("mediaType") or "text/plain").lower()
    said = "".join(text.itertext())
    if text.get("representation") == "B64":
        inner = bytes_of(said)
        data = inner.data if inner else b""
    else:
        data = said.encode()
    if kind == "application/pdf":
        from loopclose.drafting.words import pdf  # only where one is in it

        return pdf.plain(data)
    words = decoded(data, kind)
    if words is None:
        raise Broken
    if kind in {"text/html", "application/xhtml+xml"}:
        return markup.plain(words)
    return rtf.plain(words) if "rtf" in kind or words.startswith("{\\rtf") else words


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""
