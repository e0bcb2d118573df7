"""The drafts of every report of a made-up practice, made once for all who look at them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loopclose.clock import fixed
from loopclose.drafting.paper import Paper
from loopclose.flows.papers.draft import draft
from loopclose.flows.site import client_of
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import serve
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from loopclose.store.worklist import worklist
from tests.store.line import NOW, read, sandbox, site

STYLES = ["tidy", "epic", "oracle", "messy"]
SIZE = 30


class Drafted(NamedTuple):
    """A practice and the papers of its reports."""

    box: Sandbox
    zone: ZoneInfo
    reports: list[tuple[Obligation, dict[str, Paper]]]


@cache
def drafted(style: str) -> Drafted:
    """Every report of a practice whose EHR is of that style, drafted."""
    box = sandbox(style, SIZE)
    db = open_database("sqlite://")
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        with db.read() as session:
            items = [item.obligation for item in worklist(session, where.scope, NOW)]
        with client_of(where) as client:
            reports = [(item, draft(db, fixed(NOW), where, client, item.id, "heart@demo.example")) for item in items]
    db.close()
    return Drafted(box, where.practice.zone, reports)
