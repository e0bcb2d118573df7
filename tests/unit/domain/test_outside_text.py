"""What somebody else wrote is shown without what deceives."""

from __future__ import annotations

import time

import pytest

from loopclose.domain.outside_text import FIRST_STRONG, LONGEST_NAME, POP, alike, harmless, isolated, one_line

TURNED = "Alma \u202eelpmaS"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Alma Sample", "Alma Sample"),
        (TURNED, "Alma \ufffdelpmaS"),
        ("\u2066Alma\u2069 \u200eSample\u200f", "Alma Sample"),
        ("Al\u200bma\ufeff Sam\u00adple", "Alma Sample"),
        ("Alma\x1b[2J Sample\x07", "Alma\ufffd[2J Sample\ufffd"),
        ("Alma\u0085Sample\u009b", "Alma\ufffdSample\ufffd"),
        ("two\nlines\tand\u2028three", "two\nlines\tand\nthree"),
        ("علی\u200cرضا", "علی\u200cرضا"),  # the joiner is part of how Persian is written
        ("א\u2068", "א"),
        ("א\u2069ב\u2068", "אב"),
        (f"names {FIRST_STRONG}א{POP}.", f"names {FIRST_STRONG}א{POP}."),
        ("e" + "\u0301" * 400, "e" + "\u0301" * 4),
        ("A\U000e0041", "A"),
        ("Alma\u3164Sample", "Alma Sample"),
        ("A\u115fl\u1160m\u2800a\uffa0S", "A l m a S"),
        ("Al\u034fma", "Alma"),
        ("葛\U000e0100城", "葛\U000e0100城"),  # which form of the letter a family writes
        ("A" + "\u0489" * 50, "A" + "\u0489" * 4),
        ("ก" + "\u0e47" * 50, "ก" + "\u0e47" * 4),
    ],
)
def test_what_nobody_sees_goes_and_what_deceives_is_marked(text: str, shown: str) -> None:
    assert harmless(text) == shown and harmless(shown) == shown


def test_each_character_that_nobody_sees_goes_and_its_neighbours_stay() -> None:
    """Zero widths, a joiner of accents, marks of direction, fillers, old controls, annotations, tags, no characters."""
    ranges = ((0x2060, 0x2065), (0x206A, 0x2070), (0xFFF9, 0xFFFC), (0xE0000, 0xE0080))
    unseen = {
        0xAD,
        0x34F,
        0x61C,
        0x180E,
        0x200B,
        0x200E,
        0x200F,
        0x202C,
        0x2066,
        0x2067,
        0x2068,
        0x2069,
        0xFEFF,
        0xFFFE,
        0xFFFF,
    }
    unseen |= {code for first, end in ranges for code in range(first, end)}
    every = [*range(0x20, 0xD800), *range(0xE000, 0x110000)]
    assert {code for code in every if harmless(f"A{chr(code)}") == "A"} == unseen
    deceiving = {*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0x202A, 0x202B, 0x202D, 0x202E, 0xFFFD}
    assert {code for code in [*range(0x20), *every] if harmless(f"A{chr(code)}") == "A\ufffd"} == deceiving
    assert [chr(code) for code in every if harmless(f"A{chr(code)}") == "A\n"] == ["\u2028", "\u2029"]
    assert LONGEST_NAME == 160


def test_a_name_that_runs_the_other_way_turns_nothing_around_it() -> None:
    assert isolated("Alma Sample") == "Alma Sample"
    assert isolated("דוד") == f"{FIRST_STRONG}דוד{POP}" == harmless(isolated("דוד"))
    assert isolated(f"{POP}דוד\u202e") == f"{FIRST_STRONG}דוד\ufffd{POP}"


def test_a_line_stays_a_line() -> None:
    assert one_line("a\r\nSubject: b\x0bc") == "a Subject: b\ufffdc"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alma Sample", "alma  SAMPLE"),
        ("Álma Sample", "Alma Samplé"),
        ("Sample, Alma", "Alma Sample"),
        ("Alma O'Brien", "Alma O’Brien"),
        ("Mr. John Sample Jr.", "John Sample"),
        ("Søren Ærø", "Soren Aero"),
        ("Strauß", "STRAUSS"),
        ("Al\u200bma \u202eSample", "Alma Sample"),
        ("Łukasz İnce", "lukasz ince"),
        ("Alma\u3164Sample", "Alma Sample"),
        ("葛\U000e0100城", "葛城"),
        ("علی\u200cرضا", "علیرضا"),
    ],
)
def test_names_that_are_taken_for_each_other_are_alike(one: str, other: str) -> None:
    assert alike(one) == alike(other) != ""


def test_others_are_not() -> None:
    assert alike("Alma Sample") != alike("Alma Samples") and alike("Anna") != alike("Ana")
    assert alike("山田 太郎") not in ("", alike("山田 花子")) and alike(" -\u200b. ") == ""
    assert alike("Jr") == "jr"


@pytest.mark.parametrize("char", ["\u202e", "\u2068", "\u2069", "\u0301", " ", "a", "\x00", "'", "é"])
def test_a_hundred_thousand_of_anything_take_no_time(char: str) -> None:
    text = char * 100_000  # each looked at again for each of them would take minutes; watched line by line it does not
    began = time.process_time()
    harmless(text), isolated(text), alike(text), one_line(text)
    assert time.process_time() - began < 10
