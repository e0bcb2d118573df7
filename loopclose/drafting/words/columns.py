"""Tables in plain text, by tabs or by spaces: a cell in which nothing stands is shown, so that no word of a row moves
under the head of another column (a drug to *start* under *stop*).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

EMPTY = "—"
"""For an empty cell."""
LEAST, LONGEST_HEAD = 3, 30
"""Columns of a table that is told as one; characters of the head of a column."""
_VALUE = re.compile(r"[:0-9]")
_GAP = re.compile(r" {3,}+")
_FIELD = re.compile(r"\S++(?: {1,2}\S++)*+")


def with_empty_cells(text: str) -> str:
    """A text whose rows with an empty cell show it; every other line as it is. Lines end with ``\\n``."""
    if "\t" not in text and "   " not in text:
        return text
    return "\n".join(_rows(text.split("\n")))


def _rows(lines: list[str]) -> Iterator[str]:
    by_tab, starts = 0, list[int]()
    for line in lines:
        cells = [one.strip() for one in line.split("\t")]
        fields = [(one.start(), one[0]) for one in _FIELD.finditer(line)] if _GAP.search(line.strip()) else []
        filled = sum(map(bool, cells))
        if len(cells) > 1:
            if by_tab and len(cells) <= by_tab and 1 < filled < by_tab and cells[0]:
                yield " | ".join(one or EMPTY for one in (*cells, *[""] * (by_tab - len(cells))))
                continue
            by_tab = by_tab or (len(cells) if filled == len(cells) >= LEAST and _are_heads(cells) else 0)
        elif starts and 1 < len(fields) < len(starts) and fields[0][0] <= starts[0]:
            yield _placed(fields, starts) or line
            continue
        elif not starts and len(fields) >= LEAST and _are_heads([words for _, words in fields]):
            starts = [at for at, _ in fields]
        elif not fields:
            by_tab, starts = 0, []
        yield line


def _placed(fields: list[tuple[int, str]], starts: list[int]) -> str | None:
    """The fields under the columns over which they stand; None where two stand under one."""
    row = [""] * len(starts)
    for at, words in fields:
        column = min(range(len(starts)), key=lambda one: abs(starts[one] - at))
        if row[column]:
            return None
        row[column] = words
    return " | ".join(one or EMPTY for one in row)


def _are_heads(cells: list[str]) -> bool:
    """Whether words may head columns: vitals in a row (``BP: 120/80``) do not."""
    return all(len(one) <= LONGEST_HEAD and not one.endswith(".") and not _VALUE.search(one) for one in cells)
