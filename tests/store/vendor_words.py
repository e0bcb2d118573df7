"""What the strict servers of each vendor come to when nothing is configured but their address and who we are.

    python -m tests.store.vendor_words

writes docs/vendors.md, the words of ``loopclose doctor`` and what a sync finds, each made by running it.
"""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.health.trials import trials
from loopclose.flows.reading.sync import SyncResult
from loopclose.flows.site import client_of, sites
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml, write_roster
from loopclose.sandbox.vendors import VENDORS
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, read, sandbox

PAGE = Path(__file__).parents[2] / "docs" / "vendors.md"
SIZE = 40
STYLES = {"epic": "epic", "oracle": "oracle"}
"""Whose resources a vendor's server holds here; tidy ones where nothing is known of how they look."""
HEAD = f"""# What each vendor's server allows
Made by running `loopclose doctor` and one sync against the demo EHR as it refuses what each vendor refuses
(`loopclose sandbox serve --vendor NAME --strict`): a made-up practice of {SIZE} referrals, its clinicians named, no
`worklist`, and a `roster` of its patients at hand. No vendor's own server was asked: what these refuse is taken from
their CapabilityStatements and pages, and for Veradigm, Greenway, ModMed and Nextech from US Core alone.
`python -m tests.store.vendor_words` writes this page anew.

| vendor | taken for | orders | encounters | schedule | sync reads by | reports found |
| --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Outcome:
    """One vendor's row of the page, and the sync behind it."""

    row: str
    result: SyncResult
    found: set[tuple[str | None, str | None]]
    true: set[tuple[str, str]]


def outcome_of(db: Database, vendor: str, folder: Path) -> Outcome:
    """Try that vendor's strict server, and read it into an empty database."""
    box = sandbox(STYLES.get(vendor, "tidy"), SIZE)
    patients = folder / "patients.csv"
    write_roster(box, patients)
    with serve(box, vendor=vendor, strict=True) as server:
        settings = tomllib.loads(config_toml(box, server.base_url, "sqlite://", roster=str(patients)))
        settings["ehr"]["main"]["worklist"] = "auto"
        site = sites(parse(settings))[0]
        with client_of(site) as client:
            said = {
                one.name: one.sentence for one in trials(site, client, sorted(site.practice.clinicians), fixed(NOW))
            }
            taken_for = client.vendor.name
        result = read(db, site)
    with db.read() as session:
        owed = session.scalars(select(Obligation).filter_by(kind="report"))
        found = {(one.visit, one.referral) for one in owed}
    true = {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}
    words = [said[f"{part} of main"] for part in ("orders", "encounters", "schedule", "worklist")]
    cells = [vendor, taken_for, *(one.removeprefix("tried: ") for one in words), f"{len(found & true)} of {len(true)}"]
    return Outcome("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |", result, found, true)


def main() -> None:
    """Write the page."""
    rows = []
    for vendor in VENDORS:
        with tempfile.TemporaryDirectory() as folder:
            db = open_database(f"sqlite:///{folder}/vendors.db")
            rows.append(outcome_of(db, vendor, Path(folder)).row)
            db.close()
    PAGE.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
