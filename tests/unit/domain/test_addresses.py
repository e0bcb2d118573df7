"""What can be written to, and what is refused where it is entered."""

from __future__ import annotations

import pytest

from loopclose.domain.addresses import LONGEST, BadAddress, checked_address, parse_address

LONG = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".org"
AS_LONG_AS_CAN_BE = "a" * 64 + "@" + ".".join(["b" * 63, "b" * 62, "b" * 62])


@pytest.mark.parametrize(
    ("text", "on_the_wire"),
    [
        ("cora@practice.example", "cora@practice.example"),
        ("a@b", "a@b"),
        ("first.last+tag@practice.example", "first.last+tag@practice.example"),
        ("jürgen@practice.example", "jürgen@practice.example"),
        ("ju\u0308rgen@practice.example", "jürgen@practice.example"),
        ("cora@praxis-müller.example", "cora@xn--praxis-mller-klb.example"),
        ("cora@PRAXIS.example", "cora@praxis.example"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
        ('"cora coord"@practice.example', '"cora coord"@practice.example'),
        ('"a@b"@practice.example', '"a@b"@practice.example'),
        (LONG, LONG),
        (AS_LONG_AS_CAN_BE, AS_LONG_AS_CAN_BE),
    ],
)
def test_what_can_be_written_to(text: str, on_the_wire: str) -> None:
    assert str(parse_address(text)) == on_the_wire
    assert checked_address(text) == text


def test_the_longest_is_as_long_as_the_limit() -> None:
    assert len(AS_LONG_AS_CAN_BE) == LONGEST


def test_only_the_part_before_the_at_needs_more_than_ascii() -> None:
    assert parse_address("cora@praxis-müller.example").is_ascii
    assert not parse_address("jürgen@practice.example").is_ascii


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cora",
        "@practice.example",
        "cora@",
        "cora coord@practice.example",
        "cora@practice..example",
        "cora@practice.example.",
        "cora@-practice.example",
        "cora@127.0.0.1",
        "cora@[127.0.0.1]",
        ".cora@practice.example",
        "a@b@practice.example",
        "Cora <cora@practice.example>",
        "cora@practice.example, leo@practice.example",
        "cora@practice.example\r\nBcc: all@practice.example",
        "cora\n@practice.example",
        '"cora\r\nBcc: x"@practice.example',
        "cora\u202e@practice.example",
        "cora\u2028@practice.example",
        "c" * 65 + "@practice.example",
        "c" * 60 + "@" + ".".join(["b" * 60] * 4),
        "cora@" + "b" * 64 + ".example",
    ],
)
def test_what_cannot_is_refused_in_one_sentence_that_says_what_is_expected(text: str) -> None:
    with pytest.raises(BadAddress) as told:
        checked_address(text)
    words = str(told.value)
    assert words.endswith(": write it like name@practice.example.") and words.count(". ") == 0
    assert "cora" not in words


def test_a_megabyte_of_anything_is_refused_at_once() -> None:
    for character in ('"', "\\", "a", ".", "@", "ü", " "):
        with pytest.raises(BadAddress):
            parse_address(character * 1_000_000)
        with pytest.raises(BadAddress):
            parse_address('"' + character * 1_000_000 + "@practice.example")


@pytest.mark.parametrize("text", ["cora", "@practice.example", "cora@", "@"])
def test_what_has_not_both_parts_is_told_so(text: str) -> None:
    with pytest.raises(BadAddress, match="a name, an @ and a domain"):
        parse_address(text)
