"""Names are found however they are written."""

from __future__ import annotations

import pytest

from loopclose.domain.searching import asked_words, sought, words_in, words_of


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


@pytest.mark.parametrize(
    ("text", "born", "words"),
    [
        ("3/14/1961 mockley", ("1961-03-14",), ["mockley"]),
        ("mockley 1961-03-14", ("1961-03-14",), ["mockley"]),
        ("ana 14 Mar 1961 mock", ("1961-03-14",), ["ana", "mock"]),
        ("14-Mar-1961", ("1961-03-14",), []),
        ("March 14, 1961", ("1961-03-14",), []),
        ("mar 14 1961 lee", ("1961-03-14",), ["lee"]),
        ("03.14.1961", ("1961-03-14",), []),
        ("14/3/1961", ("1961-03-14",), []),
        ("4/3/1961", ("1961-04-03",), []),
        ("3/14/61", ("1961-03-14", "2061-03-14"), []),
        ("31/31/1961", (), ["31", "1961"]),
        ("2/30/1961 ana", (), ["2", "30", "1961", "ana"]),
        ("8471-22-1", (), ["8471", "22", "1"]),
        ("MRN-3-14-1961-7", (), ["mrn", "3", "14", "1961", "7"]),
        ("may 1961", (), ["may", "1961"]),
        ("Mary 3 1961", (), ["mary", "3", "1961"]),
        ("Sept 3 1961", ("1961-09-03",), []),
        ("", (), []),
    ],
)
def test_a_birth_date_is_taken_out_of_what_was_typed(text: str, born: tuple[str, ...], words: list[str]) -> None:
    assert sought(text).born == born
    assert asked_words(text) == words
