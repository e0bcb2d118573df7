"""kill -9 at any step of planning, handing over and following up a letter: nothing is lost, no other bytes leave, and
nothing arrives twice but where docs/delivery.md says so.

The channel misbehaves as well, by the same dice: it takes a letter and never answers, puts it off, refuses it, or says
later that it knows of no such letter. Each round is a process of its own, that may be killed at a statement, a commit,
or on either side of the moment at which the channel takes the letter.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.domain.channels import CHANNELS
from loopclose.domain.delivering import STATES
from loopclose.flows.delivery.asking import ask_all
from loopclose.flows.delivery.plan import plan_due
from loopclose.flows.delivery.send import send_due
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.mail import SendError
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.conftest import new_postgres, postgres, ready_postgres, ready_sqlite, ready_url
from tests.store.scripted import Post
from tests.store.test_corrections import BOX, NOW, Line

__all__ = ["postgres", "ready_postgres", "ready_sqlite"]
KILLS = int(os.environ.get("KILLS", "10"))
MAIN, ROUNDS = Scope("main"), 14
ADDRESSES = {"direct": "lee@direct.example.org", "fax": "(617) 555-0142", "print": "desk"}


@dataclass
class Dicey:
    """A channel whose other side is a file: whatever arrived stays there, whoever died."""

    name: str
    arrived: Path
    dice: random.Random
    dies: Callable[[], None]
    forms: tuple[str, ...] = ("text",)

    def pack(self, sending: Sending) -> bytes:
        # signed and encrypted mail is other bytes each time: a second packing would show
        return f"{sending.delivery} {self.dice.random()} ".encode() + sending.enclosures[0].content

    def send(self, parcel: Parcel) -> Taken:
        self.dies()
        fate = self.dice.choice(["takes", "takes", "takes", "takes, silent", "silent", "put off", "refuses"])
        if fate.startswith("takes"):
            with self.arrived.open("a") as file:
                print(parcel.delivery, hashlib.sha256(parcel.content).hexdigest(), file=file, flush=True)
        self.dies()
        if fate == "takes":
            return Taken("r1", is_sent=self.name == "direct")
        raise SendError(f"The channel {fate}.", final=fate == "refuses", unknown="silent" in fate)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """An honest answer, or none."""
        self.dies()
        if self.dice.random() < 0.3:
            return None
        there = self.arrived.exists() and parcel.delivery in self.arrived.read_text()
        return Fate("transmitted" if there else "absent", remote="r1")


class Ready:
    """A practice with one signed letter and an address for each channel, to copy."""

    def __init__(self, kind: str, folder: Path, request: pytest.FixtureRequest) -> None:
        self.kind, self.folder, self.request, self.made = kind, folder, request, 0
        self.url = ready_url(kind, folder, request)
        with SandboxServer(Store(BOX.resources)) as server:
            db = Database(self.url)
            line = Line(db, server)
            post = Post(line)
            for rank, (channel, to) in enumerate(ADDRESSES.items(), start=1):
                post.address(to, channel=channel, rank=rank)
            self.report, self.config = line.owed.id, line.work.config
            db.engine.dispose()
        if kind == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()

    def copy(self) -> str:
        self.made += 1
        if self.kind == "sqlite":
            shutil.copy(make_url(self.url).database or "", self.folder / f"copy{self.made}.db")
            return f"sqlite:///{self.folder / f'copy{self.made}.db'}"
        return new_postgres(self.request.getfixturevalue("postgres"), str(make_url(self.url).database))

    def work(self, url: str, hours: int) -> Work:
        config = parse(
            {**self.config.model_dump(mode="json", exclude_none=True, exclude_unset=True), "database": {"url": url}}
        )
        return Work(config, Database(url), fixed(NOW + timedelta(hours=hours)))


@pytest.fixture(params=["sqlite", "postgres"])
def ready(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ready]:
    """Its secret is one for all copies: it seals what is packed."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path / "state")
    yield Ready(request.param, tmp_path, request)
    del os.environ["XDG_STATE_HOME"]


def one_round(ready: Ready, url: str, seed: str, hours: int, order: list[str], kill_at: int | None) -> bool:
    """What the scheduler does in a minute, in a process of its own; whether that was killed."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"{seed}: the round raised"
        return os.WIFSIGNALED(status)
    try:
        dice, done = random.Random(f"{seed} {hours}"), 0

        def step(*_: object) -> None:
            nonlocal done
            if done == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1

        work = ready.work(url, hours)
        event.listen(work.db.engine, "before_cursor_execute", step)
        event.listen(work.db.engine, "commit", step)
        arrived = ready.folder / f"{ready.made}.arrived"
        ways = {name: Dicey(name, arrived, dice, step) for name in order}
        plan_due(work, MAIN, ways)
        send_due(work, MAIN, ways)
        ask_all(work, MAIN, ways)
    except BaseException as problem:  # noqa: BLE001 - a child says so and ends, whatever it was
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def is_over(url: str) -> bool:
    """Whether the newest delivery waits for nothing that comes by itself."""
    db = Database(url)
    with db.read() as session:
        states = session.scalars(select(DeliveryRow.state).order_by(DeliveryRow.planned_at.desc())).all()
    db.close()
    return (
        bool(states) and states[0] == "sent" and not {*states} & {"planned", "sending", "waiting", "underway", "unsure"}
    )


def test_a_letter_arrives_whoever_dies_and_twice_only_where_it_is_dropped(ready: Ready) -> None:
    killed, ended, twice = 0, Counter[str](), 0
    for number in range(KILLS):
        url, dice = ready.copy(), random.Random(f"letters {number}")
        order = dice.sample(sorted(ADDRESSES), k=dice.randint(1, 3))
        for at in range(ROUNDS):
            kill_at = dice.randint(0, 60) if at < 4 else None
            killed += one_round(ready, url, f"{number}", at * 4, order, kill_at)
            if kill_at is None and is_over(url):
                break
        db = Database(url)
        with db.read() as session:
            rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.planned_at)).all()
            report = session.get_one(Obligation, ("main", ready.report))
        arrived = ready.folder / f"{ready.made}.arrived"
        lines = [tuple(one.split()) for one in arrived.read_text().splitlines()] if arrived.exists() else []
        by_id = {row.id: row for row in rows}
        assert rows, f"{number}: a signed letter was never planned"
        assert len({(row.address, row.purpose) for row in rows}) == len(rows), f"{number}: planned twice"
        for key, count in Counter(lines).items():
            row = by_id[key[0]]
            assert key[1] == row.sha256, f"{number}: other bytes than those that were packed"
            assert count == 1 or CHANNELS[row.channel].drops_repeats, f"{number}: a repeat by {row.channel}"
            twice += count > 1
        out = {row.id for row in rows if row.state in ("sent", "received")}
        assert out <= {key for key, _ in lines}, f"{number}: said to be sent, and it never arrived"
        assert bool(out) == (report.state == "sent"), f"{number}: {report.state}, {[row.state for row in rows]}"
        last = rows[-1]
        assert {row.state for row in rows} <= STATES.keys() - {"sending", "planned"}, number
        if not out:  # then somebody is to be told: it waits for a person, or no address is left
            assert last.state in ("unsure", "underway") or (
                {row.state for row in rows} <= {"failed", "cancelled"} and report.owner == "coordinator"
            ), f"{number}: {[row.state for row in rows]}, {report.owner}"
        ended.update(row.state for row in rows)
        db.close()
    print(f"{KILLS} letters, {killed} kills, {twice} arrived twice where a repeat is dropped; {dict(ended)}")
    assert killed >= KILLS
