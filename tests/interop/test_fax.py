"""What is left of a letter after a fax: rendered as a fax machine does (204 by 196 dots, black or white) by Ghostscript
and read again by Tesseract. Every heading, drug, dose and the code must come through to the letter.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image

from loopclose.domain.confirm_code import confirm_code, in_groups, read_confirm_code
from loopclose.domain.short_code import read_short_code
from loopclose.drafting.absence import behind
from loopclose.letters.confirming import Confirming
from loopclose.letters.pdf import to_pdf
from tests.interop.servers import run
from tests.unit.letters.sample import HEADER, letter, ordered

DOSES = (
    ordered("d1", "197361", "amlodipine 5 MG Oral Tablet", "1½ tablets (7.5 mg) once a day"),
    ordered(
        "d2", "966222", "levothyroxine sodium 0.025 MG Oral Tablet", "25 µg every morning, ½ hour before breakfast"
    ),
    ordered("d3", "1361048", "apixaban 2.5 MG Oral Tablet", "1 tablet twice a day if creatinine ≥ 1.5 mg/dL"),
    ordered("d4", "105585", "methotrexate 2.5 MG Oral Tablet", "6 tablets (15 mg) once a week, on Monday"),
    ordered("d5", "311034", "insulin regular, human 100 UNT/ML", "8 units before each meal, at most 30 units a day"),
)
COMES_THROUGH = (
    "1 1/2 tablets (7.5 mg) once a day",
    "25 mcg every morning, 1/2 hour before breakfast",
    "1 tablet twice a day if creatinine >= 1.5 mg/dL",
    "6 tablets (15 mg) once a week, on Monday",
    "8 units before each meal, at most 30 units a day",
    "levothyroxine sodium 0.025 MG Oral Tablet",
    "apixaban 2.5 MG Oral Tablet",
)


def read(made: bytes, folder: Path, last_page: int = 9) -> str:
    """What a machine reads of the fax, on one line."""
    (folder / "letter.pdf").write_bytes(made)
    run(["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=tiffg3", "-r204x196", "-dPDFFitPage",
         f"-dLastPage={last_page}", f"-sOutputFile={folder / 'fax.tif'}", str(folder / "letter.pdf")])  # fmt: skip
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    return " ".join(run(["tesseract", str(folder / "fax.tif"), "-", "-l", "eng"]).split())


def folded(text: str) -> str:
    """Without the difference of 1, l, I and t, that a reader of words makes good: ``A1c``, ``class II``."""
    return text.translate(str.maketrans("lI|t", "1111"))


@pytest.mark.parametrize("kind", ["consult-note", "prescription-sheet"])
def test_every_heading_drug_dose_and_the_code_come_through(kind: str, tmp_path: Path) -> None:
    one = letter(medications=DOSES)
    paper = one.papers[kind]
    found = read(to_pdf(paper, one.header, fax=True), tmp_path)
    first = (paper.first.heading, *(section.title for section in paper.first.sections)) if paper.first else ()
    for words in (paper.title, *first, *(one.title for one in behind(paper)), HEADER.code, "Josef Sample"):
        assert words in found, found
    sentences = [said.text for item in paper.everything for said in item if said.text.isascii()]
    assert len(sentences) >= 5
    assert [text for text in sentences if folded(text) not in folded(found)] == []
    if kind == "prescription-sheet":
        assert [words for words in COMES_THROUGH if words not in found] == [], found


@pytest.mark.parametrize("no", range(4))
def test_codes_come_through_and_are_seen_to_be_right(no: int, tmp_path: Path) -> None:
    header = replace(HEADER, document=str(UUID(int=no)))
    found = read(to_pdf(letter().papers["prescription-sheet"], header, fax=True), tmp_path, last_page=1)
    after = found.partition("Our code for this letter")[2].split()
    assert header.code in (read_short_code(word) for word in after[:2]), found


@pytest.mark.parametrize("no", range(4))
def test_the_page_the_code_and_the_square_by_which_a_copy_is_confirmed_come_through(no: int, tmp_path: Path) -> None:
    code = confirm_code(random.Random(no).choice)
    address = f"https://confirm.harbor-cardiology.example/{code}"
    confirming = Confirming(address, "confirm.harbor-cardiology.example", in_groups(code))
    made = to_pdf(letter().papers["consult-note"], HEADER, fax=True, confirming=confirming)
    found = read(made, tmp_path, last_page=1)
    assert "confirm.harbor-cardiology.example" in found, found
    after = found.partition("and enter this code")[2].split()
    assert code in (read_confirm_code(word) for word in after[:2]), found
    ours = found.partition("Our code for this letter")[2].split()
    assert HEADER.code in (read_short_code(word) for word in ours[:2]), found
    with Image.open(tmp_path / "fax.tif") as fax:
        square = fax.convert("L").resize((fax.width, fax.height * 204 // 196))
        assert [one.text for one in zxingcpp.read_barcodes(square)] == [address]
