"""What every printed letter is set with: the faces that are shipped, the standards, and a compiler of one template."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from loopclose import defaults

LETTERS = Path(defaults.__file__).parent / "letters"
SHIPPED = LETTERS / "letter.typ"
"""The template that is shipped."""
FACES = LETTERS / "fonts"
"""Open Sans, and Noto Sans for what it does not have; their licences stand beside them. No other face is used, so
that a letter looks the same on every machine."""
STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-3a"]
"""To be read aloud (ISO 14289-1), and to be kept with what is attached (ISO 19005-3)."""


def compiler(template: Path) -> typst.Compiler:
    """A compiler of one template: it keeps to the first that it was given, so each has its own."""
    return typst.Compiler(
        input=str(template), root=str(template.parent), font_paths=[str(FACES)], ignore_system_fonts=True
    )


def compiled(by: typst.Compiler, letter: dict[str, Any], at: datetime) -> bytes:
    """The letter as PDF; raises ``typst.TypstError``."""
    done = by.compile(
        format="pdf",
        sys_inputs={"letter": json.dumps(letter, ensure_ascii=False)},
        pdf_standards=STANDARDS,
        timestamp=at.astimezone(UTC).replace(microsecond=0),
    )
    if not isinstance(done, bytes):
        raise TypeError("typst gave something else than one PDF")
    return done
