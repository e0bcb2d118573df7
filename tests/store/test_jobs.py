"""Work beside the request: one at a time for each thing, by one worker, and taken up again when that dies."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from loopclose.clock import fixed, system_clock
from loopclose.errors import TemporaryProblem
from loopclose.flows.papers.working import DraftWorker, write_now
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import jobs
from loopclose.store.base import Scope
from loopclose.store.drafts import papers
from loopclose.store.engine import Database
from loopclose.store.jobs import DRAFT, GIVEN_UP, LASTS, MOST_ATTEMPTS, Claim
from loopclose.store.leases import this_holder
from loopclose.store.worklist import worklist
from tests.store.line import NOW, config, read, sandbox, site

MAIN, OTHER = Scope("main"), Scope("other")
A, B = "elsewhere:1:0:a", "elsewhere:2:0:b"
"""Workers of other machines: whether they live cannot be seen from here."""


def ask(db: Database, subject: str = "o1", scope: Scope = MAIN) -> bool:
    with db.write() as session:
        return jobs.ask(session, scope, DRAFT, subject, "heart@demo.example", NOW)


def claim(db: Database, holder: str, after: timedelta = timedelta(0), scope: Scope = MAIN) -> Claim | None:
    with db.write() as session:
        return jobs.claim(session, scope, DRAFT, holder, NOW + after)


def end(db: Database, claimed: Claim, error: str | None = None) -> bool:
    with db.write() as session:
        return jobs.end(session, claimed, error, NOW)


def state(db: Database, subject: str = "o1") -> tuple[str, str | None]:
    with db.read() as session:
        row = jobs.newest(session, MAIN, DRAFT, subject)
        assert row is not None
        return row.state, row.error


def test_asking_twice_is_asking_once_until_it_ended(db: Database) -> None:
    assert ask(db) and not ask(db)
    first = claim(db, A)
    assert first is not None and first.asked_by == "heart@demo.example" and not ask(db) and claim(db, B) is None
    assert end(db, first, "Why not.") and state(db) == ("failed", "Why not.")
    assert ask(db) and state(db) == ("waiting", None)


def test_a_practice_sees_its_own_alone(db: Database) -> None:
    ask(db)
    assert claim(db, A, scope=OTHER) is None and claim(db, A) is not None


def test_a_worker_that_died_is_followed_and_has_no_say_any_more(db: Database) -> None:
    ask(db)
    dead = claim(db, A)
    assert dead is not None and claim(db, B, LASTS - timedelta(seconds=1)) is None
    followed = claim(db, B, LASTS)
    assert followed is not None and not end(db, dead) and end(db, followed) and state(db)[0] == "done"


def test_one_that_says_that_it_lives_keeps_its_work(db: Database) -> None:
    ask(db)
    held = claim(db, A)
    assert held is not None
    with db.write() as session:
        assert jobs.beat(session, held, NOW + LASTS / 2)
    assert claim(db, B, LASTS) is None and claim(db, B, LASTS * 1.5) is not None
    with db.write() as session:
        assert not jobs.beat(session, held, NOW + LASTS)


def test_one_that_was_seen_from_here_to_die_is_followed_at_once(db: Database) -> None:
    ask(db)
    here = this_holder().split(":")[0]
    assert claim(db, f"{here}:999999999:1:x") is not None and claim(db, A) is not None


def test_what_kills_whoever_takes_it_up_is_given_up(db: Database) -> None:
    ask(db)
    for attempt in range(MOST_ATTEMPTS):
        assert claim(db, A, LASTS * attempt) is not None
    assert claim(db, B, LASTS * MOST_ATTEMPTS) is None and state(db) == ("failed", GIVEN_UP)


def test_many_workers_at_once_draft_each_report_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"o{number}" for number in range(12)]
    for name in names:
        ask(db, name)
    taken: list[str] = []
    ready = threading.Barrier(4)

    def work(holder: str) -> None:
        ready.wait(30)
        while (mine := claim(db, holder)) is not None:
            taken.append(mine.subject)
            end(db, mine)

    threads = [threading.Thread(target=work, args=(f"elsewhere:{number}:0:t",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == sorted(names)


def test_two_processes_never_draft_the_same_and_a_draft_that_was_taken_over_is_not_written(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = sandbox("tidy", 6)
    with SandboxServer(Store(box.resources)) as server:
        where = site(box, server)
        read(db, where)
        work = Work(config(box, server, db.url), db, fixed(NOW))
        with db.read() as session:
            owed = next(i.obligation for i in worklist(session, MAIN, NOW) if i.obligation.kind == "report")
        ask(db, owed.id)
        now = system_clock()
        assert claim(db, A, now - NOW) is not None
        with pytest.raises(TemporaryProblem):
            write_now(db, fixed(NOW), where, owed.id, "heart@demo.example")
        assert not DraftWorker(work, fixed(now)).once()
        late = DraftWorker(work, fixed(now + LASTS))
        original = jobs.end

        def overtaken(session: object, mine: Claim, *rest: object) -> bool:
            return mine.holder != late.holder and original(session, mine, *rest)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(jobs, "end", overtaken)
            assert late.once()
        with db.read() as session:
            assert papers(session, MAIN, owed.id) == {}
        assert DraftWorker(work, fixed(now + LASTS * 2)).once() and state(db, owed.id)[0] == "done"
        with db.read() as session:
            assert len(papers(session, MAIN, owed.id)) == 2
