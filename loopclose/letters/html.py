"""A paper as HTML: a page of its own, or a part of one."""

from __future__ import annotations

import nh3

from loopclose.domain.outside_text import harmless
from loopclose.drafting.paper import Paper
from loopclose.letters.templates import TEMPLATES

_TAGS = {"section", "header", "h2", "h3", "p", "ul", "li", "strong", "em", "details", "summary", "code"}


def to_html(paper: Paper, *, fragment: bool = False, signed: str = "") -> str:
    """The paper as a page of its own, or as a part of one; everything from the chart is escaped.

    ``signed``: that it was signed, in words; without it the page says that it is a draft.
    """
    return TEMPLATES.get_template("fragment.html" if fragment else "page.html").render(paper=paper, signed=signed)


def old_page(page: str) -> str:
    """A draft that an earlier release kept as a page, as it was, as a part of a page that says so."""
    body = nh3.clean(harmless(page), tags=_TAGS, attributes={}, clean_content_tags={"script", "style", "title"})
    return TEMPLATES.get_template("old_page.html").render(body=body)


def not_shown(why: str) -> str:
    """In place of a paper that cannot be shown, why."""
    return TEMPLATES.get_template("not_shown.html").render(why=why)
