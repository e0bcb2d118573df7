"""Whatever headings a note has, every word of it stands in the paper."""

from __future__ import annotations

import base64
import html
import re

from hypothesis import given
from hypothesis import strategies as st

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.notes.heading_names import BY_NAME
from loopclose.drafting.words.lines import is_off
from loopclose.sandbox.dialects.notes import as_rtf
from tests.spec.cast import fact
from tests.tries import tried
from tests.unit.drafting.test_papers import material

NAMES = sorted(BY_NAME)
SAID = """
    no not pain stable Stop aspirin 5 mg daily AF HTN. CAD, of COPD: denies: (left) EF 55% K+ <140 #2 - * 1. 2)
    Insurance: Billing Mother: CT Echo: IMPRESSION: Findings: x
"""
WORDS = st.sampled_from(SAID.split())
SENTENCES = st.lists(WORDS, min_size=1, max_size=7).map(" ".join)
FORMS = ["{}", "{}:", "{}: x", "## {}", "**{}**", "=={}==", "1. {}:", "[{}]", "{} - y", "- {}:", "# {}"]
NUMBERS = {"1", "2"}
"""Of a heading they are left off."""
HEADINGS = st.builds(
    lambda name, how, case: how.format(case(name)),
    st.one_of(st.sampled_from(NAMES), SENTENCES),
    st.sampled_from(FORMS),
    st.sampled_from([str.title, str.upper, str.lower]),
)
LINES = st.lists(st.one_of(HEADINGS, SENTENCES, SENTENCES, st.just("")), min_size=1, max_size=14)


def said_by(content_type: str, data: bytes) -> str:
    attachment = {"contentType": content_type, "data": base64.b64encode(data).decode()}
    document = fact("DocumentReference", "n", content=[{"attachment": attachment}])
    paper = consult_note(material(documents=(document,)))
    parts = [section.title for section in paper.sections]
    parts += [one.text for section in paper.sections for item in section.items for one in item]
    return " ".join(parts)


def tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


@tried(60)
@given(LINES)
def test_every_word_of_a_note_stands_in_the_paper(lines: list[str]) -> None:
    kept = [line for line in lines if not is_off(line.strip())]
    bodies = {
        "text/plain": "\n".join(lines).encode(),
        "text/html": "".join(f"<div>{html.escape(line)}</div>" for line in lines).encode(),
        "text/rtf": as_rtf("\n".join(lines)),
    }
    fixed = {token for name in BY_NAME for token in tokens(name)}
    for content_type, data in bodies.items():
        said = tokens(said_by(content_type, data))
        for token in {one for line in kept for one in tokens(line)} - fixed - NUMBERS:
            assert token in said, (content_type, token)
