"""Leases: one at a time does a job; a live holder never loses its lease, and a dead one's is taken over soon."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from loopclose.clock import Clock, system_clock
from loopclose.errors import TemporaryProblem
from loopclose.store.base import table_of
from loopclose.store.engine import Database
from loopclose.store.resources import Lease
from loopclose.store.upsert import upsert

LASTS = timedelta(minutes=2)
"""How long a lease outlives its last beat: after that long it is taken from a holder that another machine lost."""
BEAT_SECONDS = 30
"""How often a holder says that it lives: three beats may fail before it loses anything."""
NOBODY = ""
LEASE = table_of(Lease)
log = structlog.get_logger()


class Held:
    """A lease that this process holds."""

    def __init__(self, db: Database, name: str, holder: str, clock: Clock, until: datetime) -> None:
        self._db, self._name, self._holder, self._clock = db, name, holder, clock
        self._until = until
        self._lost = False

    @property
    def holder(self) -> str:
        """Who holds it, in words that ``is_dead`` understands."""
        return self._holder

    def beat(self) -> None:
        """Hold it for as long again; called by a thread beside the work, however long one step of it takes."""
        until = self._clock() + LASTS
        these = update(LEASE).where(LEASE.c.name == self._name, LEASE.c.holder == self._holder)
        with self._db.write() as session:
            found = session.execute(these.values(until=until))
        if cast("CursorResult[Any]", found).rowcount:
            self._until = until
        else:
            self._lost = True

    def check(self) -> None:
        """Raises ``TemporaryProblem`` once another has it: this process was halted for longer than a lease lasts."""
        if not self._lost and self._clock() >= self._until:
            self.beat()
        if self._lost:
            raise TemporaryProblem("Another process took this work over; try again when it is done.")

    def beat_until(self, end: threading.Event) -> None:
        """Beat until ``end``; a beat that fails is made good by the next."""
        while not end.wait(BEAT_SECONDS):
            try:
                self.beat()
            except SQLAlchemyError as problem:
                log.warning("lease not renewed", lease=self._name, problem=type(problem).__name__)


@contextmanager
def hold(db: Database, name: str, clock: Clock = system_clock) -> Iterator[Held]:
    """Hold the lease ``name``; raises ``TemporaryProblem`` while somebody else who lives does.

    It is held by wall-clock time, whatever instant the work itself takes for now. A dead process that was seen from
    here (same machine, same container) is followed at once; one of another machine, or of a container that is gone,
    once its beats have been missing for ``LASTS``.
    """
    me = this_holder()
    with db.write() as session:  # one writer at a time: look and take are one step
        upsert(session, LEASE, [{"name": name, "holder": NOBODY, "until": clock()}], update=())  # a row to lock
        row = session.execute(select(LEASE.c.holder, LEASE.c.until).where(LEASE.c.name == name).with_for_update()).one()
        now = clock()
        if row.holder != NOBODY and row.until > now and not is_dead(row.holder):
            raise TemporaryProblem(f"Another process is at it ({name.split(':')[0]}); try again when it is done.")
        upsert(session, LEASE, [{"name": name, "holder": me, "until": now + LASTS}])
    held, end = Held(db, name, me, clock, now + LASTS), threading.Event()
    # nobody else finds a database in memory, not even a thread of ours
    beating = threading.Thread(target=held.beat_until, args=(end,), daemon=True) if db.is_shared else None
    if beating is not None:
        beating.start()
    try:
        yield held
    finally:
        end.set()
        if beating is not None:
            beating.join()
        with db.write() as session:
            session.execute(
                update(LEASE).where(LEASE.c.name == name, LEASE.c.holder == me).values(holder=NOBODY)
            )  # the row stays, for the next to lock


def is_held(session: Session, name: str, now: datetime) -> bool:
    """Whether somebody who lives holds that lease, as far as can be seen from here."""
    row = session.get(Lease, name)
    return row is not None and row.holder != NOBODY and row.until > now and not is_dead(row.holder)


def this_holder() -> str:
    """A name for whoever works here now, by which others can see whether its process still lives."""
    return _holder(os.getpid()) + f":{secrets.token_hex(4)}"


def _holder(pid: int) -> str:
    return f"{_here()}:{pid}:{_started(pid)}"


def is_dead(holder: str) -> bool:
    """Whether a process that can be seen from here is gone, or its number went to another."""
    here, _, rest = holder.partition(":")
    pid, _, rest = rest.partition(":")
    if here != _here() or not pid.isdigit():
        return False
    return _started(int(pid)) != rest.split(":")[0]


@lru_cache(maxsize=1)
def _here() -> str:
    """Where process numbers mean the same as here: this start of this machine, and this container on it.

    A host name alone is not enough: containers may share one, and number their processes alike.
    """
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        numbering = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:  # no Linux
        return socket.gethostname()
    return f"{socket.gethostname()}/{start}/{numbering}"


def _started(pid: int) -> str:
    """When a process began, in the kernel's words; without /proc, whether it lives."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except FileNotFoundError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "dead"
    except PermissionError:
        return "alive"
    return "alive"
