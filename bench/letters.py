"""A thousand letters drafted and printed, beside WeasyPrint printing the same letters.

    python -m bench.letters [--size 1000] [--peer 100] [--at-least 3]

Each letter is another patient's. Ours: both papers out of their material, packed as they are kept, and the consult note
as PDF/UA-1 and PDF/A-3a. WeasyPrint's: the same papers, and the note's HTML page as PDF/UA-1. Both warmed up, one
process, one after another. Ends with 1 below the ratio that is wanted.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from bench.results import add
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.keeping import pack
from loopclose.drafting.paper import Paper
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.letters.forms import FORMS, Look
from loopclose.letters.html import to_html
from loopclose.letters.letter import Header, Letter
from loopclose.letters.pdf import to_pdf
from tests.spec.cast import fact
from tests.unit.letters.sample import HEADER, NOTE, letter, material

WARM_UP = 3
FACTS = letter().facts


def papers(no: int) -> tuple[Paper, Paper]:
    """Both papers of one letter."""
    patient = fact("Patient", "p", name=[{"text": f"Josef Sample-{no}"}], birthDate="1955-03-03", gender="male")
    text = NOTE.replace("148/86", f"{120 + no % 60}/{70 + no % 30}") + f"\nWe look after patient {no} together.\n"
    made = material(text, patient=patient)
    both = consult_note(made), prescription_sheet(made)
    for paper in both:
        pack(paper)
    return both


def head(no: int) -> Header:
    """The head of that letter."""
    return replace(HEADER, document=str(UUID(int=no)), patient=replace(HEADER.patient, name=f"Josef Sample-{no}"))


def ours(no: int) -> bytes:
    """Drafted, and printed by Typst."""
    note, _ = papers(no)
    return to_pdf(note, head(no))


def ours_whole(no: int) -> bytes:
    """Drafted, and printed with the C-CDA attached."""
    note, sheet = papers(no)
    whole = Letter(papers={"consult-note": note, "prescription-sheet": sheet}, header=head(no), facts=FACTS)
    return FORMS["pdf"].make(whole, "consult-note", Look())


def weasyprint(no: int) -> bytes:
    """Drafted, and the page printed by WeasyPrint."""
    from weasyprint import HTML

    made: bytes = HTML(string=to_html(papers(no)[0])).write_pdf(pdf_variant="pdf/ua-1")
    return made


def rate(make: Callable[[int], bytes], size: int) -> float:
    """Letters a second."""
    for no in range(WARM_UP):
        assert make(no).startswith(b"%PDF")
    began = time.perf_counter()
    for no in range(size):
        make(no)
    return size / (time.perf_counter() - began)


def main() -> int:
    """Measure, print, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--peer", type=int, default=100, help="letters of WeasyPrint, which takes longer")
    parser.add_argument("--at-least", type=float, default=3.0)
    asked = parser.parse_args()
    printed = rate(ours, asked.size)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = rate(ours_whole, max(asked.size // 10, 1))
    peer = rate(weasyprint, asked.peer)
    ratio = printed / peer
    for name, value in (("ours", printed), ("ours, C-CDA attached", whole), ("WeasyPrint", peer)):
        print(f"{name:24}{value:>8.1f} letters/s")
    print(f"ours ÷ WeasyPrint: {ratio:.1f}, at least {asked.at_least} is wanted; peak {peak:.0f} MB")
    add("letters", "drafted and printed", printed, "letters/s", {"WeasyPrint": ratio}, peak)
    add("letters", "with the C-CDA attached", whole, "letters/s", {"WeasyPrint": whole / peer}, None)
    return 0 if ratio >= asked.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
