"""Charts that real EHRs send, read and drafted: what the prescription sheet says of each medicine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.drafting import case, drafted

UNKNOWN = "No order is drafted for it (it cannot be mapped to a known drug)."
SAID = {
    "m05-three-doseandrate": ["1 tablet (10 mg), once a day, by mouth."],
    "m06-timingcode-codes": [
        "1 tablet, twice a day.",
        "1 tablet, 4 times a day.",
        "1 tablet, at bedtime.",
        "1 tablet, every 4 hours.",
        "1 tablet, every other day.",
        "1 tablet, 3 times a day.",
        "1 tablet, every morning.",
    ],
    "m08-taper": [
        "40 mg daily for 5 days; then 20 mg daily for 5 days; then 10 mg daily for 5 days, then stop.",
        "80 mg daily for 3 days; then 40 mg daily.",
        "81 mg in the morning; also 81 mg at night; then 81 mg daily.",
    ],
    "m09-prn-range-max": [
        "1 to 2 tablets, every 4 to 6 hours, as needed for Pain",
        "as needed, at most 8 tablets in 24 hours.",
    ],
    "m11-text-conflict": ["Take 2 tablets daily; also coded in the order: 1 tablet."],
    "m12-weekly-mtx": [
        "6 tablets, once a week, on Mon.",
        "1 tablet, twice a day.",
        "half a tablet, 30 minutes before bedtime",
        "early in the morning.",
    ],
    "m13-rate": ["4,000 units at 100 mL an hour", "in a lifetime."],
    "m19-controlled": [
        "1 tab q6h prn pain.",
        "1 cap TID.",
        "No order is drafted for it (schedule II controlled substance).",
    ],
    "m20-freetext-only": ["1 tab BID.", UNKNOWN],
    "x01-codeonly": ["every 8 hours, as needed (reason code 22253000), by mouth"],
}
"""By case: what must stand on the sheet."""


@pytest.mark.parametrize("name", sorted(SAID))
def test_how_a_medicine_is_taken_stands_on_the_sheet(name: str, tmp_path: Path) -> None:
    paper = drafted(case(name), tmp_path)["prescription-sheet"]
    sheet = "\n".join(one.text for section in paper.sections for item in section.everything for one in item)
    assert [words for words in SAID[name] if words not in sheet] == [], sheet
