"""A practice's own closing days move what is open by the next sync, and taking them back moves it back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.obligations import DeadlineRow, Obligation
from tests.store.line import NOW, sandbox


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with serve(sandbox("tidy", 40)) as found:
        yield found


def read(db: Database, server: SandboxServer, **own: Any) -> dict[str, Obligation]:
    """One sync with those days of its own; gives the reports not sent yet."""
    values = tomllib.loads(config_toml(sandbox("tidy", 40), server.base_url))
    values["practice"]["main"] |= own
    site: Site = sites(parse(values))[0]
    with client_of(site) as client:
        assert sync(db, fixed(NOW), site, client).complete
    with db.read() as session:
        found = session.scalars(select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed"))
        return {one.id: one for one in found}


def test_a_closing_day_moves_what_is_open_and_an_opened_holiday_moves_it_back(
    db: Database, server: SandboxServer
) -> None:
    before = read(db, server)
    zone = timedelta(hours=5)
    last_days = sorted({(one.due_at - zone).date() for one in before.values() if one.winner == "policy"})
    closing = next(day for day in reversed(last_days) if day > date(2026, 11, 24))
    moved = read(db, server, closed=[str(closing)])
    changed = {key for key, one in moved.items() if one.due_at != before[key].due_at}
    assert changed and all(moved[key].due_at > before[key].due_at for key in changed)
    with db.read() as session:
        steps = session.scalars(select(DeadlineRow).where(DeadlineRow.obligation.in_(changed), DeadlineRow.no == 2))
        assert all("closing day of the practice" in str(one.reasons) for one in steps)
    back = read(db, server, closed=[])
    assert {key: one.due_at for key, one in back.items()} == {key: one.due_at for key, one in before.items()}
    thanksgiving = date(2026, 11, 26)
    opened = read(db, server, open=[str(thanksgiving)])
    assert any(one.due_at < before[key].due_at for key, one in opened.items())
    assert all(one.due_at <= before[key].due_at for key, one in opened.items())
