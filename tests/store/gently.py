"""A practice that is read gently, sync after sync, and what its EHR was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.resources import Ehr
from tests.store.line import NOW

QUARTER, NIGHT = timedelta(minutes=15), timedelta(hours=16)


@dataclass
class Practice:
    """A practice that is read gently, and its EHR."""

    db: Database
    site: Site
    box: Sandbox
    server: SandboxServer
    now: datetime = NOW

    def sync(self, after: timedelta = QUARTER) -> SyncResult:
        """One gentle sync, so long after the last."""
        self.now += after
        with client_of(self.site) as client:
            client._wire.pause = lambda _: None
            return sync(self.db, fixed(self.now), self.site, client, gently=True)

    def asked(self, action: Callable[[], Any]) -> list[str]:
        """What the EHR was asked meanwhile."""
        before = len(self.server.requests)
        action()
        return [path for _, path in self.server.requests[before:]]

    def settle(self) -> None:
        """Read everybody, and find out in which ways to keep up."""
        result = self.sync()
        assert result.error is None, result.error

    def kept(self) -> dict[str, Any]:
        """The ways as they are kept."""
        with self.db.read() as session:
            found = session.scalars(select(Ehr)).one().keeping_up
        assert found is not None
        return found

    def change(self, kind: str, fhir_id: str, **members: Any) -> None:
        """Change a resource in the EHR."""
        resource = self.server.store.get(kind, fhir_id)
        assert resource is not None
        self.server.store.put({**resource, **members})

    def owed(self) -> dict[tuple[str | None, str | None, str], tuple[str, datetime]]:
        """(state, due) by visit, referral and kind."""
        with self.db.read() as session:
            rows = session.scalars(select(Obligation)).all()
        return {(row.visit, row.referral, row.kind): (row.state, row.due_at) for row in rows}
