"""Transactions that wait for each other on PostgreSQL are begun anew, so that neither is lost."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from loopclose.store.base import table_of
from loopclose.store.people import PracticeRow
from loopclose.store.upgrade import open_database
from tests.store.conftest import database_url

PRACTICE = table_of(PracticeRow)


def test_two_that_wait_for_each_other_both_come_through(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = open_database(database_url("postgres", tmp_path, request))
    with db.write() as session:
        for name in ("a", "b"):
            session.execute(insert(PRACTICE).values(practice_id=name, name="", timezone="UTC"))
    both_hold_one, attempts, problems = threading.Barrier(2), [], []

    def add(first: str, then: str) -> None:
        tried = []

        def work(session: Session) -> None:
            tried.append(first)
            attempts.append(first)
            for name in (first, then):
                session.execute(
                    update(PRACTICE).where(PRACTICE.c.practice_id == name).values(name=PRACTICE.c.name + first)
                )
                if name == first and len(tried) == 1:
                    both_hold_one.wait(20)

        try:
            db.in_write(work)
        except Exception as problem:  # noqa: BLE001
            problems.append(problem)

    threads = [threading.Thread(target=add, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with db.read() as session:
        written = session.scalars(select(PRACTICE.c.name).order_by(PRACTICE.c.practice_id)).all()
    assert not problems and len(attempts) >= 3  # one of them was ended, perhaps twice
    assert [sorted(names) for names in written] == [["a", "b"], ["a", "b"]]
    db.close()
