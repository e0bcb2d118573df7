"""Leases: one process at a time does a job, and a dead one's job is taken over at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from loopclose.clock import Clock
from loopclose.errors import TemporaryProblem
from loopclose.store.base import table_of
from loopclose.store.engine import Database
from loopclose.store.resources import Lease
from loopclose.store.upsert import upsert

NOBODY = ""


@contextmanager
def hold(db: Database, name: str, clock: Clock, seconds: int) -> Iterator[Callable[[], None]]:
    """Hold the lease ``name`` for ``seconds``; raises ``TemporaryProblem`` while another live process does.

    Gives what holds it for as long again, to be called now and then by work that may take longer. The rows of a dead
    process on this machine are taken over at once, those of another machine when they end.
    """
    me = _holder(os.getpid())
    lease = table_of(Lease)
    asked = clock()

    def renew() -> None:
        nonlocal asked
        now = clock()
        if now - asked < timedelta(seconds=seconds / 4):
            return
        with db.write() as session:
            mine = update(lease).where(lease.c.name == name, lease.c.holder == me)
            found = session.execute(mine.values(until=now + timedelta(seconds=seconds)))
        if not cast("CursorResult[Any]", found).rowcount:
            raise TemporaryProblem("Another process took this work over; try again when it is done.")
        asked = now

    with db.write() as session:  # one writer at a time: look and take are one step
        upsert(session, lease, [{"name": name, "holder": NOBODY, "until": clock()}], update=())  # a row to lock
        row = session.execute(select(lease.c.holder, lease.c.until).where(lease.c.name == name).with_for_update()).one()
        now = clock()
        if row.holder not in (me, NOBODY) and row.until > now and not _is_dead(row.holder):
            raise TemporaryProblem(f"Another process is at it ({name.split(':')[0]}); try again when it is done.")
        upsert(session, lease, [{"name": name, "holder": me, "until": now + timedelta(seconds=seconds)}])
    try:
        yield renew
    finally:
        with db.write() as session:
            session.execute(
                update(lease).where(lease.c.name == name, lease.c.holder == me).values(holder=NOBODY)
            )  # the row stays, for the next to lock


def _holder(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def _is_dead(holder: str) -> bool:
    """Whether a holder on this machine is gone, or its number went to another process."""
    host, pid, _ = holder.rsplit(":", 2)
    return host == socket.gethostname() and _holder(int(pid)) != holder


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
