"""What the tests of one patient's trouble share: a run, what is owed, and a server that answers changed resources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from loopclose.sandbox.search import Store
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation

ONE = "Patient/pat4"
ISSUE = {"severity": "error", "code": "forbidden", "diagnostics": "break the glass"}
OUTCOME = json.dumps({"resourceType": "OperationOutcome", "issue": [ISSUE]})


def owed(db: Database, *, of: str | None = None, but: str | None = None) -> list[tuple[Any, ...]]:
    """What is owed for one person, or for everybody but one."""
    with db.read() as session:
        rows = session.scalars(select(Obligation).where(Obligation.state != "waived"))
        return sorted(
            (row.kind, row.visit or "", row.referral or "", row.state, row.due_at, row.owner)
            for row in rows
            if (of is None or row.person == of) and row.person != but
        )


class Changed(Store):
    """Answers searches with resources, or entries, that ``change`` made of them."""

    def __init__(self, resources: list[dict[str, Any]], change: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__(resources)
        self.change = change

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        found = [json.loads(raw) for raw in super().search(kind, params)]
        return [made if isinstance(made, bytes) else json.dumps(made).encode() for made in map(self.change, found)]
