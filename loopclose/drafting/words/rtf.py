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

from loopclose.drafting.words.rtf_tables import Tables, tables_of
from loopclose.drafting.words.scripts import raised
from loopclose.drafting.words.symbol_fonts import signs

MOST_DEEP = 200
"""How deep groups may stand in each other."""
FONTS_AT_MOST = 12_000
"""Characters of a table of fonts; Word writes some 6,000. The converter's time goes with their square."""
_TOKEN = re.compile(r"\\([A-Za-z]{1,32})(-?[0-9]{1,10})?+ ?|\\'[0-9A-Fa-f]{2}|\\[^A-Za-z]|[{}]|[^\\{}]++|\\")
_HIDING, _CELLS = frozenset({"v", "deleted", "strike", "striked"}), frozenset({"cell", "nestcell"})
_OF_FONT = frozenset({"v", "strike", "striked"})
"""What ``\\plain`` ends."""
_ENDING = frozenset({"par", "line", "cell", "nestcell", "row", "sect", "page"})
"""What white text ends before, in the words of the note."""
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
    font: str | None = None
    """The number of its font, where one was chosen."""
    white: bool = False
    on_colour: bool = False
    is_table: bool = False
    """Whether it is of the head, and has no text."""
    fallback: int = 1
    """How many characters stand behind one of Unicode for readers that know none."""


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
    """The tokens without what is hidden, deleted, or in a destination that nobody has to know; with white text named,
    and with signs and code pages that the converter does not know as Unicode.
    """
    groups: list[_Group] = []
    tables = tables_of(text)
    starred = in_white = False
    before, passed = "", 0
    for token in _TOKEN.finditer(text):
        said, word = token[0], token[1]
        if in_white and (word in _ENDING or (said == "}" and not (groups[:-1] and groups[-2].white))):
            yield "]"
            in_white = False
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
            groups[-1] = _after(groups[-1], word, token[2], starred, tables)
            starred = False
            passed = groups[-1].fallback if word == "u" else 0
            if groups[-1].hidden and word not in _KEPT:
                continue
            said = "\\tab " if word in _CELLS else _sign(said, word, token[2], groups[-1], tables)
        elif groups[-1].hidden or groups[-1].dropped:
            continue
        elif not groups[-1].is_table:
            is_white = groups[-1].white and not groups[-1].on_colour
            if is_white != in_white and (in_white or said.strip()):
                yield "[white text in the note: " if is_white else "] "
                in_white = is_white
            kept, said, passed = _passing(said, passed)
            said = _shown(said, groups[-1], tables, before)
            before, said = said[-8:], kept + said
        if said in "{}" or not (groups and groups[-1].dropped):
            yield said
    if groups:
        raise Broken


def _passing(said: str, passed: int) -> tuple[str, str, int]:
    """What of some text stands for the character of Unicode before it, and goes by; the rest; how much is to go yet."""
    if not passed or (said[0] == "\\" and said[1:2] != "'"):
        return "", said, 0
    if said[0] == "\\":
        return said, "", passed - 1
    return said[:passed], said[passed:], max(0, passed - len(said))


def _shown(said: str, group: _Group, tables: Tables, before: str) -> str:
    """Text as a reader sees it, as the converter reads it."""
    is_byte = said[:2] == "\\'"
    if not said or (said[0] == "\\" and not is_byte):
        return said
    font = tables.signs.get(group.font or "")
    if font is not None:
        return _escaped(signs(chr(int(said[2:], 16)) if is_byte else said, font))
    if is_byte and tables.page is not None and group.font not in tables.with_charset:
        return _escaped(bytes([int(said[2:], 16)]).decode(tables.page, "replace"))
    return _escaped(raised(said, before)) if group.raised and not is_byte else said


def _sign(said: str, word: str, argument: str | None, group: _Group, tables: Tables) -> str:
    """A character of Unicode in a font of signs; any other word of control as it is."""
    font = tables.signs.get(group.font or "") if word == "u" and argument else None
    shown = signs(chr(int(argument or 0) % 0x10000), font) if font is not None else ""
    return f"\\u{ord(shown)} " if len(shown) == 1 else said


def _after(group: _Group, word: str, argument: str | None, starred: bool, tables: Tables) -> _Group:
    """The group after a word of control."""
    if starred:
        return replace(group, dropped=True)
    if word == "plain":
        return replace(group, hidden=group.hidden - _OF_FONT, raised=False, font=None, white=False, on_colour=False)
    if word in {"fonttbl", "colortbl", "stylesheet", "info"}:
        return replace(group, is_table=True)
    if word == "f":
        return replace(group, font=argument)
    if word == "cf":
        return replace(group, white=argument in tables.whites)
    if word in {"cb", "highlight"}:
        return replace(group, on_colour=argument not in {None, "0", *tables.whites})
    if word == "uc":
        return replace(group, fallback=int(argument or 1))
    if word in {"super", "nosupersub", "sub"}:
        return replace(group, raised=word == "super" and argument != "0")
    if word in _HIDING:
        changed = group.hidden - {word} if argument == "0" else group.hidden | {word}
        return replace(group, hidden=changed)
    return group


def _escaped(text: str) -> str:
    return "".join(char if char.isascii() else f"\\u{ord(char)}?" for char in text)
