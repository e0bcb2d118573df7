"""Ten thousand requests in a minute at the page as it is served: nothing is learnt, nothing changed, nobody kept out.

``FLOOD`` says how many (``make full``: all of them). How long they took, and what an office had to wait meanwhile, is
printed; nothing here asserts a time.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from sqlalchemy import MetaData, make_url, select

from loopclose.clock import system_clock
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.job_runs import JobRun
from loopclose.web.confirmation import create_page
from tests.store.conftest import new_postgres, postgres, ready_postgres, ready_sqlite, ready_url
from tests.store.test_corrections import BOX
from tests.web.flood import NETWORK, Seen, abuses, flood, guesses
from tests.web.many_codes import Codes, many_codes
from tests.web.office import PAGE, SECRET, Office, token_in

__all__ = ["postgres", "ready_postgres", "ready_sqlite"]
FLOOD = int(os.environ.get("FLOOD", "600"))
LETTERS = 20
MOST_GROWN = 24 << 20
"""Bytes of memory by which the server may have grown after the first requests: what it keeps of networks is bounded."""
SAYS = {"received": "yes", "handover-1": "refused", "ask-1": "done", "needs": "The second page is missing."}
UNREAD = ("lease", "closed_words")
"""The scheduler's signs of life, which come by themselves; and an index that cannot be read, of what is read."""
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Scene:
    """A practice with letters out, and a copy of it at which nobody guesses."""

    url: str
    calm: str
    office: Office
    codes: Codes


@pytest.fixture(params=["sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    url = ready_url(request.param, tmp_path, request)
    with SandboxServer(Store(BOX.resources)) as ehr:
        office = Office(Database(url), ehr)
        codes = many_codes(office, system_clock(), LETTERS)
        with office.db.write() as session:  # whatever a scheduler does by itself was done already, for an hour
            later = system_clock() + timedelta(hours=1)
            for kind, of in (("sync", "main"), *((kind, "main") for kind in ("tell", "night", "mails", "seal"))):
                done = {"begun_at": later, "ended_at": later, "succeeded_at": later}
                session.add(JobRun(practice_id="main", kind=kind, of=of, failing_since=None, error=None, **done))
        if request.param == "sqlite":
            with office.db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            calm = f"sqlite:///{shutil.copy(make_url(url).database or '', tmp_path / 'calm.db')}"
        else:
            office.db.engine.dispose()
            calm = new_postgres(request.getfixturevalue("postgres"), str(make_url(url).database))
        yield Scene(url, calm, office, codes)
        office.db.close()


@contextmanager
def served(url: str, folder: Path) -> Iterator[tuple[str, int, Path]]:
    """The page of ``loopclose serve`` in a process of its own, its process id, and the file of its log."""
    with closing(socket.socket()) as one, closing(socket.socket()) as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        port, page = one.getsockname()[1], other.getsockname()[1]
    (folder / "key").write_text(SECRET.get_secret_value())
    (folder / "key").chmod(0o600)
    web = f'\n[web]\nport = {port}\nsecret_file = "key"\ntrusted_proxies = ["127.0.0.1"]\n'
    delivery = f'\n[delivery]\npage_address = "{PAGE}"\npage_port = {page}\n'
    (folder / "loopclose.toml").write_text(config_toml(BOX, "http://127.0.0.1:9/fhir", url) + web + delivery)
    told = {name: value for name, value in os.environ.items() if not name.startswith("LOOPCLOSE_")}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "loopclose", "serve"]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=told)
        try:
            while b"Serving at" not in (folder / "log").read_bytes():
                assert process.poll() is None, (folder / "log").read_text()
            yield f"http://127.0.0.1:{page}", process.pid, folder / "log"
        finally:
            process.terminate()
            assert process.wait(60) == 0


def everything(url: str) -> dict[str, dict[str, Any]]:
    """Every row of every table, but ``UNREAD``."""
    db, found = Database(url), {}
    tables = MetaData()
    tables.reflect(db.engine)
    with db.engine.connect() as connection:
        for table in tables.sorted_tables:
            if table.name not in UNREAD:
                keys = [column.name for column in table.primary_key] or [column.name for column in table.columns]
                rows = connection.execute(select(table)).mappings()
                found[table.name] = {str([row[key] for key in keys]): dict(row) for row in rows}
    db.close()
    return found


