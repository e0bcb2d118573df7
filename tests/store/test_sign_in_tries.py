"""Wrong tries to sign in: counted across processes, audited, slowed down; nobody pays for another's."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from loopclose.domain.sign_in_delays import BY_ADDRESS, BY_BOTH, FIRST, LONGEST, NONE
from loopclose.flows import sign_in_tries
from loopclose.flows.accounts import Account, add_user, disable_user
from loopclose.flows.sign_in import SignedIn
from loopclose.flows.sign_in_tries import UNKNOWN, Refused, network_of, try_to_sign_in
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.people import Audit
from loopclose.store.sign_in_tries import SignInTry
from tests.store.line import NOW

MAIN, OTHER = Scope("main"), Scope("other")
PASSWORD = "a long enough password"
HERE, ELSEWHERE = "192.0.2.7", "198.51.100.9"


class Door:
    """Tries at a time that the test sets."""

    def __init__(self, db: Database) -> None:
        self.db, self.now = db, NOW
        for name in ("cora", "leo"):
            add_user(db, MAIN, Account(f"{name}@practice.example", "coordinator"), PASSWORD)

    def clock(self) -> datetime:
        return self.now

    def knock(self, who: str = "cora", password: str = "wrong", where: str = HERE) -> SignedIn | Refused:
        return try_to_sign_in(self.db, self.clock, f"{who}@practice.example", password, where)

    def is_let_in(self, who: str = "cora", where: str = HERE) -> bool:
        return isinstance(self.knock(who, PASSWORD, where), SignedIn)


@pytest.fixture
def door(db: Database, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Without argon2, which takes its time on purpose."""
    monkeypatch.setattr("loopclose.flows.accounts.hash_password", lambda password: f"hash of {password}")
    monkeypatch.setattr("loopclose.flows.sign_in._verify", lambda kept, password: kept == f"hash of {password}")
    return Door(db)


def audited(db: Database, practice: str = "main") -> list[str]:
    with db.read() as session:
        rows = session.scalars(
            select(Audit).where(Audit.action == "sign_in_failed", Audit.practice_id == practice)
        ).all()
    assert all(PASSWORD not in str(row.detail) and HERE in str(row.detail) for row in rows)
    return sorted(row.actor for row in rows)


def test_wrong_ones_wait_longer_and_longer_and_a_right_one_is_looked_at_after(door: Door) -> None:
    for _ in range(BY_BOTH.free - 1):
        assert door.knock() == Refused(NONE, checked=True)
    assert door.knock() == Refused(FIRST, checked=True)
    assert door.knock(password=PASSWORD) == Refused(FIRST, checked=False), "not even the right one, now"
    door.now += FIRST
    assert door.knock() == Refused(2 * FIRST, checked=True)
    door.now += 2 * FIRST
    assert door.is_let_in()
    assert door.knock() == Refused(NONE, checked=True), "what went before is forgotten"


def test_one_persons_mistakes_hold_up_nobody_else(door: Door) -> None:
    for _ in range(3 * BY_BOTH.free):
        door.knock("cora")
    assert door.is_let_in("leo"), "another account from the same address"
    assert door.is_let_in("cora", ELSEWHERE), "the same account from another address"


def test_a_whole_practice_behind_one_address_signs_in_on_a_monday(door: Door) -> None:
    """Sixty people from one address, most of them wrong once: ten a minute were too many before."""
    for n in range(60):
        add_user(door.db, MAIN, Account(f"p{n}@practice.example", "clinician"), PASSWORD)
        door.now += timedelta(seconds=2)
        assert door.knock(f"p{n}") == Refused(NONE, checked=True)
        assert door.is_let_in(f"p{n}")


def test_a_practice_that_has_lost_its_passwords_is_held_up_by_nobody_elses_mistakes(door: Door) -> None:
    """Sixty wrong before any is right, as after a change of the rules: none of them waits for another's."""
    for n in range(60):
        add_user(door.db, MAIN, Account(f"p{n}@practice.example", "clinician"), PASSWORD)
        assert door.knock(f"p{n}") == Refused(NONE, checked=True)
    assert all(door.is_let_in(f"p{n}") for n in range(60))


def test_abuse_from_one_address_is_slowed_and_who_got_in_from_there_before_is_not(door: Door) -> None:
    assert door.is_let_in("leo")
    for n in range(BY_ADDRESS.free):
        door.knock(f"guess{n}")
        door.now += timedelta(seconds=1)
    told = door.knock("cora", PASSWORD)
    assert isinstance(told, Refused) and not told.checked and NONE < told.wait <= LONGEST
    assert door.is_let_in("leo")
    assert door.is_let_in("cora", ELSEWHERE)
    door.now += timedelta(hours=1)
    assert door.is_let_in("cora")


def test_guesses_shared_out_over_many_addresses_are_slowed(door: Door) -> None:
    assert door.is_let_in("cora")
    told = [door.knock("cora", where=f"203.0.113.{n}") for n in range(30)]
    assert [one.checked for one in told if isinstance(one, Refused)].count(True) <= 20
    assert door.is_let_in("cora"), "she got in from here before: others do not hold her up"


def test_an_account_that_is_not_there_is_slowed_as_one_that_is(door: Door) -> None:
    told = [[door.knock(who) for _ in range(BY_BOTH.free + 2)] for who in ("cora", "nobody")]
    assert told[0] == told[1]


def test_failures_are_audited_by_name_only_where_the_account_is_known(door: Door) -> None:
    add_user(door.db, OTHER, Account("cora@practice.example", "lead"), PASSWORD)
    add_user(door.db, OTHER, Account("gone@practice.example", "lead"), PASSWORD)
    disable_user(door.db, door.clock, OTHER, "gone@practice.example")
    door.knock("CORA")
    door.knock("my password typed into the wrong field")
    assert door.is_let_in("leo")
    door.knock("gone", PASSWORD)
    assert audited(door.db) == ["cora@practice.example", UNKNOWN]
    assert audited(door.db, "other") == ["cora@practice.example", "gone@practice.example", UNKNOWN]
    with door.db.read() as session:
        kept = [row.account for row in session.scalars(select(SignInTry))]
    assert not any("field" in account or "password" in account for account in kept)


def test_many_at_once_do_not_slip_through(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at, all_in = [], threading.Barrier(12)

    def slow(db: Database, clock: object, email: str, password: str) -> None:
        looked_at.append(email)

    monkeypatch.setattr(sign_in_tries, "sign_in", slow)

    def one() -> None:
        all_in.wait()
        door.knock()

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == BY_BOTH.free


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("x" * 99, "x" * 64),
    ],
)
def test_an_address_stands_for_whoever_holds_it(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_old_is_forgotten(door: Door) -> None:
    for n in range(3):
        door.knock(f"guess{n}")
    door.now += timedelta(days=31)
    door.knock("another")
    with door.db.read() as session:
        assert len(session.scalars(select(SignInTry)).all()) == 1
