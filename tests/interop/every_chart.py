"""Drafts of many visits of one EHR by the short way: each patient's chart is read once, and nothing of it is kept."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache

import pypdfium2
import pytest

from fhir_adapters.client import FhirClient
from loopclose.domain.letter_kinds import kind_of
from loopclose.drafting.notes import copied
from loopclose.drafting.other_letters import facts_of, letter_about
from loopclose.drafting.paper import Paper
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.flows.papers import gather as gathering
from loopclose.flows.papers.chart import Reading, read_chart
from loopclose.flows.site import Site
from loopclose.flows.work import Work
from loopclose.letters.pdf import to_pdf
from loopclose.store import drafts
from loopclose.store.obligations import Obligation
from tests.unit.letters.sample import HEADER

LAST_WORDS = "is not signed. It must be read and signed by"
"""What stands at the end of a draft, before the appendix with its sources."""


def drafted_shortly(
    work: Work, site: Site, client: FhirClient, owed: Iterable[Obligation], patch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Paper, Paper]]:
    """(report, letter, prescription sheet) of each; what is the same for all visits of a patient is read once."""
    patch.setattr(gathering, "read", lru_cache(maxsize=50_000)(gathering.read))
    patch.setattr(copied, "sections_of", cache(copied.sections_of))
    charts: dict[str, Reading] = {}
    for one in sorted(owed, key=lambda each: (each.patient, each.id)):
        if one.patient not in charts:
            with work.db.read() as session:
                records = drafts.records(session, site.scope, one)
            charts = {one.patient: read_chart(work.db, work.clock, site, client, one.patient, records)}
        found = gathering.gather(work.db, site, client, one, one.visit or "", None, charts[one.patient])
        material = replace(found, due=None)
        yield one.id, letter_about(material, kind_of(facts_of(material), None).kind), prescription_sheet(material)


def pages_of(paper: Paper) -> int:
    """Pages of the printed letter as far as its signature: the appendix with the sources is none of it."""
    pages = pypdfium2.PdfDocument(to_pdf(paper, HEADER))
    texts = (" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    return next(number for number, text in enumerate(texts, start=1) if LAST_WORDS in text)


def median_and_most(pages: Sequence[int]) -> tuple[float, int]:
    """(the median, what 95 of a hundred have at most)."""
    ranked = sorted(pages)
    return statistics.median(ranked), ranked[max(-(-len(ranked) * 95 // 100) - 1, 0)]
