"""A roster names patients, one a line, as a schedule export writes them."""

from __future__ import annotations

import pytest

from fhir_adapters.worklist.roster import roster


def test_ids_in_the_first_column_with_or_without_type_heading_and_mark() -> None:
    text = "\ufeffpatient_id,name\n eXYZ.1 ,Sample\n\nPatient/17\n17\n"
    assert roster(text) == ["Patient/eXYZ.1", "Patient/17"]


def test_a_line_without_an_id_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        roster("1\nAnn Sample\n")
