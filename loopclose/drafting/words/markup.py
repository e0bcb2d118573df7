"""The words of an HTML note, in one pass over its tags, in time proportional to its length.

What is read as a tag is an element of HTML with attributes that can be ones; any other ``<`` is a word (``<LOD``,
``platelets <b50``). What is hidden or struck is left out; boxes, lists and images say what they show
(https://html.spec.whatwg.org/multipage/rendering.html).
"""

from __future__ import annotations

import html
import re
from collections import Counter

from loopclose.drafting.words.attributes import attributes as attributes_of
from loopclose.drafting.words.attributes import colours_grounds, hiding_classes, is_hidden
from loopclose.drafting.words.elements import BLOCKS, CLOSED_BY, DROPPED, HEADS, INLINE, KNOWN, OTHERS, VOID
from loopclose.drafting.words.lines import bare
from loopclose.drafting.words.looks import UNSEEN, Look, look_of
from loopclose.drafting.words.marks import CHOSEN, HEADING, OPEN
from loopclose.drafting.words.page import Page
from loopclose.drafting.words.scripts import lowered, raised
from loopclose.drafting.words.symbol_fonts import signs

MOST_TAGS = 100_000
"""The longest notes have some 20,000."""
MOST_DEEP = 2_000
"""How deep elements may stand in each other."""
MOST_SPANNED = 100
"""For how many rows, or columns, of a table one cell may stand."""
_ATTRIBUTES = r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+"""
_TOKEN = re.compile(
    rf"<!--(?P<comment>)|<[!?][^<>]*+>|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:.\-]*+)(?P<rest>{_ATTRIBUTES})>|[^<]++|<"
)
_COMMENT_ENDS, _EMPTY_COMMENT = re.compile(r"--!?>"), re.compile(r"-?>")
_SPACE = re.compile(r"[ \t\n\r\f]++")
_NO_CHARACTER = re.compile(r"&#[0-9]{8,}+;?")


class Broken(ValueError):
    """The elements stand too deep in each other, or something hidden does not end: it would not be read whole."""


def plain(markup: str) -> str:
    """The words of an HTML note: blocks apart by an empty line, a line for each row. Raises ``Broken``."""
    if markup.count("<") > MOST_TAGS:
        raise Broken
    return _Reading(markup).words()


def looks_like(text: str) -> bool:
    """Whether text that calls itself plain is HTML: it begins with an element and ends one."""
    found = _TOKEN.match(text.lstrip("\ufeff \t\r\n")[:4000])
    name = (found["name"] or "").lower() if found else ""
    declared = bool(found and found[0][:9].lower() == "<!doctype")
    return declared or (name in BLOCKS | INLINE | OTHERS | {"head"} and "</" in text and not (found and found["end"]))


class _Reading:
    """One pass: what stands open, and the page that the words are put on."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._page = Page()
        self._open: list[tuple[str, bool, Look]] = []
        self._counted: Counter[str] = Counter()
        self._dropped = self._pre = 0
        self._classes = hiding_classes(markup)
        self._look = Look(is_on_colour=colours_grounds(markup))
        self._small: list[tuple[str, list[str]]] = []
        self._options: list[tuple[bool, list[str]]] | None = None

    def words(self) -> str:
        at = 0
        while (token := _TOKEN.match(self._markup, at)) is not None:
            at = token.end()
            if token["comment"] is not None:
                at = self._end_of_comment(at)
            elif token["name"] is not None and self._is_tag(token):
                name = token["name"].lower()
                self._end(name) if token["end"] else self._begin(name, token["rest"])
            elif not token[0].startswith(("<!", "<?")):
                self._say(token[0])
        if self._dropped:
            raise Broken
        return self._page.text()

    def _end_of_comment(self, at: int) -> int:
        """Where what is behind a comment begins; one that does not end would hide all that follows."""
        if ended := _EMPTY_COMMENT.match(self._markup, at) or _COMMENT_ENDS.search(self._markup, at):
            return ended.end()
        if self._markup[at:].strip():
            raise Broken
        return len(self._markup)

    def _is_tag(self, token: re.Match[str]) -> bool:
        name, rest = token["name"].lower(), token["rest"]
        if name not in KNOWN and ":" not in name:
            return False
        return not rest.strip(" \t\r\n/") or (not token["end"] and attributes_of(rest) is not None)

    def _begin(self, name: str, rest: str) -> None:
        while self._open and self._open[-1][0] in CLOSED_BY.get(name, ()):
            self._end(self._open[-1][0])
        attributes = attributes_of(rest) or {}
        if name in VOID:
            if not self._dropped:
                self._void(name, attributes)
            return
        hidden = name in DROPPED or is_hidden(attributes, self._classes)
        if len(self._open) >= MOST_DEEP:
            raise Broken
        self._open.append((name, hidden, self._look))
        self._look = look_of(attributes, self._look) if attributes else self._look
        self._counted[name] += 1
        self._dropped += hidden
        if not self._dropped:
            self._opened(name, attributes)
            if "aria-checked" in attributes:
                self._put("☑ " if attributes["aria-checked"].lower() == "true" else "☐ ")

    def _end(self, name: str) -> None:
        if not self._counted[name]:
            if name == "p":
                self._page.block()
            return
        while self._open:
            last, hidden, around = self._open.pop()
            self._counted[last] -= 1
            if not self._dropped:
                self._closed(last)
            self._look = around
            self._dropped -= hidden
            if last == name:
                return

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        page = self._page
        if name in {"ol", "ul", "menu", "dir"}:
            page.list_begins(_number(attributes.get("start", "1")) if name == "ol" else None)
        elif name in BLOCKS:
            page.block()
            page.put(_heading(name) if name in HEADS else "")
        elif name == "li":
            page.item(_number(attributes["value"]) if "value" in attributes else None)
        elif name in {"td", "th"}:
            page.cell_begins(*(_span(attributes.get(name, "1")) for name in ("rowspan", "colspan")))
        elif name == "tr":
            page.row_begins()
        elif name in {"b", "strong"} and self._page.goes_on():
            page.put(" ")  # a heading within a line stands apart by two spaces (``notes.inline``)
        elif name in {"sup", "sub"}:
            self._small.append((name, []))
        elif name == "select":
            self._options = []
        elif name == "option" and self._options is not None:
            self._options.append(("selected" in attributes, []))
        if name == "table":
            page.table_begins()
        self._pre += name == "pre"

    def _closed(self, name: str) -> None:
        page = self._page
        if name in {"td", "th"}:
            page.cell_ends()
        elif name in {"tr", "table"}:
            page.row_ends()
        elif name in {"sup", "sub"} and self._small:
            kind, said = self._small.pop()
            text, before = "".join(said).strip(), page.tail()
            self._put(raised(text, before) if kind == "sup" else lowered(text, before))
        elif name == "select" and self._options is not None:
            chosen = [_one_line("".join(said)) for is_chosen, said in self._options if is_chosen]
            offered = ", ".join(_one_line("".join(said)) for _, said in self._options)
            self._options = None
            self._put(f" {', '.join(chosen)} " if chosen else f" [nothing chosen of: {offered}] ")
        if name in {"ol", "ul", "menu", "dir"}:
            page.list_ends()
        elif name in BLOCKS:
            page.block()
        self._pre -= name == "pre"

    def _void(self, name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "text").lower()
        if name == "br":
            self._page.line()
        elif name == "hr":
            self._page.block()
        elif name == "img" and not is_hidden(attributes, self._classes):
            said = _one_line(attributes.get("alt") or attributes.get("title") or "")
            self._put(f" [image in the note: {said}] " if said else " [image in the note] ")
        elif name == "input" and kind in {"checkbox", "radio"}:
            ticked = "checked" in attributes
            marks = ("☑ ", "☐ ") if kind == "checkbox" else (CHOSEN, OPEN)
            self._put(" " + marks[0 if ticked else 1])
        elif name == "input" and kind not in {"hidden", "button", "submit", "reset", "image", "file", "password"}:
            self._put(f" {attributes.get('value', '')} ")

    def _say(self, text: str) -> None:
        if self._dropped:
            return
        flowing = text if self._pre else _SPACE.sub(" ", text)
        words = bare(html.unescape(_NO_CHARACTER.sub("\ufffd", flowing)))
        if self._look.font is not None:
            words = signs(words, self._look.font)
        if self._look.is_unseen and words.strip():
            words = UNSEEN.format(words=words.strip()) + " "
        if self._pre and not self._small and self._options is None:
            first, *lines = words.split("\n")
            self._page.put(first)
            for line in lines:
                self._page.line()
                self._page.put(line)
        else:
            self._put(words)

    def _put(self, words: str) -> None:
        if self._small:
            self._small[-1][1].append(words)
        elif self._options is not None:
            if self._options:
                self._options[-1][1].append(words)
        else:
            self._page.put(words)


def _number(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 7 else 1


def _span(text: str) -> int:
    return min(max(_number(text), 1), MOST_SPANNED)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _heading(name: str) -> str:
    """The mark of a heading with its level."""
    return HEADING + (name[1] if name[:1] == "h" and name[1:].isdigit() else "7")
