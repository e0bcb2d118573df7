"""Lists of words as they are read best: many in a line."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The names in a text, parted by semicolons and ends of lines."""
    return frozenset(name for part in text.replace("\n", " ").split(";") if (name := " ".join(part.split())))
