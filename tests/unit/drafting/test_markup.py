"""HTML notes into words: nothing of them is lost, and no note takes longer than its length."""

from __future__ import annotations

import base64

import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.words.forms import MOST_CHARACTERS
from loopclose.drafting.words.lines import lines_of
from loopclose.drafting.words.markup import Broken, plain
from loopclose.letters.text import to_text
from tests.linear.measure import slow_at
from tests.unit.drafting.test_papers import fact, material


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ('<div class="x" title="a>b"><p>Rest.<br/>Ice.</p></div>', ["Rest.", "Ice."]),
        ("<!doctype html><!-- no --><p>BP < 120 & pulse <60</p>", ["BP < 120 & pulse <60"]),
        (
            '<p>one<o:p></o:p></p><![if !lists]><img alt="ECG" src="data:x,y">two',
            ["one", "[image in the note: ECG] two"],
        ),
        ("<script>if (a < b) {}</script><style>p{}</style>Plan", ["Plan"]),
        ("<head><title>Note</title></head><h2>Assessment</h2>", ["Assessment"]),
        ("<pre>a\n b</pre>", ["a", "b"]),
        ("<p>no evidence of\n   embolism</p>", ["no evidence of embolism"]),
        (
            "<table><tr><td>a</td ><td>b</td></tr><tr><td>c:<td>d<tr><td>1<td>2<td>3</table>",
            ["a: b", "c: d", "1 | 2 | 3"],
        ),
        ("<table><tr><td>Plan<br>rest</td><td>x</td></tr></table>", ["Plan", "rest", "x"]),
        ("no<!--> <!---> <!-- x --!> end of a comment <!-- ", ["no end of a comment"]),
        (
            "<font face='Wingdings'>&#254;</font> Pain<br><span style='font-family: Wingdings'>o</span> Fever",
            ["☑ Pain", "☐ Fever"],
        ),
        ("&#xF0FE; Pain, \uf0a8 Fever, \uf0fd Cough", ["☑ Pain, ☐ Fever, ☒ Cough"]),
        ("EF <span style=\"font-family:'Symbol',serif\">³</span> 55 %, <font face=symbol>m</font>g", ["EF ≥ 55 %, μg"]),
        ("<p style='font-family:Wingdings'>o<span style='font-family:Arial'>to go</span></p>", ["☐to go"]),
        ("Seen. <font color='#FFFFFF'>cocaine</font> Well.", ["Seen. [white text in the note: cocaine] Well."]),
        (
            "<p style='color: white'>Rest <b>now</b></p>Well.",
            ["[white text in the note: Rest] [white text in the note: now]", "Well."],
        ),
        ("<table><tr style='background:#036'><th style='color:#fff'>Plan</th></tr></table>", ["Plan"]),
        ("<style>.h{background:#036}</style><p class=h style='color:#fff'>Plan</p>", ["Plan"]),
        ("<p style='color:#fff;background-color:#ffffff'>x</p>", ["[white text in the note: x]"]),
        ("<p style='background-color:#fff'>x</p><p bgcolor=navy>y</p>", ["x", "y"]),
        ("<p>37.5Â°C, patientâ€™s cafÃ©</p>", ["37.5°C, patient’s café"]),
        ("a &lt;b&gt; &amp;amp; &eacute;&nbsp;&#233; AT&T", ["a <b> &amp; é é AT&T"]),
        ("&#" + "9" * 5000 + "; x", ["\ufffd x"]),
        (
            "troponin <LOD at 0 h, <b50 , SBP <90 or >180, <stop> and <b and c>",
            ["troponin <LOD at 0 h, <b50 , SBP <90 or >180, <stop> and <b and c>"],
        ),
        (
            "5<sup>2</sup> mg, 10<sup>6</sup>/L, 1<sup>st</sup>, m<sup>2</sup>, 10<sup>-3</sup>, 5<sub>2</sub>",
            ["5² mg, 10^6/L, 1st, m², 10^-3, 5₂"],
        ),
        ("stop <del>metoprolol</del><s>x</s> <span style='display: none'>no</span>aspirin", ["stop aspirin"]),
        ("<span style='text-decoration:line-through'>warfarin</span> apixaban", ["apixaban"]),
        ("<style>.gone{color:red;display:none}</style><p class='a gone'>hidden</p><p class='b'>seen</p>", ["seen"]),
        ("<p hidden>x</p><p>y</p>", ["y"]),
        ("<table><tr><td rowspan=2>Na<td>140<td>am<tr><td>138<td>pm</table>", ["Na | 140 | am", "Na | 138 | pm"]),
        (
            "<table><tr><td rowspan=0>a<td>b<tr><td rowspan=99999>c<td>d</table><table><tr><td>e<td>f</table>",
            ["a: b", "c: d", "e: f"],
        ),
        ("<ol start=3><li>c<li>d<ul><li>e</ul><li value=9>i</ol>", ["3. c", "4. d", "e", "9. i"]),
        ("<input type=checkbox>Pain<br><input type=checkbox checked>Palpitations", ["☐ Pain", "☑ Palpitations"]),
        ("Plan: <input type=radio>Start <input type=radio checked>Stop", ["Plan: Stop"]),
        ("<input type=radio>Yes<br><input type=radio checked>No", ["☐ Yes", "☑ No"]),
        ("Pregnant: <select><option>Yes<option selected>No</select>.", ["Pregnant: No ."]),
        ("Smoker: <select><option>Yes<option>No</select>", ["Smoker: [nothing chosen of: Yes, No]"]),
        ("<input value='120/80'><input type=hidden value=x>", ["120/80"]),
        ("<dl><dt>Assessment</dt><dd>Stable.</dd></dl>", ["Assessment", "Stable."]),
        ("<p>one<p>two<div>three", ["one", "two", "three"]),
    ],
)
def test_the_words_of_markup(markup: str, lines: list[str]) -> None:
    assert [" ".join(line.text.split()) for line in lines_of(plain(markup))] == lines


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<ul><li>"])
def test_what_stands_too_deep_is_refused_at_once(tag: str) -> None:
    with pytest.raises(Broken):
        plain(tag * 50_000)
    assert plain("<p><br>" * 20_000 + "x").strip() == "x"


