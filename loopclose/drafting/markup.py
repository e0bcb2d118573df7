"""The words of an HTML note, whatever it holds, in time proportional to its length.

A parser of HTML takes time in proportion to how deep the elements stand in each other, how many attributes one has,
and how many ``&`` follow each other, and each may be as many as the note is long. So attributes, which hold no words,
are taken off before, entities are left to the end, and what stands too deep is refused.
"""

from __future__ import annotations

import html
import re
from collections import Counter

import nh3

MOST_DEPTHS = 5_000_000
"""Of the depths of all elements together; a note of 10,000 elements that stand 20 deep has 200,000."""
AND, LESS = "\ue0fe", "\ue0ff"
"""Of the characters that mean nothing to anybody: what stands for ``&`` and for a ``<`` that begins no tag, while the
parser is at it."""
_DECLARED = re.compile(r"<[!?][^<>]*>")
_WITH_ATTRIBUTES = re.compile(r"""<([A-Za-z][A-Za-z0-9:.\-]*+)[\s/](?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>""")
_NO_TAG = re.compile(r"<(?!/?[A-Za-z][A-Za-z0-9:.\-]*+\s*+>)")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:.\-]*+)\s*+>")
_BREAKS = re.compile(r"(?i)<(br|/p|/div|/li|/h\d|/tr|/table)\s*+>")
_CELLS = re.compile(r"(?i)</t[dh]\s*+>")
_NO_CHARACTER = re.compile(r"&#[0-9]{8,}+;?")
_SPACES = re.compile(r"\s++")
_CLOSED_BY_THE_NEXT = frozenset({"p", "li", "tr", "td", "th", "dd", "dt", "br", "hr", "img", "col", "input", "wbr"})
"""Elements that never stand in each other, though nothing may end them."""


class TooDeep(ValueError):
    """The elements of a note stand in each other deeper than can be read."""


def plain(markup: str) -> str:
    """The words of an HTML note, a line for each of its blocks and table rows, cells apart. Raises ``TooDeep``."""
    bare = _bare(markup)
    _check_depth(bare)
    flowing = bare if "<pre" in bare.lower() else _SPACES.sub(" ", bare)
    broken = _BREAKS.sub(r"\n\g<0>", flowing)  # the ends stay: without them everything would stand in each other
    apart = _CELLS.sub(r" \g<0>", broken)
    words = html.unescape(nh3.clean(apart, tags=set(), clean_content_tags={"script", "style", "title"}))
    own = html.unescape(_NO_CHARACTER.sub("\ufffd", words.replace(AND, "&")))
    return own.replace(LESS, "<")


def _bare(markup: str) -> str:
    """The same elements without attributes, comments and declarations; a ``<`` that begins no tag is a word."""
    first, *rest = markup.split("<!--")
    without_comments = first + "".join(part.partition("-->")[2] for part in rest)
    hidden = without_comments.translate({ord(AND): None, ord(LESS): None}).replace("&", AND)
    return _NO_TAG.sub(LESS, _WITH_ATTRIBUTES.sub(r"<\1>", _DECLARED.sub("", hidden)))


def _check_depth(bare: str) -> None:
    opened: Counter[str] = Counter()
    depth = together = 0
    for tag in _TAG.finditer(bare):
        name = tag[2].lower()
        if tag[1]:
            depth -= opened[name] > 0
            opened[name] -= opened[name] > 0
            continue
        together += depth
        if name not in _CLOSED_BY_THE_NEXT:
            depth += 1
            opened[name] += 1
        if together > MOST_DEPTHS:
            raise TooDeep
