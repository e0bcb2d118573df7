"""Notes in PDF: columns, ligatures, what stands on each page, and the text under a scan."""

from __future__ import annotations

import pytest
import typst

from loopclose.drafting.words.forms import words
from loopclose.drafting.words.pdf import LETTERS, RECOGNISED, plain

PAGE = '#set page(paper: "a6", header: [Harbor Cardiology, Josef Sample], numbering: "1 / 1")\n'


def lines(source: str) -> list[str]:
    return [one.strip() for one in plain(typst.compile(source.encode())).splitlines() if one.strip()]


def drawn(*streams: str) -> bytes:
    """A PDF with those pages, each with a picture on it."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for stream in streams:
        parts.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(f"{len(parts) + 1} 0 R")
        parts.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Resources << /Font << /F 3 0 R >> >> "
            f"/Contents {len(parts)} 0 R >>"
        )
    parts[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    objects = "\n".join(f"{no} 0 obj\n{part}\nendobj" for no, part in enumerate(parts, 1))
    return f"%PDF-1.4\n{objects}\ntrailer << /Root 1 0 R /Size {len(parts) + 1} >>\n%%EOF".encode()


PICTURE = "q 300 0 0 300 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q "


def text(said: str, mode: int = 0, y: int = 200) -> str:
    return f"BT {mode} Tr /F 12 Tf 20 {y} Td ({said}) Tj ET "


def test_what_stands_on_every_page_interrupts_nothing() -> None:
    found = lines(f"{PAGE}Assessment\n\nNo evidence of\n#pagebreak()\nischemia.\n#pagebreak()\nPlan: rest.")
    assert found == ["Harbor Cardiology, Josef Sample", "Assessment", "No evidence of", "ischemia.", "Plan: rest."]
    assert "of\nischemia.\n\nPlan" in plain(typst.compile(f"{PAGE}of#pagebreak()ischemia.#pagebreak()Plan".encode()))


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        (("A", "B"), ["A", "B"]),
        (("LDL 190", "LDL 150"), ["LDL 190", "LDL 150"]),
        (("x #v(1fr) Call 911.", "y #v(1fr) Call 911."), ["x", "Call 911.", "y"]),
        (("BP 1 / 2", "2 / 2"), ["BP 1 / 2"]),
        (("1 / 3", "x"), ["1 / 3", "x"]),
    ],
)
def test_only_what_is_the_same_and_the_pages_own_number_is_left_off(pages: tuple[str, ...], said: list[str]) -> None:
    assert lines('#set page(paper: "a6")\n' + "\n#pagebreak()\n".join(pages)) == said


def test_columns_are_read_one_after_the_other() -> None:
    found = lines('#set page(paper: "a6", columns: 2)\nAssessment: no\nischemia.\n#colbreak()\nPlan: rest\nnow.')
    assert " ".join(found) == "Assessment: no ischemia. Plan: rest now."


def test_ligatures_are_letters_and_a_hyphen_stays() -> None:
    assert (
        " ".join(lines("An e#[ff]ect of the first office affliction.")) == "An effect of the first office affliction."
    )
    assert "su\ufb03cient \ufb01rst 5\ufffe10 mg".translate(LETTERS) == "sufficient first 5-10 mg"
    assert "hyphen-" in " ".join(lines("#set page(width: 3.2cm, margin: 0.4cm)\nhyphen-ated words"))


@pytest.mark.parametrize(
    ("streams", "said"),
    [
        ((PICTURE + text("Stop warfarin.", 3),), f"{RECOGNISED}\nStop warfarin."),
        ((text("Seen."), PICTURE + text("Stop warfarin.", 3)), f"Seen.\n\n{RECOGNISED}\nStop warfarin."),
        ((PICTURE + text("Stop warfarin."),), "Stop warfarin."),
        ((text("Stop warfarin.", 3),), "Stop warfarin."),
    ],
    ids=["scan", "a scan behind", "a logo", "no picture"],
)
def test_text_under_a_scan_says_that_it_was_recognised(streams: tuple[str, ...], said: str) -> None:
    assert plain(drawn(*streams)) == said


def test_a_scan_alone_holds_no_words_and_is_named() -> None:
    with pytest.raises(Exception, match="perhaps a scan"):
        words("application/pdf", drawn(PICTURE))
