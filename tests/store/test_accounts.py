"""Accounts: added, changed, disabled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopclose.clock import fixed
from loopclose.errors import UsageError
from loopclose.flows.accounts import Account, add_user, check_role, disable_user
from loopclose.flows.sign_in import resume, sign_in
from loopclose.store import users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from tests.store.line import NOW

MAIN, OTHER = Scope("main"), Scope("other")
PASSWORD = "a long enough password"
CLOCK = fixed(NOW)


def test_adding_again_changes_the_account_and_keeps_its_password(db: Database) -> None:
    add_user(db, MAIN, Account("Cora@practice.example", "coordinator"), PASSWORD)
    add_user(db, MAIN, Account("cora@practice.example", "lead", "Cora Sample", "Practitioner/cora"))
    with db.read() as session:
        everybody = users.of_practice(session, MAIN)
    assert [(user.email, user.name, user.role, user.reference) for user in everybody] == [
        ("cora@practice.example", "Cora Sample", "lead", "Practitioner/cora")
    ]
    assert sign_in(db, CLOCK, "cora@practice.example", PASSWORD) is not None


def test_whoever_is_disabled_is_signed_out_and_in_one_practice_only(db: Database) -> None:
    for scope in (MAIN, OTHER):
        add_user(db, scope, Account("cora@practice.example", "coordinator"), f"{PASSWORD} of {scope.practice_id}")
    inside = sign_in(db, CLOCK, "cora@practice.example", f"{PASSWORD} of main")
    elsewhere = sign_in(db, CLOCK, "cora@practice.example", f"{PASSWORD} of other")
    assert inside is not None and elsewhere is not None
    disable_user(db, CLOCK, MAIN, "Cora@practice.example")
    assert resume(db, CLOCK, inside.token, timedelta(hours=1)) is None
    assert sign_in(db, CLOCK, "cora@practice.example", f"{PASSWORD} of main") is None
    assert resume(db, CLOCK, elsewhere.token, timedelta(hours=1)) is not None


def test_nobody_is_disabled_who_is_not_there_and_no_unknown_role_or_short_password_is_kept(db: Database) -> None:
    with pytest.raises(UsageError, match="no user"):
        disable_user(db, CLOCK, MAIN, "nobody@practice.example")
    with pytest.raises(UsageError, match="no role 'visitor'"):
        add_user(db, MAIN, Account("cora@practice.example", "visitor"), PASSWORD)
    with pytest.raises(UsageError, match="too short"):
        add_user(db, MAIN, Account("cora@practice.example", "coordinator"), "short")
    with db.read() as session:
        assert not users.of_practice(session, MAIN)


def test_a_command_by_somebody_is_of_somebody_who_may(db: Database) -> None:
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"))
    add_user(db, OTHER, Account("ada@practice.example", "auditor"))
    check_role(db, MAIN, "Cora@practice.example", "draft")
    with pytest.raises(UsageError, match="Only a clinician, a coordinator or a lead may have the papers drafted"):
        check_role(db, OTHER, "ada@practice.example", "draft")
    with pytest.raises(UsageError, match=r"no user ada@practice\.example in the practice main"):
        check_role(db, MAIN, "ada@practice.example", "draft")
