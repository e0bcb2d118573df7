"""The ladder in the store: a moved deadline starts it anew, and what is the coordinator's is told to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.flows.night.nightly import nightly
from loopclose.flows.site import Site
from loopclose.outbound.mail import FolderMailer
from loopclose.outbound.occasion import Letterhead
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store import alerts as stored
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert
from tests.store.line import NOW, add_people, read, sandbox, site

HEAD = Letterhead("loopclose@practice.example", "https://loopclose.example", True)
DAY = timedelta(days=1)


@pytest.fixture
def ehr(db: Database) -> Iterator[tuple[SandboxServer, Site]]:
    box = sandbox("messy", 60)
    add_people(db)
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        yield server, where


def night(db: Database, where: Site, mails: object, days: int = 0) -> None:
    nightly(
        db,
        fixed(NOW + days * DAY),
        where.scope,
        where.practice,
        where.ladder,
        FolderMailer(mails),  # type: ignore[arg-type]
        HEAD,
    )


def told(db: Database, obligation: str) -> list[tuple[int, int]]:
    """(deadline, rung) of what was told about it, in order."""
    with db.read() as session:
        rows = session.scalars(select(Alert).where(Alert.obligation == obligation))
        return sorted({(row.deadline_no, row.rung) for row in rows})


def test_a_moved_deadline_starts_its_rungs_anew(
    db: Database, ehr: tuple[SandboxServer, Site], tmp_path: object
) -> None:
    server, where = ehr
    night(db, where, tmp_path)
    night(db, where, tmp_path, 1)
    with db.read() as session:
        fired = session.scalars(
            select(Obligation).where(Obligation.kind == "report", Obligation.fired_rung == 2).order_by(Obligation.id)
        ).all()
    moving, staying = fired[0], fired[1]
    assert moving.referral is not None and told(db, moving.id) == [(1, 1), (1, 2)]
    request = server.store.get("ServiceRequest", moving.referral.removeprefix("ServiceRequest/"))
    assert request is not None
    # urgent: one business day, so at another moment than before
    server.store.put({**request, "priority": "stat" if request.get("priority") != "stat" else "routine"})
    read(db, where, fixed(NOW + DAY))
    with db.read() as session:
        again, same = (session.get_one(Obligation, ("main", one.id)) for one in (moving, staying))
    assert again.due_at != moving.due_at and (again.deadline_no, again.fired_rung, again.fired_on) == (2, 0, None)
    assert (same.deadline_no, same.fired_rung) == (1, 2)
    night(db, where, tmp_path, 60)
    assert told(db, moving.id) == [(1, 1), (1, 2), (2, 1)] and told(db, staying.id)[-1] == (1, 3)


def test_an_author_is_never_told_of_what_is_the_coordinators(
    db: Database, ehr: tuple[SandboxServer, Site], tmp_path: object
) -> None:
    _, where = ehr
    for day in range(3):
        night(db, where, tmp_path, day)
    with db.read() as session:
        accounts = stored.authors(session, where.scope)
        rows = session.execute(
            select(Obligation.kind, Obligation.author, Alert.recipient, Alert.rung).where(
                Alert.obligation == Obligation.id, Alert.practice_id == Obligation.practice_id
            )
        ).all()
    authors = {"heart@demo.example"}
    reports = {who for kind, _, who, rung in rows if kind == "report" and rung == 1}
    others = [who for kind, author, who, rung in rows if kind != "report" and rung < 3 and author in accounts]
    assert authors <= reports and others and set(others) == {"cora@demo.example"}
