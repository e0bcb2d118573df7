"""Page one of every report of a made-up practice, in every style: whole, and on one page."""

from __future__ import annotations

import pypdfium2
import pytest

from loopclose.clock import fixed
from loopclose.drafting.page_one_check import problems
from loopclose.flows.papers.draft import draft
from loopclose.flows.site import client_of
from loopclose.letters.letter import CONSULT_NOTE
from loopclose.letters.pdf import to_pdf
from loopclose.sandbox.server import serve
from loopclose.store.upgrade import open_database
from loopclose.store.worklist import worklist
from tests.store.line import NOW, read, sandbox, site
from tests.unit.letters.sample import HEADER

MEASURED = 12
"""Letters of a style that are set in type."""


@pytest.mark.parametrize("style", ["tidy", "epic", "oracle", "messy"])
def test_page_one_is_whole_and_one_page(style: str) -> None:
    box = sandbox(style, 30)
    db = open_database("sqlite://")
    behind: list[int] = []
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        with db.read() as session:
            items = [item.obligation for item in worklist(session, where.scope, NOW)]
        with client_of(where) as client:
            for number, item in enumerate(items):
                paper = draft(db, fixed(NOW), where, client, item.id, "heart@demo.example")[CONSULT_NOTE]
                assert [*problems(paper)] == [], item.id
                if number < MEASURED:
                    pages = [*pypdfium2.PdfDocument(to_pdf(paper, HEADER))]
                    second = " ".join(pages[1].get_textpage().get_text_range().split()) if len(pages) > 1 else ""
                    first = pages[0].get_textpage().get_text_range()
                    assert paper.first and " ".join(paper.first.heading.split()) in " ".join(first.split())
                    assert paper.first.absent[-40:] in " ".join(first.split()), (item.id, second[:200])
                    behind.append(len(pages))
    assert sorted(behind)[int(len(behind) * 0.95) - 1] <= 2, behind
