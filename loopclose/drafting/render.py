"""Papers as HTML and as plain text."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, select_autoescape

from loopclose.drafting.paper import Paper

_TEMPLATES = Environment(
    loader=PackageLoader("loopclose", "defaults/letters"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)


def to_html(paper: Paper, *, fragment: bool = False) -> str:
    """The paper as a page of its own, or as a part of one; everything from the chart is escaped."""
    return _TEMPLATES.get_template("fragment.html" if fragment else "page.html").render(paper=paper)


def to_text(paper: Paper) -> str:
    """The paper as plain text, sources behind each sentence."""
    return _TEMPLATES.get_template("paper.txt").render(paper=paper)
