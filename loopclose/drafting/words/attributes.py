"""The attributes of a tag, and what of them hides or strikes the words of an element."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from loopclose.drafting.words.elements import BARE
from loopclose.drafting.words.lines import bare

_ATTRIBUTE = re.compile(r"""([A-Za-z_:@][\w:.\-]*+)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+|[^\s/]""")
_HIDING = re.compile(r"(?i)display:none|visibility:hidden|line-through|mso-hide:all|font-size:0(?![.\d])")
_RULE = re.compile(r"\.([\w-]{1,80}+)\s*+\{([^{}]*+)\}")


def attributes(rest: str) -> dict[str, str] | None:
    """The attributes of a tag; None where they can be none."""
    found: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(rest):
        name, value = one[1], one[2]
        if name is None or (value is None and name.lower() not in BARE and not name.startswith(("data-", "aria-"))):
            return None
        found.setdefault(name.lower(), bare(html.unescape(value.strip("\"'"))) if value else "")
    return found


def hiding_classes(markup: str) -> frozenset[str]:
    """Classes that a style sheet of the note hides or strikes."""
    return frozenset(name for sheet in _sheets(markup) for name in _hidden_in(sheet))


def _sheets(markup: str) -> Iterator[str]:
    lower = markup.lower()
    at = lower.find("<style")
    while at >= 0:
        end = lower.find("</style", at)
        yield markup[at : end if end >= 0 else len(markup)]
        at = lower.find("<style", end) if end >= 0 else -1


def _hidden_in(sheet: str) -> Iterator[str]:
    for rule in _RULE.finditer(sheet):
        if _HIDING.search("".join(rule[2].split())):
            yield rule[1]


def is_hidden(attributes_of: dict[str, str], classes: frozenset[str]) -> bool:
    """Whether an element with those attributes is not shown, or struck; ``classes`` are those that hide."""
    style = "".join(attributes_of.get("style", "").split())
    own = set(attributes_of.get("class", "").split()) if classes else set()
    return "hidden" in attributes_of or bool(style and _HIDING.search(style)) or bool(own & classes)
