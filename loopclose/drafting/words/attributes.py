"""The attributes of a tag, and what of them hides or strikes the words of an element."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from loopclose.drafting.words.elements import BARE
from loopclose.drafting.words.lines import bare

_ATTRIBUTE = re.compile(r"""([A-Za-z_:@][\w:.\-]*+)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+|[^\s/]""")
_HIDING = re.compile(
    r"(?i)display:none|visibility:(?:hidden|collapse)|line-through|mso-hide:all|font-size:0(?![.\d])|opacity:0(?![.\d])"
)
_SELECTOR = re.compile(r"(?:[A-Za-z][A-Za-z0-9]{0,20}+)?([.#][\w-]{1,80}+)")
"""A class or an id, with or without an element before it; other selectors are not gone after."""
STRIKING = frozenset({"strike", "strikethrough", "strike-through", "line-through", "text-decoration-line-through"})
"""Classes that say by their name that the words are struck."""


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
    """What a style sheet of the note hides or strikes: ``.class`` and ``#id``."""
    return frozenset(name for sheet in _sheets(markup) for name in _hidden_in(sheet))


def colours_grounds(markup: str) -> bool:
    """Whether a style sheet of the note gives anything a background, on which white words may be seen."""
    return any("background" in sheet.lower() for sheet in _sheets(markup))


def _sheets(markup: str) -> Iterator[str]:
    lower = markup.lower()
    at = lower.find("<style")
    while at >= 0:
        end = lower.find("</style", at)
        begun = markup.find(">", at) + 1
        yield markup[begun or at : end if end >= 0 else len(markup)]
        at = lower.find("<style", end) if end >= 0 else -1


def _hidden_in(sheet: str) -> Iterator[str]:
    for rule in sheet.replace("<!--", "").split("}"):
        selectors, _, style = rule.partition("{")
        if _HIDING.search("".join(style.split())):
            found = (_SELECTOR.fullmatch(one.strip()) for one in selectors.split(","))
            yield from (one[1] for one in found if one)


def is_hidden(attributes_of: dict[str, str], classes: frozenset[str]) -> bool:
    """Whether an element with those attributes is not shown, or struck; ``classes`` are the selectors that hide."""
    style = "".join(attributes_of.get("style", "").split())
    own = attributes_of.get("class", "").split()
    if "hidden" in attributes_of or (style and _HIDING.search(style)) or not STRIKING.isdisjoint(own):
        return True
    return bool(classes) and not classes.isdisjoint((*(f".{name}" for name in own), f"#{attributes_of.get('id', '')}"))
