"""Every visit with a note in the shared charts is drafted, by the way that a draft takes, and given in every form."""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import UNSET
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.drafting.page_one_check import problems
from loopclose.drafting.paper import Cell, Paper, Row, Section, Sentence, Source
from loopclose.drafting.prescription_sheet import NOTHING
from loopclose.flows.papers.draft import draft
from loopclose.flows.papers.letter import letter_of, look_of
from loopclose.letters.forms import FORMS, kinds_of
from loopclose.store.obligations import Obligation
from tests.interop.every_chart import drafted_shortly, median_and_most, pages_of
from tests.interop.real_charts import Charts, epic, inferno, oracle, read_whole, synthea
from tests.store.line import NOW

SETS: dict[str, tuple[Callable[[], Charts], int]] = {
    "synthea": (synthea, 1215),
    "inferno": (inferno, 43),
    "epic-shape": (epic, 1),
    "oracle-health": (oracle, 5),
}
"""Each set, and how many of its visits have a note and are owed a report."""
MOST = int(os.environ.get("REAL_DRAFTS", "24"))
"""Visits of a set that are drafted the whole way: a sample, but for ``make full``, which takes all."""
EVERY_CHART = bool(os.environ.get("EVERY_CHART"))
"""Whether each visit of every set is drafted by the short way (``every_chart.py``), and every fifth printed."""
MEDIAN, NINETY_FIVE = 1, 2
"""Pages of a letter, without its appendix: the median, and what 95 of a hundred have at most."""
PRINTED_OF_ALL = 5
PRINTED = 3
"""Drafts of a set that are printed, faxed and made a C-CDA and a FHIR document."""
NEVER = re.compile(
    r"\{(?:\\rtf|tbl|score)|\[iU\]|&(?:nbsp|amp|lt);|\\\.br\\|</?(?:p|br|div|td|span)\b|\bNone\b|\bnull\b|urn:uuid:|\s,"
    r"|(?<!\.)\.\.(?!\.)"
)
"""What stands in no sentence."""
TAG = re.compile(r" \((?:disorder|finding|procedure|situation|qualifier value)\)")
"""What stands in none of a prescription sheet, where the words are ours; notes are quoted as they are."""


@pytest.mark.parametrize("name", SETS)
def test_every_visit_with_a_note_drafts(name: str, tmp_path: Path) -> None:
    make, visits = SETS[name]
    charts, began, used = make(), time.monotonic(), time.process_time()
    wrong: list[str] = []
    pages: list[int] = []
    with read_whole(charts, tmp_path) as (work, site, client):
        with work.db.read() as session:
            owed = {one.visit: one.id for one in session.scalars(select(Obligation).filter_by(kind="report"))}
        those = [owed[visit] for visit in charts.visits if visit in owed]
        assert len(those) == visits
        taken = random.Random(7).sample(those, min(MOST, visits))
        for number, one in enumerate(taken):
            papers = draft(work.db, fixed(NOW), site, client, one, "tests")
            assert {*papers} == {"consult-note", "prescription-sheet"}
            wrong += [f"{one}: {text}" for paper in papers.values() for text in amiss(paper)]
            wrong += [f"{one}: {text}" for text in problems(papers["consult-note"])]
            pages.append(pages_of(papers["consult-note"]))
            letter = letter_of(work, site.scope, one)
            assert letter is not None
            for form in FORMS.values() if number < PRINTED else (FORMS["html"], FORMS["text"]):
                for kind in kinds_of(letter, form):
                    assert form.make(letter, kind, look_of(work.config, site.scope))
    print(f"{name}: {len(taken)} of {visits} visits drafted in {time.monotonic() - began:.0f} s")
    print(f"{name}: {time.process_time() - used:.0f} s of a processor")
    print(f"{name}: pages {dict(sorted(Counter(pages).items()))}")
    assert wrong == []
    median, most = median_and_most(pages)
    assert median <= MEDIAN and most <= NINETY_FIVE
    assert max(pages) <= NINETY_FIVE + 1


