"""A file of return dates: what a line says, and why one cannot be read."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.return_lines import Line, NoSuchFile, lines_of

HEADING = "patient,date,referrer,source\n"


def test_lines_are_numbered_as_an_editor_does_and_empty_ones_are_nothing() -> None:
    text = "\ufeffDate, Patient \r\n2026-12-01,Patient/p\r\n\r\n , \r\n2026-12-02,urn:mrn|7\r\n"
    assert list(lines_of(text)) == [
        Line(2, "Patient/p", date(2026, 12, 1)),
        Line(5, "urn:mrn|7", date(2026, 12, 2)),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Patient/p,1 December,,", "The date cannot be read: write it like 2026-11-23."),
        (",2026-12-01,,", "It names no patient."),
        ("Patient/p,2026-12-01,Dr. Lee,", "The referrer is no NPI: ten digits are expected, or nothing."),
        ("Patient/p,2026-12-01,,rumour", "The source is none of checkout, office, letter, network."),
        ("Patient/p,2026-12-01", "It has 2 cells, and the first line 4."),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line: str, says: str) -> None:
    (found,) = lines_of(f"{HEADING}{line}\n")
    assert (found.no, found.wrong) == (2, says)


@pytest.mark.parametrize("text", ["", "who,when\n", "patient\n", "patient,date,date\n", "patient,date,name\n"])
def test_another_heading_is_refused_before_anything_is_read(text: str) -> None:
    with pytest.raises(NoSuchFile, match="must name the columns patient and date"):
        list(lines_of(text))


def test_what_is_no_csv_is_refused_with_its_line() -> None:
    with pytest.raises(NoSuchFile, match="Line 2 is no CSV"):
        list(lines_of(f'{HEADING}"x"y,2026-12-01,,\n'))
