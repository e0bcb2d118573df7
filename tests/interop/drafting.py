"""The drafting cases of the shared folder: read by a real sync, drafted, and given back as papers."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.drafting.paper import Paper
from loopclose.flows.papers.draft import draft
from loopclose.flows.site import Site, client_of, sites
from loopclose.letters.text import to_text
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import TYPES, SandboxServer
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from tests.interop.loading import DATA
from tests.interop.test_reading_cases import CONFIG
from tests.store.line import NOW, read

CASES = DATA.parent / "cases" / "drafting"


def case(name: str) -> list[dict[str, Any]]:
    """The resources of one case."""
    found: list[dict[str, Any]] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return found


class Practice(NamedTuple):
    """An EHR that answers, and what was read of it."""

    store: Store
    faults: list[Fault]
    """What goes wrong at the EHR; none at first."""
    db: Database
    site: Site

    def said(self, patient: str) -> str:
        """What both papers of that patient's one report say, drafted now."""
        with self.db.read() as session:
            owed = session.scalars(select(Obligation).filter_by(kind="report", patient=f"Patient/{patient}")).one()
        with client_of(self.site) as client:
            papers = draft(self.db, fixed(NOW), self.site, client, owed.id, "tests")
        return "\n".join(to_text(paper) for paper in papers.values())


@contextmanager
def practice(resources: list[dict[str, Any]], folder: Path) -> Iterator[Practice]:
    """A practice that was read, with its EHR, in which things may change."""
    db = open_database(f"sqlite:///{folder}/practice.db")
    with SandboxServer(Store(resources)) as server:
        raw = tomllib.loads(CONFIG)
        raw["ehr"]["main"]["base_url"] = server.base_url
        raw["database"] = {"url": "sqlite://"}
        (site,) = sites(parse(raw))
        read(db, site)
        yield Practice(server.store, server.faults.faults, db, site)
    db.close()


def drafted(
    resources: list[dict[str, Any]], folder: Path, types: tuple[str, ...] = (*TYPES, "Medication")
) -> dict[str, Paper]:
    """Both papers of the one report, by kind."""
    db = open_database(f"sqlite:///{folder}/cases.db")
    with SandboxServer(Store(resources), types=types) as server:
        raw = tomllib.loads(CONFIG)
        raw["ehr"]["main"]["base_url"] = server.base_url
        raw["database"] = {"url": "sqlite://"}
        (site,) = sites(parse(raw))
        read(db, site)
        with db.read() as session:
            owed = session.scalars(select(Obligation).filter_by(kind="report")).one()
        with client_of(site) as client:
            papers = draft(db, fixed(NOW), site, client, owed.id, "tests")
    db.close()
    return papers
