"""``loopclose returns``: of one thing owed, or out of a file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.test_cli_moves import CORA, Line, line

__all__ = ["line"]


def written(line: Line, text: str) -> Path:
    path = line.folder / "returns.csv"
    path.write_text(f"patient,date,source\n{text}", encoding="utf-8")
    return path


def test_a_file_is_taken_line_by_line_and_what_is_left_out_ends_with_4(line: Line) -> None:
    patient = line.report().patient
    path = written(line, f"{patient},2026-12-01,office\nPatient/nobody,2026-12-01,\n{patient},soon,\n")
    tried = line.run("returns", "import", str(path), "--dry-run", "--json")
    assert json.loads(tried.stdout)["counts"] == {"taken": 1, "unknown_patient": 1, "unreadable": 1}
    assert line.report().return_by_hand is None
    result = line.run("returns", "import", str(path), *CORA)
    assert "Line 3: No patient of this practice has that number." in result.stderr
    assert "Line 4: The date cannot be read: write it like 2026-11-23." in result.stderr
    assert result.stdout == "3 lines: 1 taken, 1 unknown patient, 1 unreadable.\n"
    assert result.exit_code == 4 or result.return_value == 4
    assert str(line.report().return_by_hand) == "2026-12-01"
    again = line.run("returns", "import", str(written(line, f"{patient},2026-12-01,office\n")), *CORA)
    assert again.stdout == "Line 2: That day, or an earlier one, is known already.\n1 lines: 1 known.\n"
    assert (again.exit_code, again.return_value) in ((0, 0), (0, None))


def test_a_file_that_cannot_be_used_is_refused_whole(line: Line) -> None:
    path = line.folder / "other.csv"
    path.write_bytes(b"patient,date\n\xff\n")
    assert "cannot be read as UTF-8" in line.refused("returns", "import", str(path), *CORA)
    path.write_text("who,when\n")
    assert "must name the columns" in line.refused("returns", "import", str(path), *CORA)
    path.write_text("patient,date\nPatient/p,2026-12-01\n")
    assert "Say with --by" in line.refused("returns", "import", str(path))
    assert "which it is" in line.refused("returns", "import", str(path), *CORA, "--practice", "x")


def test_one_report_is_still_given_a_day_by_its_own_command(line: Line) -> None:
    assert line.run("returns", line.report().id, "--on", "2026-12-01", "--source", "letter", *CORA).exception is None
    assert (str(line.report().return_by_hand), line.report().return_source) == ("2026-12-01", "letter")
