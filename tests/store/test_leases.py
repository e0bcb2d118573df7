"""Leases: a live holder never loses one, a dead holder's is taken over soon, and two are never at the same job."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from loopclose.clock import fixed, system_clock
from loopclose.errors import TemporaryProblem
from loopclose.sandbox.server import serve
from loopclose.store import leases
from loopclose.store.engine import Database
from loopclose.store.leases import BEAT_SECONDS, LASTS, LEASE, Held, hold
from loopclose.store.resources import Lease
from tests.store.line import NOW, read, sandbox, site

SECOND = timedelta(seconds=1)
ELSEWHERE = "recreated-container/another-start/4026532201:1:815:ab12cd34"


def held_by(db: Database, holder: str, until: datetime, name: str = "job") -> None:
    with db.write() as session:
        session.merge(Lease(name=name, holder=holder, until=until))


def holder_of(db: Database) -> str:
    with db.read() as session:
        return session.get_one(Lease, "job").holder


def mine(pid: int) -> str:
    """How a process that this one can see writes itself down."""
    return f"{leases._here()}:{pid}:{leases._started(pid)}:00000000"


def test_two_syncs_at_once_are_kept_apart(db: Database) -> None:
    box = sandbox("tidy", 6)
    with serve(box) as server:
        where = site(box, server)
        held_by(db, ELSEWHERE, system_clock() + LASTS, "sync:main:main")
        with pytest.raises(TemporaryProblem, match="Another process"):
            read(db, where)


def test_two_threads_of_one_process_are_kept_apart(db: Database) -> None:
    with hold(db, "job"), pytest.raises(TemporaryProblem, match="Another process"), hold(db, "job"):
        pass
    with hold(db, "job"):  # and the end of it sets it free
        pass


def test_a_dead_process_that_was_seen_from_here_is_followed_at_once(db: Database) -> None:
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    held_by(db, mine(gone.pid), NOW + LASTS)
    with pytest.raises(TemporaryProblem), hold(db, "job", fixed(NOW)):
        pass
    gone.communicate()
    with hold(db, "job", fixed(NOW)):
        pass


def test_a_number_that_went_to_another_process_is_no_life_sign(db: Database) -> None:
    held_by(db, f"{leases._here()}:{os.getpid()}:1:00000000", NOW + LASTS)
    with hold(db, "job", fixed(NOW)):
        pass


def test_a_container_that_is_gone_is_followed_when_its_beats_are_missing(db: Database) -> None:
    held_by(db, ELSEWHERE, NOW + LASTS)
    with pytest.raises(TemporaryProblem), hold(db, "job", fixed(NOW + LASTS - SECOND)):
        pass
    with hold(db, "job", fixed(NOW + LASTS)):
        pass


def test_a_process_of_another_container_is_never_taken_for_a_dead_one_of_this(db: Database) -> None:
    """Both may have the same host name and the process number 1."""
    held_by(db, f"{leases._here()}0:1:1:00000000", NOW + LASTS)
    with pytest.raises(TemporaryProblem), hold(db, "job", fixed(NOW)):
        pass


def test_a_holder_keeps_it_as_long_as_it_beats(db: Database) -> None:
    now = [NOW]
    with hold(db, "job", lambda: now[0]) as held:
        for _ in range(100):  # fifty minutes in one step of the work
            now[0] += timedelta(seconds=BEAT_SECONDS)
            held.beat()
        with pytest.raises(TemporaryProblem), hold(db, "job", lambda: now[0] + LASTS - SECOND):
            pass
        held.check()


def test_the_beats_come_by_themselves_and_end_with_the_work(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.001)
    beaten, failed = threading.Event(), threading.Event()
    beat: Callable[[Held], None] = Held.beat

    def noted(held: Held) -> None:
        if not failed.is_set():  # a beat that fails is made good by the next
            failed.set()
            raise OperationalError("UPDATE lease", {}, Exception("database is locked"))
        beat(held)
        beaten.set()

    monkeypatch.setattr(Held, "beat", noted)
    before = threading.active_count()
    with hold(db, "job"):
        assert beaten.wait(20)
    assert threading.active_count() == before and holder_of(db) == ""


def test_who_was_halted_for_too_long_stops_and_leaves_it_to_the_other(db: Database) -> None:
    now = [NOW]
    with hold(db, "job", lambda: now[0]) as held:
        with db.write() as session:
            session.execute(update(LEASE).values(holder=ELSEWHERE))
        held.check()  # it still thinks that it holds it
        now[0] += LASTS
        with pytest.raises(TemporaryProblem, match="took this work over"):
            held.check()
    assert holder_of(db) == ELSEWHERE


def test_who_was_halted_and_was_not_followed_goes_on(db: Database) -> None:
    now = [NOW]
    with hold(db, "job", lambda: now[0]) as held:
        now[0] += 3 * LASTS
        held.check()
        with pytest.raises(TemporaryProblem), hold(db, "job", lambda: now[0]):
            pass
