"""A paper as plain text."""

from __future__ import annotations

from loopclose.drafting.paper import Paper
from loopclose.letters.templates import TEMPLATES


def to_text(paper: Paper, *, signed: str = "") -> str:
    """The paper as plain text, sources behind each sentence; ``signed``: as in ``to_html``."""
    return TEMPLATES.get_template("paper.txt").render(paper=paper, signed=signed)
