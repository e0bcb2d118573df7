"""What somebody did to a draft, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loopclose.drafting.edits import Add, Change, Cut, Move, TakeBack, of_data


def edit_words(data: Any, titles: Mapping[str, str]) -> str:
    """An edit as a part of a sentence; ``titles``: by code of a section of the draft."""
    edit = of_data(data)
    if isinstance(edit, Cut):
        return f"cut “{' '.join(edit.words)}”"
    if isinstance(edit, Change):
        return f"changed “{edit.was}” into “{edit.text}”"
    if isinstance(edit, Add):
        return f"added “{edit.text}” to {titles.get(edit.section, edit.section)}"
    if isinstance(edit, Move):
        where = "within" if edit.before is not None else "to the end of"
        return f"moved “{edit.words}” {where} {titles.get(edit.section, edit.section)}"
    if isinstance(edit, TakeBack):
        return f"took back edit {edit.of}"
    return "took the newer draft"
