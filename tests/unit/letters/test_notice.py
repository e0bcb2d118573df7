"""The notice of 42 CFR 2.32 stands in every form of a paper that has one, and in none that has not."""

from __future__ import annotations

import json
from dataclasses import replace

import pypdfium2
from msgspec import structs

from loopclose.domain.holds import NOTICE
from loopclose.drafting.keeping import digest, pack, unpack
from loopclose.letters.ccda import to_ccda
from loopclose.letters.fhir_document import to_fhir
from loopclose.letters.html import to_html
from loopclose.letters.letter import Letter
from loopclose.letters.pdf import to_pdf
from loopclose.letters.text import to_text
from tests.unit.letters.sample import letter


def forms(one: Letter) -> dict[str, str]:
    """Every form, as text."""
    found = {"ccda": to_ccda(one).decode(), "fhir": json.dumps(json.loads(to_fhir(one)))}
    for kind, paper in one.papers.items():
        found |= {f"html {kind}": to_html(paper), f"text {kind}": to_text(paper)}
        for fax in (False, True):
            page = pypdfium2.PdfDocument(to_pdf(paper, one.header, fax=fax))[0]
            found[f"pdf {kind} {fax}"] = " ".join(page.get_textpage().get_text_range().split())
    return found


def test_the_notice_stands_in_every_form() -> None:
    plain = letter()
    bound = replace(plain, papers={kind: structs.replace(one, notice=NOTICE) for kind, one in plain.papers.items()})
    assert {name for name, text in forms(bound).items() if NOTICE not in text} == set()
    assert {name for name, text in forms(plain).items() if NOTICE in text} == set()


def test_the_notice_is_a_part_of_what_is_kept_and_signed() -> None:
    (paper, *_) = letter().papers.values()
    assert b"notice" not in pack(paper)
    body = pack(structs.replace(paper, notice=NOTICE))
    assert unpack(body, digest(body)).notice == NOTICE and digest(body) != digest(pack(paper))