@pytest.mark.parametrize("markup", ["no <!-- end of a comment", "<p>Plan</p><!-- <p>Stop warfarin.</p>"])
def test_a_comment_that_does_not_end_hides_nothing_in_silence(markup: str) -> None:
    with pytest.raises(Broken):
        plain(markup)


def test_what_hides_all_that_follows_is_not_read_in_part() -> None:
    for markup in ("<p>Stop <del>aspirin.<p>Plan: rest.", "<style>p{}<p>Plan"):
        with pytest.raises(Broken):
            plain(markup)


@pytest.mark.parametrize("element", ["<div></div>", "<p>a</p>", "<table><tr><td>a</td></tr></table>", "<b></b>"])
def test_elements_that_follow_each_other_cost_no_more_than_their_letters(element: str) -> None:
    assert slow_at(plain, lambda size: element * (size // len(element)), 2**18) is None


def test_thousands_of_attributes_cost_no_more_than_their_letters() -> None:
    for head, tail in (("<b ", ">"), ("<b ", ""), ('<b x="<" ', ">"), ('<b "', "")):
        assert slow_at(plain, lambda size: head + "".join(f"a{n} " for n in range(size // 8)) + tail, 2**18) is None


@pytest.mark.parametrize("words", ["x" * (MOST_CHARACTERS + 1), "x\n" * 6000, "<div>" * 50_000 + "Plan"])
def test_a_note_that_is_too_long_is_named_and_nothing_is_said_to_be_absent(words: str) -> None:
    kind = "text/plain" if "\n" in words else "text/html"
    data = base64.b64encode(words.encode()).decode()
    document = fact("DocumentReference", "n", content=[{"attachment": {"contentType": kind, "data": data}}])
    said = to_text(consult_note(material(documents=(document,))))
    assert "too long or too intricate" in said and "No assessment was recorded" not in said
