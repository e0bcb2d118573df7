"""A paper as plain text."""

from __future__ import annotations

from loopclose.drafting.paper import Paper
from loopclose.letters.confirming import Confirming
from loopclose.letters.templates import TEMPLATES


def to_text(paper: Paper, *, signed: str = "", confirming: Confirming | None = None) -> str:
    """The paper as plain text, sources behind each sentence; ``signed``: as in ``to_html``.

    ``confirming``: how whoever gets this copy confirms it.
    """
    return TEMPLATES.get_template("paper.txt").render(paper=paper, signed=signed, confirming=confirming)
