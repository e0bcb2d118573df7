"""A roster names patients, one a line, as a schedule export writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fhir_adapters.worklist.roster import roster


def test_ids_in_the_first_column_with_or_without_type_heading_and_mark() -> None:
    text = "\ufeffpatient_id,name\n eXYZ.1 ,Sample\n\nPatient/17\n17\n"
    assert roster(text) == [("Patient/eXYZ.1", None), ("Patient/17", None)]


def test_a_column_of_dates_says_when_somebody_is_expected() -> None:
    text = "patient,name,Start\n1,Sample,2026-11-24\n1,Sample,2026-11-25T09:30:00-05:00\n2,Other,\n"
    at = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
    assert roster(text) == [("Patient/1", datetime(2026, 11, 24)), ("Patient/1", at), ("Patient/2", None)]


def test_what_is_no_date_is_named_by_its_line() -> None:
    with pytest.raises(ValueError, match=r"line 3 holds '11/25/26'"):
        roster("patient,date\n1,2026-11-24\n2,11/25/26\n")


def test_a_line_without_an_id_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        roster("1\nAnn Sample\n")
