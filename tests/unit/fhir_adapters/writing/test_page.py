"""The page on writing says of each vendor what the table has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fhir_adapters.vendors import VENDORS
from fhir_adapters.vendors.writing import GENERIC, writing_of

PAGE = (Path(__file__).parents[4] / "docs" / "channels" / "fhir.md").read_text(encoding="utf-8")
ROWS = {found[1]: found[0].strip("| ") for found in re.finditer(r"^\| `([\w-]+)` \|.*\|$", PAGE, re.MULTILINE)}
OWN = sorted(name for name in VENDORS if writing_of(name) is not GENERIC)


@pytest.mark.parametrize("name", OWN)
def test_each_vendor_has_its_row(name: str) -> None:
    row = writing_of(name)
    document = "no"
    if row.document is not None:
        document = ", ".join(row.document.media[: row.document.most])
        document += ", with a visit" if row.document.needs_encounter else ""
    payloads = {"reference": "points at the document", "attachment": "has the words"}
    message = payloads[row.message.payload] if row.message is not None else "no"
    told = [document, message, *("yes" if one else "no" for one in (row.task, row.keeps_identifiers)), row.refuses]
    assert ROWS[name] == " | ".join([f"`{name}`", *told]).strip("| ")


def test_no_row_is_of_nobody() -> None:
    assert {name for name in ROWS if name not in ("write_back", "none", "file", "deliver")} == {*OWN}
