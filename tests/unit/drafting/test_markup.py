"""HTML notes into words: nothing of them is lost, and no note takes longer than its length."""

from __future__ import annotations

import base64

import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.markup import TooDeep, plain
from loopclose.drafting.notes import MOST_CHARACTERS
from loopclose.letters.text import to_text
from tests.linear.measure import slow_at
from tests.unit.drafting.test_papers import fact, material


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ('<div class="x" title="a>b"><p>Rest.<br/>Ice.</p></div>', "Rest.\nIce.\n\n"),
        ("<!doctype html><!-- no --><p>BP < 120 & pulse <60</p>", "BP < 120 & pulse <60\n"),
        ('<p>one<o:p></o:p></p><![if !lists]><img src="data:x,y">two', "one\ntwo"),
        ("<script>if (a < b) {}</script><style>p{}</style>Plan", "Plan"),
        ("<pre>a\n b</pre>", "a\n b"),
        ("<td>a</td ><td>b</td>", "a b "),
        ("no <!-- end of a comment", "no "),
        ("a &lt;b&gt; &amp;amp; &eacute;&nbsp;&#233; AT&T", "a <b> &amp; é\xa0é AT&T"),
        ("&#" + "9" * 5000 + "; x", "\ufffd x"),
    ],
)
def test_the_words_of_markup(markup: str, words: str) -> None:
    assert plain(markup) == words


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<x></y>", "<font><p>", "<ul><li>"])
def test_what_stands_too_deep_is_refused_at_once(tag: str) -> None:
    with pytest.raises(TooDeep):
        plain(tag * 100_000)
    assert plain("<p><li><br>" * 20_000 + "x").strip() == "x"


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
