"""A file of return dates: its columns, and what a line of it says or why it cannot be read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO

from loopclose.domain.returns import SOURCES

NEEDED, MORE = ("patient", "date"), ("referrer", "source")
LARGEST = 16 * 2**20
"""Bytes of a file."""


class NoSuchFile(ValueError):
    """The file as a whole cannot be used; the message is one sentence."""


@dataclass(frozen=True)
class Line:
    """One line, numbered as an editor numbers it."""

    no: int
    patient: str = ""
    """``Patient/id``, ``system|value``, or a record number."""
    on: date | None = None
    referrer: str = ""
    """An NPI; empty: whoever the report is owed to."""
    source: str = ""
    wrong: str | None = None
    """Why it cannot be read, in one sentence."""


def lines_of(text: str) -> Iterator[Line]:
    """Every line below the heading that is not empty; raises ``NoSuchFile`` where the heading is another."""
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        heading = [name.strip().lower() for name in next(reader, [])]
        _check(heading)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _line(reader.line_num, heading, cells)
    except csv.Error as problem:
        raise NoSuchFile(f"Line {reader.line_num} is no CSV ({problem}): nothing after it was read.") from problem


def _check(heading: list[str]) -> None:
    missing = [name for name in NEEDED if name not in heading]
    unknown = [name for name in heading if name not in (*NEEDED, *MORE)]
    if missing or unknown or len(set(heading)) < len(heading):
        raise NoSuchFile(
            f"The first line must name the columns {' and '.join(NEEDED)}, and may name {' and '.join(MORE)}: "
            "nothing was read."
        )


def _line(no: int, heading: list[str], cells: list[str]) -> Line:
    if len(cells) != len(heading):
        return Line(no, wrong=f"It has {len(cells)} cells, and the first line {len(heading)}.")
    given = dict(zip(heading, (cell.strip() for cell in cells), strict=True))
    npi, source = given.get("referrer", ""), given.get("source", "").lower()
    if not given["patient"]:
        return Line(no, wrong="It names no patient.")
    if npi and not (npi.isascii() and npi.isdigit() and len(npi) == 10):
        return Line(no, wrong="The referrer is no NPI: ten digits are expected, or nothing.")
    if source and source not in SOURCES:
        return Line(no, wrong=f"The source is none of {', '.join(SOURCES)}.")
    try:
        on = date.fromisoformat(given["date"])
    except ValueError:
        return Line(no, wrong="The date cannot be read: write it like 2026-11-23.")
    return Line(no, given["patient"], on, npi, source)
