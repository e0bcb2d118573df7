"""A file is small enough to be read in one go: 250 lines, unless it is a table."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 250
TABLES = ("loopclose/store/migrations/versions/*.py",)
"""What grows by rows and not by thoughts."""


def test_no_code_file_is_longer_than_a_sitting() -> None:
    tables = {path for pattern in TABLES for path in ROOT.glob(pattern)}
    files = {path for part in ("loopclose", "fhir_adapters") for path in (ROOT / part).rglob("*.py")}
    assert tables <= files and len(files) > 100
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files - tables}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST} == {}
