"""What keeps a letter from being signed, and who may sign it: each row a letter, what was entered, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loopclose.domain.signing import (
    AGREED,
    HINDRANCES,
    LEAST_SHARE,
    QUESTION,
    UNANSWERED,
    WORDS_A_MINUTE,
    Entered,
    Letter,
    Said,
    hindrances,
    least_time,
)

TITLE = "What keeps a letter from being signed"
_CODES = "\n".join(f"| `{code}` | {words} |" for code, words in HINDRANCES.items())
_AGREED = "; ".join(f"`{code}`: {words}" for code, words in AGREED.items())
_UNANSWERED = "; ".join(f"`{code}`: {words}" for code, words in UNANSWERED.items())
TEXT = f"""
A letter is both papers of a report together. Whoever signs is told everything that keeps them from it, at once:

| code | what is said |
| --- | --- |
{_CODES}

A conflict is answered by one of {_AGREED}. The referrer's question is answered in words, by a sentence of the letter,
or by why it is not: {_UNANSWERED}. The least time is a quarter (1/{LEAST_SHARE}) of what reading takes at
{WORDS_A_MINUTE} words a minute. The first four leave nothing to do on the page, so nothing else is said beside them.

Below, a letter is a draft of 1,000 words, opened a minute ago, that asks nothing and hides nothing, but for what the
row says of it and of what was entered.
"""
COLUMNS = ["letter", "entered", "keeps it from being signed"]
LETTER = Letter(state="drafted", sha256="a", words=1000)
ENTERED = Entered("a", open_for=timedelta(minutes=1))
LETTERS: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "the referrer asked something": {"is_asked": True},
    "two conflicts": {"conflicts": ("c1", "c2")},
    "quotes a preliminary note": {"is_preliminary": True},
    "a note could not be read": {"unreadable": ("A note could not be read.",)},
    "of 1,001 words": {"words": 1001},
    "changed in the database": {"is_intact": False, "is_asked": True},
    "not drafted": {"state": "owed", "sha256": ""},
    "waived": {"state": "waived"},
    "on hold": {"state": "held", "is_asked": True},
    "signed": {"state": "signed", "is_preliminary": True},
    "sent": {"state": "sent"},
    "asked, a conflict, an unread note": {
        "is_asked": True,
        "conflicts": ("c1",),
        "unreadable": ("A note could not be read.",),
    },
}
ENTRIES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an answer in words": {"answers": {QUESTION: Said("words", "It is cardiac.")}},
    "an answer of blanks": {"answers": {QUESTION: Said("words", "  ")}},
    "a sentence of the letter": {"answers": {QUESTION: Said("quoted", "Stable angina is likely.")}},
    "that it waits for a result": {"answers": {QUESTION: Said("pending")}},
    "a reason that is none": {"answers": {QUESTION: Said("later", "later")}},
    "one answer": {"answers": {"c1": Said("intended")}},
    "both answers": {"answers": {"c1": Said("intended"), "c2": Said("words", "Stopped on Monday.")}},
    "both, one without its words": {"answers": {"c1": Said("intended"), "c2": Said("words")}},
    "the tick": {"has_seen_chart": True},
    "that it is read": {"has_read": True},
    "of an older draft": {"sha256": "b"},
    "never opened": {"open_for": None},
}
ROWS = [
    ["as it should be", "nothing", "-"],
    ["as it should be", "of an older draft", "`not_fresh`"],
    ["as it should be", "never opened", "`not_read`"],
    ["of 1,001 words", "nothing", "`not_read`"],
    ["of 1,001 words", "that it is read", "-"],
    ["the referrer asked something", "nothing", "`answer_empty`"],
    ["the referrer asked something", "an answer of blanks", "`answer_empty`"],
    ["the referrer asked something", "a reason that is none", "`answer_empty`"],
    ["the referrer asked something", "an answer in words", "-"],
    ["the referrer asked something", "a sentence of the letter", "-"],
    ["the referrer asked something", "that it waits for a result", "-"],
    ["two conflicts", "nothing", "`conflict_open`"],
    ["two conflicts", "one answer", "`conflict_open`"],
    ["two conflicts", "both, one without its words", "`conflict_open`"],
    ["two conflicts", "both answers", "-"],
    ["quotes a preliminary note", "that it is read", "`note_preliminary`"],
    ["a note could not be read", "nothing", "`unreadable`"],
    ["a note could not be read", "the tick", "-"],
    ["asked, a conflict, an unread note", "never opened", "`conflict_open` `answer_empty` `unreadable` `not_read`"],
    ["changed in the database", "nothing", "`changed`"],
    ["not drafted", "nothing", "`not_drafted`"],
    ["waived", "nothing", "`not_drafted`"],
    ["on hold", "nothing", "`held`"],
    ["signed", "of an older draft", "`already_signed`"],
    ["sent", "nothing", "`already_signed`"],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[1]}")
def test_what_keeps_it_from_being_signed_is_what_the_row_says(row: list[str]) -> None:
    letter, entered = replace(LETTER, **LETTERS[row[0]]), replace(ENTERED, **ENTRIES[row[1]])
    found = hindrances(letter, entered)
    assert (" ".join(f"`{code}`" for code in found) or "-") == row[2]
    assert all(words == HINDRANCES[code] for code, words in found.items())


def test_every_code_stands_in_some_row_and_is_a_sentence() -> None:
    said = " ".join(row[2] for row in ROWS)
    assert all(f"`{code}`" in said for code in HINDRANCES)
    assert all(words[0].isupper() and words.endswith(".") for words in HINDRANCES.values())


def test_reading_takes_a_minute_for_a_thousand_words_at_the_least() -> None:
    assert least_time(1000) == timedelta(minutes=1)
