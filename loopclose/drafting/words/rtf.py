r"""The words of an RTF note: what its author deleted or hid is no part of it, and what is broken is not read in part.

The converter (``striprtf``) prints hidden and deleted text, and leaves out what follows a brace too many; so the text
is gone through before, and given to it without what is not to be seen (RTF 1.9.1, "Character formatting properties":
``\v``, ``\deleted``, ``\strike``; "Destinations": ``{\*``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from striprtf.striprtf import rtf_to_text

from loopclose.drafting.words.scripts import raised

MOST_DEEP = 200
"""How deep groups may stand in each other."""
FONTS_AT_MOST = 12_000
"""Characters of a table of fonts; Word writes some 6,000. The converter's time goes with their square."""
_TOKEN = re.compile(r"\\([A-Za-z]{1,32})(-?[0-9]{1,10})?+ ?|\\'[0-9A-Fa-f]{2}|\\[^A-Za-z]|[{}]|[^\\{}]++|\\")
_HIDING, _CELLS = frozenset({"v", "deleted", "strike", "striked"}), frozenset({"cell", "nestcell"})
_OF_FONT = frozenset({"v", "strike", "striked"})
"""What ``\\plain`` ends."""
_AROUND = " \t\r\n\f\x00\x1a"
"""What may stand around a document: programs in C end their texts with a zero."""
_KEPT = frozenset({"f", "deff", "uc"})
"""What a hidden stretch says of the text after it."""
_BRACE = re.compile(r"[{}]")
_FONTS = re.compile(r"\{[^{}\\]*+\\fonttbl")


class Broken(ValueError):
    """It is no RTF, or its groups do not end where they should, or stand too deep in each other."""


@dataclass(frozen=True)
class _Group:
    """What holds within one group."""

    hidden: frozenset[str] = frozenset()
    """The words of control that hide its text now."""
    dropped: bool = False
    """Whether it is a destination that nobody has to know."""
    raised: bool = False
    """Whether its text stands above the line."""


def plain(text: str) -> str:
    """The words of an RTF note, a line for each of its paragraphs and rows, cells apart. Raises ``Broken``."""
    if not text.lstrip(_AROUND).startswith("{\\rtf"):
        raise Broken
    seen = "".join(_seen(text.strip(_AROUND)))
    if _fonts_in(seen) > FONTS_AT_MOST:
        raise Broken
    words: str = rtf_to_text(seen, errors="replace")  # type: ignore[no-untyped-call]
    return "\n".join(line.strip() for line in _paired(words).splitlines())


def _paired(words: str) -> str:
    """Words in which the two halves of a character stand as one (``\\u-10179?\\u-8704?``); a half alone is none."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _fonts_in(text: str) -> int:
    """How long the table of fonts is."""
    begun, deep = _FONTS.search(text), 1
    for brace in _BRACE.finditer(text, begun.end()) if begun else ():
        deep += 1 if brace[0] == "{" else -1
        if not deep:
            return brace.end() - begun.start() if begun else 0
    return 0


def _seen(text: str) -> Iterator[str]:
    """The tokens without what is hidden, deleted, or in a destination that nobody has to know."""
    groups: list[_Group] = []
    starred = False
    before = ""
    for token in _TOKEN.finditer(text):
        said, word = token[0], token[1]
        if said == "{":
            groups.append(groups[-1] if groups else _Group())
            if len(groups) > MOST_DEEP:
                raise Broken
        elif not groups:
            raise Broken  # something stands after the end
        elif said == "}":
            groups.pop()
        elif said == "\\*":
            starred = True
        elif word is not None:
            groups[-1] = _after(groups[-1], word, token[2], starred)
            starred = False
            if groups[-1].hidden and word not in _KEPT:
                continue
            said = "\\tab " if word in _CELLS else said
        elif groups[-1].hidden or groups[-1].dropped:
            continue
        else:
            said = _escaped(raised(said, before)) if groups[-1].raised and said[0] != "\\" else said
            before = said[-8:]
        if said in "{}" or not (groups and groups[-1].dropped):
            yield said
    if groups:
        raise Broken


def _after(group: _Group, word: str, argument: str | None, starred: bool) -> _Group:
    """The group after a word of control."""
    if starred:
        return replace(group, dropped=True)
    if word == "plain":
        return replace(group, hidden=group.hidden - _OF_FONT, raised=False)
    if word in {"super", "nosupersub", "sub"}:
        return replace(group, raised=word == "super" and argument != "0")
    if word in _HIDING:
        changed = group.hidden - {word} if argument == "0" else group.hidden | {word}
        return replace(group, hidden=changed)
    return group


def _escaped(text: str) -> str:
    return "".join(char if char.isascii() else f"\\u{ord(char)}?" for char in text)
