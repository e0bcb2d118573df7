"""A paper as the data of its printed form: what the template (``defaults/letters/letter.typ``) lays out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import count
from typing import Any

import segno

from loopclose.domain.dates import in_full, moment_in_full
from loopclose.domain.outside_text import harmless, one_line
from loopclose.drafting.absence import asked, behind, left_out
from loopclose.drafting.paper import NOTICE, Item, Paper, Row, Section, Sentence
from loopclose.letters.confirming import Confirming
from loopclose.letters.faxed import plain
from loopclose.letters.filing import attached, filing
from loopclose.letters.letter import Header, PageSize, Party

Json = dict[str, Any]
SIGNED, BY_STAFF = "Signed electronically", "Released by staff of the practice; nothing clinical is in it"
MOST_RECORDS, MORE_RECORDS = 8, "and {more} more records, which the text and HTML forms list"
"""Records behind one printed sentence: a prescription of twenty years has hundreds, and they would fill ten pages."""
ROW_HEADING = "Medicine"
"""What the rows of a table are."""


def printed(
    paper: Paper,
    header: Header,
    page: PageSize,
    *,
    fax: bool = False,
    ccda: bytes | None = None,
    confirming: Confirming | None = None,
) -> Json:
    """What the template is given; text of others is made harmless, and a name stands on one line.

    ``ccda``: the same letter as a C-CDA, to be attached. ``confirming``: how whoever gets this copy confirms it.
    """
    numbered = _Numbered(plain if fax else str)
    first = _first(paper, numbered, confirming.labels if confirming else ())
    question = asked(paper)
    sections = [*([question] if question else []), *behind(paper)]
    return {
        "fax": fax,
        "page": page,
        "title": paper.title,
        "draft": header.signature is None,
        "notice_of_staff": paper.kind == NOTICE,
        "practice": {"name": one_line(paper.practice), "lines": _lines(header.practice)},
        "to": [*_named(paper, header.recipient), *_lines(header.recipient)],
        "author": one_line(header.author.name) if header.author else None,
        "patient": {"line": one_line(paper.patient)},
        "filing": filing(paper, header, fax=fax),
        "code": header.code,
        "qr": {"svg": _qr(confirming.address), "alt": f"QR code of the page {confirming.page}, with the code"}
        if confirming
        else {"svg": _qr(f"urn:uuid:{header.document}"), "alt": f"QR code of the document's id, {header.document}"},
        "confirm": {"page": confirming.page, "code": confirming.code} if confirming else None,
        "attached": attached(paper, ccda) if ccda is not None and not fax else None,
        "to_settle": [harmless(one.text) for one in paper.to_settle] if header.signature is None else [],
        "caution": harmless(paper.caution) if isinstance(paper.caution, str) else None,
        "notice": harmless(paper.notice) if isinstance(paper.notice, str) else None,
        "signed": _signed(header),
        "page_one": first,
        "sections": [numbered.section(one) for one in sections],
        "left_out": harmless(left_out(paper)),
        "sources": _ranges(numbered.sources),
    }


def _named(paper: Paper, party: Party) -> list[str]:
    """To whom, as the paper says it: person and practice on lines of their own where it names both."""
    both = [party.name, party.organization] if party.organization else []
    return [one_line(one) for one in (both if paper.to == ", ".join(filter(None, both)) else [paper.to]) if one]


def _lines(party: Party) -> list[str]:
    address = party.contact.address.printed if party.contact.address else ()
    phone = [f"Tel. {party.contact.phone}"] if party.contact.phone else []
    return [one_line(line) for line in (*address, *phone)]


def _signed(header: Header) -> Json | None:
    if header.signature is None:
        return None
    return {
        "name": one_line(header.signature.name),
        "at": moment_in_full(header.signature.at, header.zone),
        "how": BY_STAFF if header.signature.by_staff else SIGNED,
    }


class _Numbered:
    """Rows and items, numbered through the paper as they are read, and their sources by those numbers.

    ``put``: what becomes of each text. What was numbered once keeps its number.
    """

    def __init__(self, put: Callable[[str], str]) -> None:
        self.put = put
        self.sources: list[Json] = []
        self._numbers = count(1)
        self._done: dict[str, Json] = {}

    def items(self, items: Iterable[Item]) -> list[Json]:
        """Items as number and text."""
        return [{"no": self._next(item), "text": self.put(said(item))} for item in items]

    def section(self, section: Section) -> Json:
        """A section with its rows and items."""
        if section.code in self._done:
            return self._done[section.code]
        rows = [
            _row(section, row, self._next(tuple(s for i in row.items for s in i)), self.put) for row in section.table
        ]
        found = {
            "code": section.code,
            "title": section.title,
            "items": self.items(section.items),
            "rows": rows,
            "columns": list(section.columns),
            "heading": ROW_HEADING,
            "empty": harmless(section.empty),
        }
        if section.code == "question":
            self._done[section.code] = found
        return found

    def _next(self, item: Item) -> int:
        no = next(self._numbers)
        self.sources += _sources(no, item)
        return no


def _first(paper: Paper, numbered: _Numbered, labels: Sequence[str]) -> Json | None:
    """Page one, in the order in which it is read; the question is numbered with it. ``labels``: of its requests."""
    first, question = paper.first, asked(paper)
    if first is None:
        return None
    days = [in_full(date.fromisoformat(ask.by)) if isinstance(ask.by, str) else "" for ask in first.asks]
    asks = [one | {"by": day} for one, day in zip(numbered.items(ask.item for ask in first.asks), days, strict=True)]
    asks = [one | {"label": labels[no] if no < len(labels) else ""} for no, one in enumerate(asks)]
    if question is not None:
        numbered.section(question)
    changed = first.corrected
    return {
        "changed": {"title": changed.title, "replaces": harmless(changed.empty), "items": numbered.items(changed.items)}
        if changed
        else None,
        "flag": first.flag,
        "heading": first.heading,
        "asks": asks,
        "answer": numbered.items(first.answer),
        "answer_needed": first.answer_needed,
        "candidates": numbered.items(first.candidates),
        "sections": [numbered.section(one) for one in first.sections],
        "absent": harmless(first.absent),
        "call_back": one_line(first.call_back) if isinstance(first.call_back, str) else None,
    }


def _row(section: Section, row: Row, no: int, put: Callable[[str], str]) -> Json:
    """A row: its name, what else its heading says, and a text for each column, empty where it says nothing."""
    return {
        "no": no,
        "name": put(said(row.heading[:1])),
        "note": put(said(row.heading[1:])),
        "cells": [put(said(row.cell(label))) for label in section.columns],
    }


def said(item: Item) -> str:
    """The sentences of an item as they are read together."""
    return harmless(" ".join(one.text for one in item))


def told(section: Section) -> list[Item]:
    """What a section says, a row as one item with its labels, for forms that have lists alone."""
    return [*(_as_item(row) for row in section.table), *section.items]


def _as_item(row: Row) -> Item:
    """A row read out: its heading, then each cell behind its label."""
    cells = [
        Sentence(f"{cell.label}: {sentence.text}" if no == 0 else sentence.text, sentence.sources)
        for cell in row.cells
        for no, sentence in enumerate(cell.item)
    ]
    return (*row.heading, *cells)


def _sources(no: int, item: Item) -> list[Json]:
    """Of each sentence of an item: the elements, those of one resource together."""
    found: list[Json] = []
    for place, sentence in enumerate(item):
        by_resource: dict[str, list[str]] = {}
        by_hand = [source.place for source in sentence.sources if source.is_person]
        for source in (one for one in sentence.sources if not one.is_person):
            element = source.path.removeprefix(f"{source.resource.partition('/')[0]}.")
            by_resource.setdefault(source.resource, []).append(element)
        elements = [f"{key}: {', '.join(dict.fromkeys(paths))}" for key, paths in by_resource.items()]
        if len(elements) > MOST_RECORDS:
            elements[MOST_RECORDS - 1 :] = [MORE_RECORDS.format(more=len(elements) - MOST_RECORDS + 1)]
        text = "; ".join([*by_hand, *elements])
        letter = chr(ord("a") + place % 26) if len(item) > 1 else ""
        found.append({"no": f"{no}{letter}", "text": one_line(text)})
    return found


def _ranges(sources: list[Json]) -> list[Json]:
    """Statements in a row that stand in the same place, as one line: ``3–9``."""
    found: list[list[Json]] = []
    for one in sources:
        if found and found[-1][0]["text"] == one["text"]:
            found[-1].append(one)
        else:
            found.append([one])
    return [
        {"no": those[0]["no"] if len(those) == 1 else f"{those[0]['no']}–{those[-1]['no']}", "text": those[0]["text"]}
        for those in found
    ]


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()
