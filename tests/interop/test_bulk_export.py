"""A bulk export of a real server brings what its pages bring, and the next one what changed since."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.practice import generate
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.export import export
from loopclose.store.upgrade import open_database
from tests.interop.loading import HEADERS, Held, load
from tests.interop.servers import hapi

GROUP = "cohort"


def site(box: Sandbox, address: str, **settings: Any) -> Site:
    """The practice, as it is read with those settings."""
    found = tomllib.loads(config_toml(box, address, "sqlite://"))
    found["ehr"]["main"] |= settings
    return sites(parse(found))[0]


def read(db: Database, where: Site, now: datetime) -> tuple[SyncResult, list[float]]:
    """One sync, and how long it was told to wait: HAPI says two minutes of a job of two seconds."""
    told: list[float] = []

    def pause(seconds: float) -> None:
        told.append(seconds)
        time.sleep(min(seconds, 2))

    with client_of(where) as client:
        client.wire.pause = pause
        return sync(db, fixed(now), where, client), told


def kept(db: Database, where: Site) -> list[str]:
    with db.read() as session:
        return list(export(session, where.scope))


def test_hapis_export_of_a_group_brings_what_its_pages_bring(tmp_path: Path) -> None:
    box, held, now = generate("tidy", 12, 1, datetime(2026, 11, 24, 15, tzinfo=UTC)), Held(), datetime.now(UTC)
    with hapi() as address:
        load(address, box.resources, held)
        members = [{"entity": {"reference": key}} for key in held.of("Patient")]
        group = {"resourceType": "Group", "id": GROUP, "type": "person", "actual": True, "member": members}
        assert requests.put(f"{address}/Group/{GROUP}", json=group, headers=HEADERS, timeout=60).ok

        db, paged = (open_database(f"sqlite:///{tmp_path / name}.db") for name in ("bulk", "paged"))
        where = site(box, address, worklist="bulk", bulk_group=GROUP)
        result, told = read(db, where, now)
        assert result.complete, result.error
        assert sum(told) >= 120
        assert read(paged, site(box, address), now)[0].complete
        assert kept(db, where) == kept(paged, where)
        print(f"hapi: {result.counts['fetched']} fetched, warnings {result.counts['warnings']}")

        key = next(row["visit"] for row in box.truth if row["kind"] == "report")
        changed = requests.get(f"{address}/{key}", timeout=60).json() | {"status": "cancelled"}
        assert requests.put(f"{address}/{key}", json=changed, headers=HEADERS, timeout=60).ok
        result, _ = read(db, where, now + timedelta(hours=5))
        assert result.complete, result.error
        with db.read() as session:
            changed_lines = [one for one in export(session, where.scope) if f'"{key.split("/")[1]}"' in one]
        assert any("cancelled" in one for one in changed_lines)
        for opened in (db, paged):
            opened.close()
