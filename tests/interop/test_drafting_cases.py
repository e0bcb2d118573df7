"""Charts that real EHRs send, read and drafted: what the prescription sheet says of each medicine."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.flows.papers.draft import draft
from loopclose.flows.papers.gather import gather
from loopclose.flows.site import client_of, sites
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from tests.interop.loading import DATA
from tests.interop.test_reading_cases import CONFIG
from tests.store.line import NOW, read

CASES = DATA.parent / "cases" / "drafting"
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
    resources = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    db = open_database(f"sqlite:///{tmp_path}/cases.db")
    with SandboxServer(Store(resources)) as server:
        raw = tomllib.loads(CONFIG)
        raw["ehr"]["main"]["base_url"] = server.base_url
        raw["database"] = {"url": "sqlite://"}
        (site,) = sites(parse(raw))
        read(db, site)
        with db.read() as session:
            owed = session.scalars(select(Obligation).filter_by(kind="report")).one()
        assert owed.visit is not None
        with client_of(site) as client:
            draft(db, fixed(NOW), site, client, owed.id, "tests")
            paper = prescription_sheet(gather(db, site, client, owed, owed.visit))
    db.close()
    sheet = "\n".join(one.text for section in paper.sections for item in section.items for one in item)
    assert [words for words in SAID[name] if words not in sheet] == [], sheet