@pytest.mark.skipif(not EVERY_CHART, reason="minutes of a processor: set EVERY_CHART=1")
@pytest.mark.parametrize("name", SETS)
def test_every_visit_of_every_chart_drafts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, visits = SETS[name]
    charts, wrong, pages = make(), list[str](), list[int]()
    with read_whole(charts, tmp_path) as (work, site, client):
        with work.db.read() as session:
            owed = list(session.scalars(select(Obligation).filter_by(kind="report")))
        those = drafted_shortly(work, site, client, (one for one in owed if one.visit in charts.visits), monkeypatch)
        for number, (one, letter, sheet) in enumerate(those):
            wrong += [f"{one}: {text}" for text in (*amiss(letter), *amiss(sheet), *problems(letter))]
            pages += [pages_of(letter)] if number % PRINTED_OF_ALL == 0 else []
    print(f"{name}: {number + 1} drafted, {len(pages)} printed, pages {dict(sorted(Counter(pages).items()))}")
    assert wrong == [] and number + 1 == visits
    median, most = median_and_most(pages)
    assert median <= MEDIAN and most <= NINETY_FIVE


def amiss(paper: Paper) -> list[str]:
    """Sentences that a referrer could not read, and sections of a note with a title and nothing below it."""
    said = [one.text for section in paper.sections for item in section.everything for one in item]
    found = [text for text in said if NEVER.search(text) or not text.strip(" .-")]
    found += [text for text in said if paper.kind == "prescription-sheet" and TAG.search(text)]
    told = {(one.text, source.resource) for item in paper.everything for one in item for source in one.sources}
    main = [one for one in paper.sections if paper.kind == "consult-note" and not one.code.startswith("note-")]
    own = [one.text for part in main for item in part.everything for one in item if ":" not in one.text]
    twice = {text for text in own if own.count(text) > 1 and sum(text == words for words, _ in told) > 1}
    empty = [one.title for one in paper.sections if not one.items and one.rows is UNSET and not one.empty]
    ordered = next((one for one in paper.sections if one.code == "ordered"), None)
    denied = ordered is not None and not [*ordered.everything] and ordered.empty == NOTHING["ordered"][0]
    day = " ".join(paper.seen.split()[:3])
    contradicted = [f"{NOTHING['ordered'][0]} {text}" for text in said if denied and text == f"Ordered {day}."]
    return [*found, *empty, *contradicted, *sorted(text for text in twice if len(text) > 60)]


def test_what_stands_in_a_table_is_no_contradiction_and_what_is_denied_is_one() -> None:
    source = (Source("MedicationRequest/m", "MedicationRequest.authoredOn", "2026-11-20"),)
    row = Row((Sentence("Lisinopril.", source),), (Cell("Start", (Sentence("Ordered 20 Nov 2026.", source),)),))
    nothing = NOTHING["ordered"][0]

    def sheet(ordered: tuple[Row, ...], listed: tuple[Row, ...]) -> Paper:
        sections = (Section("ordered", "Ordered", (), nothing, ordered), Section("listed", "Listed", (), "", listed))
        return Paper("prescription-sheet", "Sheet", "Harbor", "Lee", "Pat", "20 Nov 2026 by Dr. Heart", sections)

    assert amiss(sheet((row,), ())) == []
    assert amiss(sheet((), (row,))) == [f"{nothing} Ordered 20 Nov 2026."]


def test_what_one_note_says_twice_is_quoted_twice_and_what_two_say_is_said_once() -> None:
    words = "high resolution computed tomography of the chest without any contrast agent"

    def paper(*notes: str) -> Paper:
        items = tuple((Sentence(words, (Source(key, "DocumentReference.content.attachment.data", words),)),)
                      for key in notes)  # fmt: skip
        sections = (Section("plan", "Plan", items, ""),)
        return Paper("consult-note", "Consult note", "Harbor", "Lee", "Pat", "20 Nov 2026", sections)

    assert amiss(paper("DocumentReference/n", "DocumentReference/n")) == []
    assert amiss(paper("DocumentReference/n", "DocumentReference/other")) == [words]
