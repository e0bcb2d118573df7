"""A token by which an EHR asked opens once, whoever asks at once, and is forgotten when it has expired."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.hook_tokens import HookToken, use_token
from tests.store.line import NOW

MAIN, UNTIL = Scope("main"), NOW + timedelta(minutes=6)


def use(db: Database, digest: str, minutes: int = 0, scope: Scope = MAIN) -> bool:
    now = NOW + timedelta(minutes=minutes)
    with db.write() as session:
        return use_token(session, scope, digest, UNTIL + timedelta(minutes=minutes), now)


def test_a_token_opens_once_in_a_practice(db: Database) -> None:
    assert use(db, "a") and not use(db, "a") and not use(db, "a", 6)
    assert use(db, "b") and use(db, "a", scope=Scope("other"))


def test_of_several_at_once_one_is_answered(db: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(lambda _: use(db, "a"), range(4))) == [False, False, False, True]


def test_what_has_expired_is_forgotten(db: Database) -> None:
    use(db, "a")
    use(db, "b", 7)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(HookToken)) == 1
