"""Names are found however they are written."""

from __future__ import annotations

import pytest

from loopclose.domain.searching import asked_words, words_in, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("O’Brien-Müller", ["obrien", "muller"]),
        ("o'brien", ["obrien"]),
        ("SØREN  Łukasz", ["soren", "lukasz"]),
        ("Straße", ["strasse"]),
        ("Zoë\u202e\u200b Q.", ["zoe", "q"]),
        ("李 小龙", ["李", "小龙"]),
        ("100%_done", ["100", "done"]),
        ("", []),
        ("a" * 500, ["a" * 60]),
    ],
)
def test_a_word_is_small_letters_and_digits(text: str, words: list[str]) -> None:
    assert list(words_in(text)) == words
    assert words_of(text) == " ".join(words)


def test_what_was_folded_folds_to_itself() -> None:
    once = words_of("José Ångström İstanbul ﬁne", "Dr. Ana Núñez", mrn="MRN-0047-11")
    assert words_of(once) == once


def test_a_record_number_is_found_by_what_the_screen_shows_of_it() -> None:
    assert words_of("Ana Sample", None, mrn="00471234").split() == ["ana", "sample", "00471234", "1234"]


def test_a_word_is_asked_for_once() -> None:
    assert asked_words("Ana ana  SAMPLE!") == ["ana", "sample"]
