"""The seals over the audit: whatever is changed or taken out afterwards shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from loopclose.clock import fixed
from loopclose.flows.night.sealing import seal
from loopclose.store import audit_log
from loopclose.store.audit_log import Verdict
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.people import Audit, AuditSegment
from tests.store.line import NOW

MAIN, OTHER = Scope("main"), Scope("other")


def look(db: Database, scope: Scope, *subjects: str) -> None:
    with db.write() as session:
        for subject in subjects:
            audit_log.record(session, scope, NOW, "cora@demo.example", "view", subject, {"é": [1, "ü"], "a": None})


def verdict(db: Database, scope: Scope = MAIN) -> Verdict:
    with db.read() as session:
        return audit_log.verify(session, scope)


@pytest.fixture
def sealed(db: Database) -> Database:
    """Three segments of two rows each, and a row that is not sealed yet; another practice has one segment."""
    for hour in range(3):
        look(db, MAIN, f"a{hour}", f"b{hour}")
        assert seal(db, fixed(NOW + timedelta(hours=hour)), MAIN) == 2
    look(db, MAIN, "later")
    look(db, OTHER, "theirs")
    assert seal(db, fixed(NOW), OTHER) == 1
    return db


def test_seals_hold_and_what_is_not_sealed_yet_is_counted(sealed: Database) -> None:
    found = verdict(sealed)
    assert (found.segments, found.sealed, found.unsealed, found.broken) == (3, 6, 1, ())
    assert verdict(sealed, OTHER).segments == 1
    assert seal(sealed, fixed(NOW), MAIN) == 1 and seal(sealed, fixed(NOW), MAIN) == 0
    assert verdict(sealed).newest != found.newest and not verdict(sealed).broken


def _change(session: Session) -> None:
    session.execute(update(Audit).where(Audit.subject == "a1").values(actor="leo@demo.example"))


def _take_out(session: Session) -> None:
    session.execute(delete(Audit).where(Audit.subject == "b0"))


def _take_out_newest_segment(session: Session) -> None:
    session.execute(delete(AuditSegment).where(AuditSegment.practice_id == "main", AuditSegment.no == 3))


def _take_out_middle_segment(session: Session) -> None:
    session.execute(delete(Audit).where(Audit.practice_id == "main", Audit.segment == 2))
    session.execute(delete(AuditSegment).where(AuditSegment.practice_id == "main", AuditSegment.no == 2))


def _move(session: Session) -> None:
    session.execute(update(Audit).where(Audit.subject == "a1").values(segment=1))


def _slip_in(session: Session) -> None:
    session.execute(update(Audit).where(Audit.subject == "later").values(segment=3))


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (_change, "segment 2 was changed"),
        (_take_out, "segment 1 sealed 2 rows and holds 1"),
        (_take_out_newest_segment, "rows name segment 3, which is missing"),
        (_take_out_middle_segment, "segment 2 is missing"),
        (_move, "segment 1 sealed 2 rows and holds 3"),
        (_slip_in, "segment 3 sealed 2 rows and holds 3"),
    ],
)
def test_whatever_is_changed_after_sealing_shows(
    sealed: Database, meddle: Callable[[Session], None], says: str
) -> None:
    with sealed.write() as session:
        meddle(session)
    assert any(says in problem for problem in verdict(sealed).broken), verdict(sealed).broken
    assert not verdict(sealed, OTHER).broken