def changed(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> dict[str, Any]:
    """By table: how many rows are new or gone, and which columns of how many others are not what they were."""
    found: dict[str, Any] = {}
    for name, rows in after.items():
        was = before[name]
        other = Counter(
            column
            for key, row in rows.items()
            if key in was
            for column, value in row.items()
            if value != was[key][column]
        )
        new, gone = len(rows.keys() - was.keys()), len(was.keys() - rows.keys())
        if new or gone or other:
            found[name] = new, gone, dict(other)
    return found


class Desk:
    """Somebody of the office whose letter it is, by a browser; the flood comes from their network, too."""

    def __init__(self, base: str, code: str) -> None:
        self.address, self.waited = f"{base}/{code}", list[float]()
        self.headers = {"X-Forwarded-For": NETWORK}

    def look(self) -> str:
        began = time.perf_counter()
        page = requests.get(self.address, headers=self.headers, timeout=60)
        self.waited.append(time.perf_counter() - began)
        assert page.status_code == 200
        return token_in(page.text)

    def say(self, form: Mapping[str, str]) -> str:
        """Say it; gives the form that was sent."""
        sent = {"token": self.look(), **form}
        answer = requests.post(self.address, sent, headers=self.headers, timeout=60, allow_redirects=False)
        assert answer.status_code == 303
        return urlencode(sent)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def spent(pid: int) -> float:
    """Seconds of the processor."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def said_in_peace(scene: Scene, codes: Codes) -> dict[str, Any]:
    """What the same letters' offices say changes where nobody guesses."""
    before = everything(scene.calm)
    work = replace(scene.office.work(), db=Database(scene.calm), clock=system_clock)
    client = create_page(work).test_client()
    for code, form in ((codes.true, SAYS), (codes.open[0], {"about": "wrong", "sure": "yes"})):
        token = token_in(client.get(f"/{code}").get_data(as_text=True))
        assert client.post(f"/{code}", data={"token": token, **form}).status_code in (200, 303)
    work.db.close()
    return changed(before, everything(scene.calm))


def test_a_flood_learns_nothing_changes_nothing_and_keeps_no_office_out(scene: Scene, tmp_path: Path) -> None:
    codes, dice, seen = scene.codes, Random(7), Seen()
    wanted = said_in_peace(scene, codes)
    with served(scene.url, tmp_path) as (base, pid, log):
        desk, other = Desk(base, codes.true), Desk(base, codes.open[0])
        first = [*islice(guesses(codes, dice), FLOOD // 2)]
        for _ in flood(base, first[:100], Seen(), dice):
            desk.look()
        before, memory = everything(scene.url), resident(pid)
        began, busy, replayed = time.perf_counter(), spent(pid), list[tuple[str, str]]()
        for no in flood(base, first, seen, dice):
            desk.look()
            if no == 3:
                replayed.append((codes.true, desk.say(SAYS)))
                wrong = {"token": other.look(), "about": "wrong", "sure": "yes"}
                assert requests.post(other.address, wrong, headers=other.headers, timeout=60).status_code == 200
                replayed.append((codes.open[0], urlencode(wrong)))
        both = zip(guesses(codes, dice), abuses(codes, dice, replayed), strict=False)
        second = [*islice(chain.from_iterable(both), FLOOD - FLOOD // 2)]
        for _ in flood(base, second, seen, dice):
            desk.look()
        took, busy, grown = time.perf_counter() - began, spent(pid) - busy, resident(pid) - memory
        assert changed(before, everything(scene.url)) == wanted, "nothing but what the offices said"
    _print(seen, took, busy, desk.waited, grown)
    learnt(seen)
    assert seen.total == FLOOD and grown < MOST_GROWN
    said = log.read_text()
    tried = [one.path.split("?")[0].strip("/") for one in (*first, *second)]
    assert [one for one in {*codes.all, *tried} if len(one) > 9 and one in said] == []
    assert len(said.splitlines()) < 20, "a flood does not fill the log"
    assert "missing" not in said and "guesses" not in said and "error" not in said


def learnt(seen: Seen) -> None:
    """Nothing: every code that opens nothing has one answer, and a letter's page gives way to its own forms alone."""
    for kind in ("guessed", "said of it", "typed", "elsewhere"):
        assert {*seen.statuses[kind]} <= {404, 429}, kind
    assert all(len(answers) == 1 for answers in seen.answers.values())
    assert {*seen.statuses["forged"]} == {400} and {*seen.statuses["replayed"]} == {303}
    assert {*seen.statuses["too much"]} == {413} and {*seen.statuses["no such way"]} == {405}
    assert {*seen.statuses["followed"]} == {200} and {*seen.statuses["said twice"]} == {200}


def _print(seen: Seen, took: float, busy: float, waited: list[float], grown: int) -> None:
    counted = sum(seen.statuses.values(), Counter[int]())
    middle, slow = statistics.median(waited) * 1000, statistics.quantiles(waited, n=20)[-1] * 1000
    told = f"{seen.total:,} requests in {took:.1f} s, {busy:.1f} s of a processor ({dict(counted)})"
    wait = f"an office waited {middle:.0f} ms in the middle, {slow:.0f} ms one time in twenty"
    print(f"{told}; {wait}; the server grew by {grown / (1 << 20):.1f} MB")
