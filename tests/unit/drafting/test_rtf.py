r"""The words of RTF notes, as Epic and others keep them; what was deleted or hidden is never among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopclose.drafting.words.rtf import Broken, plain
from loopclose.sandbox.dialects.notes import as_rtf

EPIC = (
    r"{\rtf1\ansi\deff0 {\fonttbl {\f0 Arial;}}{\b Impression/Plan:}\par 1. Atrial fibrillation. Start apixaban 5 mg."
    r"\par CHA2DS2-VASc 3\par {\b Family History:} father, stroke at 70.\par}"
)


FONTS = (
    r"{\fonttbl{\f0\fswiss Arial;}{\f1\fnil\fcharset2 Wingdings;}{\f2\froman\fcharset2{\*\panose 05}Symbol;}"
    r"{\f3\fcharset204 Arial Cyr;}}"
)
COLOURS = r"{\colortbl;\red0\green0\blue0;\red255\green255\blue255;}"


def test_headings_and_paragraphs_are_lines() -> None:
    assert plain(EPIC).splitlines()[:3] == [
        "Impression/Plan:",
        "1. Atrial fibrillation. Start apixaban 5 mg.",
        "CHA2DS2-VASc 3",
    ]


@pytest.mark.parametrize(
    ("rtf", "words"),
    [
        (r"{\rtf1 Start {\deleted warfarin }apixaban.}", "Start apixaban."),
        (r"{\rtf1 Start \deleted warfarin \deleted0 apixaban.}", "Start apixaban."),
        (r"{\rtf1 Seen.{\v do \u8805?not\par send \'e9}}", "Seen."),
        (r"{\rtf1 a|b}", "a|b"),
        (r"{\rtf1 Seen.\v hidden\v0  Well.}", "Seen. Well."),
        (r"{\rtf1 \v hidden\plain shown}", "shown"),
        (r"{\rtf1{\*\generator Word 16;}{\info{\author Pat}}Stable.}", "Stable."),
        (r'{\rtf1 See {\field{\*\fldinst HYPERLINK "http://x.example"}{\fldrslt the guide}}.}', "See the guide."),
        (r"{\rtf1\ansi LVEF \u8805?55 %, caf\'e9}", "LVEF ≥55 %, café"),
        (r"{\rtf1 a\u-4051?b}", "a\uf02db"),
        (r"{\rtf1 Sodium\cell 140\cell\row Potassium\cell 4.1\cell\row}", "Sodium\t140\nPotassium\t4.1"),
        (rf"{{\rtf1\ansi{FONTS}\f1 \'fe\f0  Pain \f1 o\f0  Fever}}", "☑ Pain ☐ Fever"),
        (rf"{{\rtf1\ansi{FONTS}{{\f1\u-3842\'fe}} Pain {{\f1\u-3928?}} Fever}}", "☑ Pain ☐ Fever"),
        (rf"{{\rtf1\ansi{FONTS}EF {{\f2 \'b3}} 55, {{\f2 m}}g, \plain m}}", "EF ≥ 55, μg, m"),
        (rf"{{\rtf1\ansi{FONTS}{{\f1 J}} Good}}", "[sign] Good"),
        (r"{\rtf1\mac caf\'8e 5 \'b5g \'b3 3}", "café 5 µg ≥ 3"),
        (r"{\rtf1\pc caf\'82 37\'f8C \'ab}", "café 37°C ½"),
        (r"{\rtf1\pca caf\'82 \'b8}", "café ©"),
        (rf"{{\rtf1\mac{FONTS}\f3 \'c0}}", "А"),
        (r"{\rtf1\ansi\ansicpg1252 caf\'e9}", "café"),
        (rf"{{\rtf1{COLOURS}Seen.{{\cf2  cocaine}} Well.}}", "Seen.[white text in the note:  cocaine] Well."),
        (rf"{{\rtf1{COLOURS}Seen. \cf2 x\cf1  y}}", "Seen. [white text in the note: x]  y"),
        (rf"{{\rtf1{COLOURS}\cf2 x\par y}}", "[white text in the note: x]\n[white text in the note: y]"),
        (rf"{{\rtf1{COLOURS}\cf2\highlight1 x}}", "x"),
        (rf"{{\rtf1{COLOURS}\trowd\clcbpat1\cf2 Plan\cell\row}}", "Plan"),
        (r"{\rtf1 5 < 6 \{x\} \\ y}", r"5 < 6 {x} \ y"),
    ],
)
def test_what_is_seen_is_read_and_nothing_else(rtf: str, words: str) -> None:
    assert plain(rtf) == words


@pytest.mark.parametrize(
    "rtf",
    [
        "",
        "no rtf",
        r"{\rtf1 cut short",
        r"{\rtf1 one} too many}",
        r"{\rtf1 a} and more",
        "{\\rtf1 " + "{" * 300 + "}" * 301,
    ],
)
def test_what_is_broken_is_not_read_in_part(rtf: str) -> None:
    with pytest.raises(Broken):
        plain(rtf)


@given(st.text(st.characters(codec="cp1252", exclude_categories=["C", "Z"]), min_size=1))
def test_what_the_demo_ehr_writes_comes_back(text: str) -> None:
    assert plain(as_rtf(text).decode()) == text
