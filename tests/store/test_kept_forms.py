"""What was entered before a session ended: kept for its sender alone, for a while, and forgotten once it is sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from loopclose.clock import fixed
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.flows.kept_forms import KEPT_FOR, MOST, drop, keep, kept_for
from loopclose.flows.sign_in import LONGEST, Ended, ended, resume, sign_in, sign_out
from loopclose.store.base import Scope, table_of
from loopclose.store.engine import Database
from loopclose.store.kept_forms import KeptForm
from loopclose.store.people import User
from loopclose.store.upgrade import upgrade
from tests.store.line import NOW
from tests.store.versions import at_revision

MAIN, OTHER = Scope("main"), Scope("other")
CLOCK, SECOND = fixed(NOW), timedelta(seconds=1)
WAIVED = [("code", "other"), ("note", "Seen for a study.\nTwice."), ("referral", "a"), ("referral", "b")]
PASSWORD = "a long enough password"
IDLE = timedelta(minutes=30)


def test_it_is_its_senders_alone_and_as_it_was_entered(db: Database) -> None:
    keep(db, CLOCK, MAIN, "u1", "/obligation/o1/waive", WAIVED)
    (form,) = kept_for(db, CLOCK, MAIN, "u1")
    assert (form.path, form.fields, form.kept_at) == ("/obligation/o1/waive", [list(one) for one in WAIVED], NOW)
    assert not kept_for(db, CLOCK, MAIN, "u2") and not kept_for(db, CLOCK, OTHER, "u1")
    drop(db, CLOCK, MAIN, "u2", form.key)
    drop(db, CLOCK, OTHER, "u1", form.key)
    assert kept_for(db, CLOCK, MAIN, "u1")
    drop(db, CLOCK, MAIN, "u1", form.key)
    assert not kept_for(db, CLOCK, MAIN, "u1")


def test_it_is_forgotten_after_a_while_and_only_the_newest_are_kept(db: Database) -> None:
    for no in range(MOST + 2):
        keep(db, fixed(NOW + no * SECOND), MAIN, "u1", f"/{no}", [])
    keep(db, CLOCK, MAIN, "u2", "/of another", [])
    assert [one.path for one in kept_for(db, CLOCK, MAIN, "u1")] == [f"/{no}" for no in range(MOST + 1, 1, -1)]
    assert [one.path for one in kept_for(db, fixed(NOW + KEPT_FOR), MAIN, "u2")] == ["/of another"]
    late = fixed(NOW + KEPT_FOR + (MOST + 2) * SECOND)
    assert not kept_for(db, late, MAIN, "u1")
    keep(db, late, MAIN, "u3", "/new", [])
    with db.read() as session:
        assert session.scalars(select(KeptForm.path)).all() == ["/new"]
    drop(db, fixed(NOW + 3 * KEPT_FOR), MAIN, "u1", "no-such")
    with db.read() as session:
        assert not session.scalars(select(KeptForm.path)).all()


def test_whose_session_is_over_and_why(db: Database) -> None:
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"), PASSWORD)
    found = sign_in(db, CLOCK, "cora@practice.example", PASSWORD)
    assert found is not None

    def why(after: timedelta) -> str | None:
        clock = fixed(NOW + after)
        over: Ended | None = ended(db, clock, found.token)
        assert over is None or (over.scope, over.user.email) == (MAIN, "cora@practice.example")
        return over.why if over else None

    assert (why(IDLE + SECOND), why(LONGEST + SECOND)) == ("idle", "longest")
    sign_out(db, CLOCK, found.token)
    assert why(SECOND) == "ended" and ended(db, CLOCK, "main.no-such") is None and ended(db, CLOCK, "") is None
    disable_user(db, CLOCK, MAIN, "cora@practice.example")
    assert why(SECOND) is None


def test_asking_how_long_a_session_lasts_makes_it_no_longer(db: Database) -> None:
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"), PASSWORD)
    found = sign_in(db, CLOCK, "cora@practice.example", PASSWORD)
    assert found is not None
    later = fixed(NOW + IDLE / 2)
    for _ in range(2):
        asked = resume(db, later, found.token, IDLE, used=False)
        assert asked is not None and (asked.ends_at, asked.is_last) == (NOW + IDLE, False)
    used = resume(db, later, found.token, IDLE)
    assert used is not None and used.ends_at == NOW + IDLE + IDLE / 2
    for no in range(1, int(LONGEST / (IDLE / 2))):
        at = NOW + IDLE / 2 * (no + 1)
        used = resume(db, fixed(at), found.token, IDLE)
        assert used is not None and used.ends_at == min(at + IDLE, NOW + LONGEST)
    assert used.is_last


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_table_comes_into_a_database_in_use(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = at_revision("0005", kind, tmp_path, request)
    cora = {"practice_id": "main", "id": "u1", "email": "cora@practice.example", "name": "Cora", "role": "visitor"}
    with db.write() as session:
        session.execute(insert(table_of(User)).values(**cora, disabled=False))
    upgrade(db)
    keep(db, CLOCK, MAIN, "u1", "/obligation/o1/waive", WAIVED)
    with db.read() as session:
        assert session.scalars(select(User.role)).all() == ["visitor"]  # nothing is guessed
    assert [one.fields[1] for one in kept_for(db, CLOCK, MAIN, "u1")] == [["note", "Seen for a study.\nTwice."]]
    db.close()
