"""Accounts: added, changed, disabled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopclose.clock import fixed
from loopclose.errors import UsageError
from loopclose.flows.accounts import Account, add_user, check_role, disable_user
from loopclose.flows.sign_in import link_is_good, make_link, open_session, resume, sign_in
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


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ((Account("cora@practice.example", "coordinator"), "another long password"), False),
        ((Account("cora@practice.example", "lead"), None), False),
        ((Account("Cora@practice.example", "coordinator", "Cora Sample"), None), True),
    ],
    ids=["new password", "new role", "new name"],
)
def test_a_new_password_or_role_ends_what_the_old_one_opened(
    db: Database, change: tuple[Account, str | None], stays: bool
) -> None:
    for scope in (MAIN, OTHER):
        add_user(db, scope, Account("cora@practice.example", "coordinator"), f"{PASSWORD} of {scope.practice_id}")
    inside = [sign_in(db, CLOCK, "cora@practice.example", f"{PASSWORD} of main") for _ in range(2)]
    elsewhere = sign_in(db, CLOCK, "cora@practice.example", f"{PASSWORD} of other")
    link = make_link(db, CLOCK, MAIN, "cora@practice.example")
    add_user(db, MAIN, *change, clock=CLOCK)
    for one in inside:
        assert one is not None and (resume(db, CLOCK, one.token, timedelta(hours=1)) is not None) is stays
    assert link_is_good(db, CLOCK, link) is stays
    assert elsewhere is not None and resume(db, CLOCK, elsewhere.token, timedelta(hours=1)) is not None


def test_a_password_that_changes_while_the_old_one_is_checked_opens_nothing(db: Database) -> None:
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"), PASSWORD)
    with db.read() as session:
        before = users.named(session, MAIN, "cora@practice.example")
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"), "another long password", CLOCK)
    assert before is not None and open_session(db, CLOCK, before, "sign_in") is None


def test_whoever_is_disabled_and_enabled_again_has_to_sign_in_anew(db: Database) -> None:
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"), PASSWORD)
    link = make_link(db, CLOCK, MAIN, "cora@practice.example")
    disable_user(db, CLOCK, MAIN, "cora@practice.example")
    add_user(db, MAIN, Account("cora@practice.example", "coordinator"))
    assert not link_is_good(db, CLOCK, link)
    assert sign_in(db, CLOCK, "cora@practice.example", PASSWORD) is not None


def test_nobody_is_disabled_who_is_not_there_and_no_unknown_role_or_short_password_is_kept(db: Database) -> None:
    with pytest.raises(UsageError, match="no user"):
        disable_user(db, CLOCK, MAIN, "nobody@practice.example")
    with pytest.raises(UsageError, match="no role 'visitor'"):
        add_user(db, MAIN, Account("cora@practice.example", "visitor"), PASSWORD)
    with pytest.raises(UsageError, match="too short"):
        add_user(db, MAIN, Account("cora@practice.example", "coordinator"), "short")
    with db.read() as session:
        assert not users.of_practice(session, MAIN)


@pytest.mark.parametrize(
    "email", ["cora", "cora@practice.example\r\nBcc: all@practice.example", "cora@practice..example"]
)
def test_nobody_is_added_whom_no_mail_could_reach(db: Database, email: str) -> None:
    with pytest.raises(UsageError, match="write it like name@"):
        add_user(db, MAIN, Account(email, "coordinator"), PASSWORD)
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
