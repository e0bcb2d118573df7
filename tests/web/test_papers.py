"""Papers on the page of a report: made when they are shown."""

from __future__ import annotations

import re

import pypdfium2
from sqlalchemy import update

from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.drafts import PAGE, keep_papers
from loopclose.store.obligations import Document
from tests.web.conftest import Browser, draft_all
from tests.web.test_screens import one


def drafted(work: Work, browser: Browser, obligation: str) -> str:
    """The page of a report when it was drafted."""
    browser.post(f"/obligation/{obligation}/draft", f"/obligation/{obligation}")
    draft_all(work)
    return browser.get(f"/obligation/{obligation}")


def test_a_paper_is_had_as_a_file_to_print_or_to_fax(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    address = f"/obligation/{owed.id}/papers"
    assert browser.client.get(f"{address}/consult-note.pdf").status_code == 409  # nothing was drafted yet
    links = re.findall(rf'href="({address}/[^"]+)"', drafted(work, browser, owed.id))
    assert len(links) == 4
    for link in links:
        answer = browser.client.get(link)
        assert answer.status_code == 200 and answer.content_type == "application/pdf"
        first = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
        assert owed.patient_name in first and "DRAFT" in first
        assert owed.patient_name not in answer.headers["Content-Disposition"]
        assert browser.client.get(link).data == answer.data
    for name in ("consult-note.exe", "other.pdf", "consult-note", "prescription-sheet.pdf.pdf"):
        assert browser.client.get(f"{address}/{name}").status_code == 404


OLD = b"<!doctype html><title>Draft</title><article><h3>Plan</h3><p>Rest &amp; ice.</p><script>alert(7)</script>"


def test_a_paper_is_shown_from_what_was_kept_and_not_where_that_was_changed(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    page = drafted(work, browser, owed.id)
    assert page.count('<article class="paper"') == 2 and "You asked" in page
    with work.db.write() as session:
        session.execute(update(Document).where(Document.kind == "consult-note").values(sha256="0" * 64))
    page = browser.get(f"/obligation/{owed.id}")
    assert "its SHA-256 differs" in page and "You asked" not in page and "Ordered at this visit" in page


def test_a_page_that_an_earlier_release_kept_is_shown_as_it_was_and_said_so(work: Work, browser: Browser) -> None:
    owed = one(work, kind="report", state="owed")
    with work.db.write() as session:
        keep_papers(session, Scope("main"), owed.id, PAGE, {"consult-note": OLD})
    page = browser.get(f"/obligation/{owed.id}")
    assert "An earlier release kept this draft as a page." in page and "<p>Rest &amp; ice.</p>" in page
    assert "alert(7)" not in page
    page = drafted(work, browser, owed.id)
    assert "earlier release" not in page and "You asked" in page
