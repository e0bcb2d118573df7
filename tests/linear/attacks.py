"""Texts made from a pattern: every character it names, and its parts again and again, well ended and badly."""

from __future__ import annotations

import re
import re._constants as C  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator
from typing import Any

OF_CATEGORY = {
    C.CATEGORY_DIGIT: "7",
    C.CATEGORY_NOT_DIGIT: "a",
    C.CATEGORY_SPACE: " ",
    C.CATEGORY_NOT_SPACE: "a",
    C.CATEGORY_WORD: "w",
    C.CATEGORY_NOT_WORD: " ",
}
REPEATS = {C.MAX_REPEAT, C.MIN_REPEAT, C.POSSESSIVE_REPEAT}
MANY = 6
"""Branches of one choice that are tried; in a list of a thousand drugs they are all alike."""
FEW = 8
"""Different characters up to which every two of them are tried side by side."""
ALPHABET = 16
"""Different characters beyond which a pattern is a list of words: whether the text ends well is all one to it."""
LONG, SHORTER = 2**16, 2**14
"""Characters of a text: of a part of the pattern again and again; and of what is tried by the score, two characters
in turn and a part behind what stands before it."""
BREAK, OTHERS = "\x00", ["a", " "]


def texts(pattern: re.Pattern[Any]) -> list[tuple[Callable[[int], Any], int]]:
    """Makers of texts of a length, in the type that the pattern reads, and the length to try them up to."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    named = sorted(_characters(tree))
    pumps = {pump: SHORTER if pump[0] else LONG for pump in _pumps(list(tree), "")}
    pumps |= {("", part): LONG for part in [*named, _example(list(tree))]}
    others = [*named, *OTHERS] if len(named) <= FEW else OTHERS
    pumps |= {("", one + other): SHORTER for one in others for other in others if ("", one + other) not in pumps}
    return [
        (_maker(head, pump, tail, isinstance(pattern.pattern, bytes)), most)
        for (head, pump), most in sorted(pumps.items())
        if pump
        for tail in ((BREAK, "") if len(named) <= ALPHABET else (BREAK,))
    ]


def _maker(head: str, pump: str, tail: str, is_bytes: bool) -> Callable[[int], Any]:
    def make(size: int) -> Any:
        text = head + pump * max(1, (size - len(head)) // len(pump)) + tail
        return text.encode("latin-1", "replace") if is_bytes else text

    make.__doc__ = f"{head!r} + {pump!r} * n + {tail!r}"
    return make


def _inner(op: Any, value: Any) -> list[list[Any]]:
    """The sequences within a part."""
    if op in REPEATS:
        return [list(value[2])]
    if op is C.SUBPATTERN:
        return [list(value[3])]
    if op is C.BRANCH:
        return [list(one) for one in value[1][:MANY]]
    if op in (C.ASSERT, C.ASSERT_NOT):
        return [list(value[1])]
    return [list(value)] if op is C.ATOMIC_GROUP else []


def _pumps(sequence: list[Any], head: str) -> Iterator[tuple[str, str]]:
    """(what stands before, what is repeated): each beginning of a sequence, and what each part repeats."""
    so_far = ""
    for op, value in sequence:
        for within in _inner(op, value):
            yield from _pumps(within, head + so_far)
            if op in REPEATS:
                yield head + so_far, _example(within)
        so_far += _example([(op, value)])
        yield "", so_far
        yield head, so_far


def _example(sequence: list[Any]) -> str:
    return "".join(map(_example_of, sequence))


def _example_of(part: Any) -> str:
    op, value = part
    if op is C.LITERAL:
        return chr(value)
    if op is C.NOT_LITERAL:
        return "a" if chr(value) != "a" else "b"
    if op is C.ANY:
        return "a"
    if op is C.IN:
        return _one_of(value)
    if op in REPEATS:
        return _example(list(value[2])) * max(1, value[0])
    inner = _inner(op, value)
    return _example(inner[0]) if inner and op not in (C.ASSERT, C.ASSERT_NOT) else ""


def _one_of(choices: Any) -> str:
    if choices[0][0] is C.NEGATE:
        not_these = {char for choice in choices[1:] for char in _chars(choice)}
        return next(char for char in "a 0<~" if char not in not_these)
    return next(iter(_chars(choices[0])))


def _characters(tree: Any) -> set[str]:
    """Every character that a pattern names; of a range its ends."""
    found: set[str] = set()
    for op, value in tree:
        if op in (C.LITERAL, C.NOT_LITERAL):
            found.add(chr(value))
        elif op is C.IN:
            found |= {char for choice in value for char in _chars(choice)}
        for within in _inner(op, value):
            found |= _characters(within)
    return found


def _chars(choice: Any) -> list[str]:
    op, value = choice
    if op is C.LITERAL:
        return [chr(value)]
    if op is C.RANGE:
        return [chr(value[0]), chr(value[1])]
    return [OF_CATEGORY[value]] if op is C.CATEGORY else []
