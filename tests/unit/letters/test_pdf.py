"""The printed letter: what stands on which page, the same bytes each time, and what cannot be printed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from msgspec import structs

from loopclose.drafting.absence import behind
from loopclose.drafting.paper import Section, Sentence, Source
from loopclose.letters.ccda import to_ccda
from loopclose.letters.faxed import plain
from loopclose.letters.forms import FORMS, Look
from loopclose.letters.letter import Header
from loopclose.letters.own_template import RefusedTemplate
from loopclose.letters.pdf import NotPrintable, to_pdf
from loopclose.letters.text import to_text
from loopclose.letters.typesetting import SHIPPED
from tests.unit.letters.sample import HEADER, LONG, NOTE, NOTES, ODD, letter

KINDS = ("consult-note", "prescription-sheet")


def pages(made: bytes) -> list[str]:
    """The words of each page, on one line."""
    found = pypdfium2.PdfDocument(made)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in found]


def printed(text: str = NOTE, kind: str = "consult-note", **more: object) -> list[str]:
    one = letter(text)
    return pages(to_pdf(one.papers[kind], one.header, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fax", [False, True], ids=["print", "fax"])
def test_every_sentence_of_the_paper_is_on_it(kind: str, fax: bool) -> None:
    one = letter()
    whole = " ".join(printed(kind=kind, fax=fax))
    paper = one.papers[kind]
    first = paper.first.sections if paper.first else ()
    for section in (*first, *behind(paper)):
        assert section.title in whole
    for item in paper.everything:
        put = (plain(sentence.text) if fax else sentence.text for sentence in item)
        assert all(" ".join(text.split()) in whole for text in put)


def test_the_head_says_to_whom_about_whom_and_by_what_it_is_filed() -> None:
    head = printed()[0]
    for words in ("Dr. Lee Sample", "Elm Street Family Medicine", "4 Elm Street", "Quincy, MA 02169", "Josef Sample",
                  "3 Mar 1955", "4471-03", "Thu 19 Nov 2026", "11488-4", HEADER.code, "12 Harbor Street"):  # fmt: skip
        assert words in head, words


@pytest.mark.parametrize("size", ["us-letter", "a4"])
def test_each_page_says_whose_it_is_and_which_of_how_many(size: str) -> None:
    found = printed(LONG, page=size)
    assert len(found) >= 3
    for no, page in enumerate(found, start=1):
        assert "Josef Sample, born 3 Mar 1955" in page and f"Page {no} of {len(found)}" in page
        assert "not signed" in page


def test_the_sheet_has_the_size_that_was_asked_for() -> None:
    one = letter()
    sizes = {
        page: pypdfium2.PdfDocument(to_pdf(one.papers["consult-note"], one.header, page))[0].get_size()  # type: ignore[arg-type]
        for page in ("us-letter", "a4")
    }
    assert sizes["us-letter"] == (612, 792) and [round(size) for size in sizes["a4"]] == [595, 842]


def test_what_is_signed_names_who_signed_and_bears_no_draft_mark() -> None:
    one = letter(signed=True)
    for page in pages(to_pdf(one.papers["consult-note"], one.header)):
        assert "draft" not in page.lower()
    whole = " ".join(pages(to_pdf(one.papers["consult-note"], one.header)))
    assert "Heart Sample, MD Signed electronically, Fri 20 Nov 2026 at 09:05" in whole


def test_the_same_letter_is_the_same_bytes_and_another_after_it_changes_nothing() -> None:
    one = letter()
    first = to_pdf(one.papers["consult-note"], one.header)
    to_pdf(letter(ODD).papers["consult-note"], one.header)
    assert to_pdf(one.papers["consult-note"], one.header) == first


def test_what_somebody_wrote_is_never_a_program() -> None:
    whole = " ".join(printed(ODD))
    for line in ODD.splitlines()[1:]:
        assert line.replace("\\\\", "\\") in whole or line.endswith(":"), line
    assert "\u00ad" not in whole


@pytest.mark.parametrize("words", ["seen by 山田", "fine \U0001f600", "private \ue000 sign"])
@pytest.mark.parametrize("fax", [False, True], ids=["print", "fax"])
def test_a_letter_that_cannot_be_printed_names_the_sentence_and_the_sign(words: str, fax: bool) -> None:
    with pytest.raises(NotPrintable) as problem:
        printed(f"Plan:\nGood.\n{words} today.", fax=fax)
    sign = next(sign for sign in words if ord(sign) > 0x3000)
    assert f"U+{ord(sign):04X}" in str(problem.value) and f"“{words} today." in str(problem.value)


def test_what_only_deceives_or_steers_is_not_printed() -> None:
    whole = "".join(printed("Plan:\nRest\u202e.\x1b[2J\x07 and \u200bice"))
    assert not set(whole) & set("\u202e\x1b\x07\u200b") and "and ice" in whole


def test_names_in_other_scripts_are_printed() -> None:
    name = "Ζωή Иванова דוד محمد कमला Nguyễn"
    one = letter()
    paper = one.papers["consult-note"]
    whole = " ".join(pages(to_pdf(paper, replace(HEADER, patient=replace(HEADER.patient, name=name)))))
    assert "Ζωή Иванова" in whole and "Nguyễn" in whole


@pytest.mark.parametrize("name", sorted(NOTES))
def test_nothing_of_a_fax_is_smaller_than_eleven_points_or_in_colour(name: str) -> None:
    """The sizes and colours that the pages are set in, as PDF operators."""
    import pypdfium2.raw as raw

    one = letter(NOTES[name])
    for kind in KINDS:
        found = pypdfium2.PdfDocument(to_pdf(one.papers[kind], one.header, fax=True))
        for page in found:
            for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                assert thing.get_matrix().d * _size(thing) >= 10.99
            for thing in page.get_objects():
                assert _colour(thing) == (0, 0, 0)


def _size(thing: pypdfium2.PdfObject) -> float:
    import ctypes

    size = ctypes.c_float()
    pypdfium2.raw.FPDFTextObj_GetFontSize(thing.raw, size)
    return float(size.value)


def _colour(thing: pypdfium2.PdfObject) -> tuple[int, int, int]:
    import ctypes

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pypdfium2.raw.FPDFPageObj_GetFillColor(thing.raw, red, green, blue, alpha)
    return red.value, green.value, blue.value


def test_the_consult_note_carries_the_same_letter_as_a_c_cda() -> None:
    one = letter()
    found = pypdfium2.PdfDocument(FORMS["pdf"].make(one, "consult-note", Look()))
    assert found.count_attachments() == 1
    attached = found.get_attachment(0)
    assert attached.get_name() == "consultation-note.xml" and bytes(attached.get_data()) == to_ccda(one)
    for form, kind in (("pdf", "prescription-sheet"), ("fax", "consult-note")):
        assert pypdfium2.PdfDocument(FORMS[form].make(one, kind, Look())).count_attachments() == 0


def own(folder: Path, text: str) -> Path:
    path = folder / "ours.typ"
    path.write_text(text, encoding="utf-8")
    return path


def by_own(template: Path, header: Header = HEADER) -> bytes:
    return to_pdf(letter().papers["consult-note"], header, template=template)


def test_a_practices_own_template_prints_the_same_letter(tmp_path: Path) -> None:
    assert by_own(own(tmp_path, SHIPPED.read_text(encoding="utf-8"))) == to_pdf(letter().papers["consult-note"], HEADER)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("= Hi\n#let x = \n", r"broken in line 2: "),
        ('= Hi\n\n#import "@preview/cetz:0.3.0"\n', r"imports a package in line 3"),
        ('= Hi\n#import "\\u{40}preview/cetz:0.3.0": canvas\n', r"broken in line 2: "),
        ('= Hi\n#read("../../../../../etc/passwd")\n', r"broken in line 2: "),
        ("= Hi\n#while true {}\n", r"broken in line 2: "),
        ('= Hi\n#("a" * 4000000000).len()\n', r"was ended: it takes longer than"),
        ("", r"broken|cannot be printed"),
    ],
)
def test_a_broken_or_greedy_template_is_refused_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises((RefusedTemplate, NotPrintable), match=told):
        by_own(own(tmp_path, text))


def test_a_template_that_cannot_be_printed_for_the_letters_sake_names_the_sentence(tmp_path: Path) -> None:
    header = replace(HEADER, patient=replace(HEADER.patient, name="山田 Sample"))
    with pytest.raises(NotPrintable, match=re.escape("U+5C71")):
        by_own(own(tmp_path, SHIPPED.read_text(encoding="utf-8")), header)


def test_a_short_letter_is_one_page_and_page_one_stands_before_what_is_behind() -> None:
    page = printed("Assessment:\nStable angina.\n\nPlan:\nRest, and a walk a day.")[0]
    assert page.index("You asked") < page.index("Not said in the chart") < page.index("Rest, and a walk a day.")
    assert page.index("Rest, and a walk a day.") < page.index("is not signed. It must be read and signed")
    assert "Appendix: sources" not in page or page.index("It must be read") < page.index("Appendix: sources")


def test_of_hundreds_of_records_behind_a_sentence_the_first_are_printed_and_the_others_counted() -> None:
    sources = tuple(Source(f"MedicationRequest/m{n}", "MedicationRequest.id", f"m{n}") for n in range(200))
    one = letter()
    paper = structs.replace(one.papers["prescription-sheet"], sections=(
        Section("ended", "No longer on the list", ((Sentence("Stopped: epoetin.", sources),),), ""),
    ))  # fmt: skip
    found = pages(to_pdf(paper, one.header))
    assert len(found) == 1 and "and 193 more records, which the text and HTML forms list" in found[0]
    assert "MedicationRequest/m199" in to_text(paper)
