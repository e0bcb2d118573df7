"""The confirmation page in both of its languages: no word lacks one, and no template says what is not in the table."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

from loopclose.domain.recipient_answers import ANSWERS
from loopclose.web import confirmation
from loopclose.web.confirmation.words import LANGUAGES, WORDS, moment, say

HERE = Path(confirmation.__file__).parent
TEMPLATES = [*(HERE / "templates").glob("*.html")]
SAME = {"error_title"}
"""Words that both languages write alike."""


def _fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def test_no_word_lacks_a_language_and_both_are_filled_in_alike() -> None:
    for word, said in WORDS.items():
        assert len(said) == len(LANGUAGES) and all(one.strip() == one and one for one in said), word
        assert len(set(said)) == len(said) or word in SAME, word
        assert len({str(sorted(set(_fields(one)))) for one in said}) == 1, word


def test_every_word_of_the_table_is_said_and_nothing_is_said_that_is_not_in_it() -> None:
    source = "".join(one.read_text() for one in (*TEMPLATES, *HERE.glob("*.py")) if one.name != "words.py")
    named = set(re.findall(r"say\('(\w+)'", source)) | set(re.findall(r'"(\w+)"', source))
    assert {word for word in re.findall(r"say\('(\w+)'", source) if word not in WORDS} == set()
    assert {word for word in WORDS if word not in named and word not in ANSWERS} == {"handover", "ask"} - named
    assert set(ANSWERS) <= set(WORDS)


def test_templates_have_no_words_of_their_own_and_no_script() -> None:
    for one in TEMPLATES:
        source = re.sub(r"\{% macro.*?endmacro %\}", " ", one.read_text(), flags=re.S)
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", source, flags=re.S)
        assert re.findall(r"[A-Za-z]{2,}", text) == [], one.name
        assert "<script" not in one.read_text() and "style=" not in one.read_text()


def test_moments_are_said_in_the_readers_language() -> None:
    at = datetime(2026, 11, 5, 16, 5, tzinfo=UTC)
    assert moment("es", at) == "5 de noviembre de 2026, 16:05"
    assert moment("en", at).endswith("5 Nov 2026 at 16:05")
    assert say("es", "until", moment=moment("es", at)) == "Puede responder aquí hasta el 5 de noviembre de 2026, 16:05."
