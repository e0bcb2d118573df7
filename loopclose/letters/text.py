"""A paper as plain text."""

from __future__ import annotations

from loopclose.drafting.paper import Paper
from loopclose.letters.templates import TEMPLATES


def to_text(paper: Paper) -> str:
    """The paper as plain text, sources behind each sentence."""
    return TEMPLATES.get_template("paper.txt").render(paper=paper)
