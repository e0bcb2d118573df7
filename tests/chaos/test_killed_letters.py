"""kill -9 before any statement and any commit of drafting, editing and signing, then the same again: nothing is lost,
nothing is there twice, and what was said to be kept is. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.drafting.wishes import Wish
from loopclose.flows.papers.editing import desk_of, edit
from loopclose.flows.papers.sheet import signed_here
from loopclose.flows.papers.sign import open_letter, sign
from loopclose.flows.papers.working import write_now
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.sandbox.settings import config_toml
from loopclose.store import drafts
from loopclose.store.base import Scope
from loopclose.store.edits import EditRow
from loopclose.store.obligations import Document, Obligation
from loopclose.store.signatures import SignatureRow
from loopclose.store.upgrade import open_database
from tests.spec.cast import BOSTON
from tests.store import letters
from tests.store.conftest import database_url, new_postgres, postgres  # noqa: F401
from tests.store.line import NOW, add_people, read, sandbox

KILLS = int(os.environ.get("KILLS", "10"))
MAIN, HEART, NOTE = Scope("main"), "heart@demo.example", "consult-note"
BOX = sandbox("tidy", 12)
WORDS = "Call us in a week."


class Line:
    """A practice in a database, and one report whose letter is drafted, edited and signed."""

    def __init__(self, url: str, address: str) -> None:
        self.url, self.address = url, address
        self.db = open_database(url)
        self.work = Work(parse(tomllib.loads(config_toml(BOX, address, url))), self.db, fixed(NOW))
        (self.site,) = sites(self.work.config)

    def owed(self) -> Obligation:
        noted = {one["context"]["encounter"][0]["reference"] for one in BOX.resources if "context" in one}
        asked = select(Obligation).filter_by(kind="report", author="Practitioner/heart").order_by(Obligation.id)
        with self.db.read() as session:
            return next(one for one in session.scalars(asked) if one.visit in noted)

    def edits(self) -> int:
        with self.db.read() as session:
            return len(session.scalars(select(EditRow)).all())

    def run(self, say: Callable[[str], None]) -> None:
        """What a clinician does who begins where she left off; ``say``: what the screen told her was done."""
        owed = self.owed()
        if owed.state == "owed":
            write_now(self.db, self.work.clock, self.site, owed.id, HEART)
            say("drafted")
        if not self.edits():
            with self.db.read() as session:
                desk = desk_of(session, MAIN, BOSTON, self.owed(), NOTE)
            assert desk is not None
            edit(self.work, MAIN, owed.id, NOTE, Wish("add", section="plan", text=WORDS), desk.no, HEART)
            say("edited")
        if self.owed().state == "drafted":
            open_letter(self.work, MAIN, owed.id, HEART)
            found = letters.looked_at(self.db, MAIN, owed.id)
            answers = {key: letters.Said("words", "Seen.") for key in (*found.letter.conflicts, "question")}
            sign(self.work, MAIN, owed.id, HEART, letters.read(found, **answers), letters.proof(NOW))
            say("signed")

    def kept(self) -> tuple[str, ...]:
        """What is whole in the store; fails where something is there by half."""
        owed = self.owed()
        with self.db.read() as session:
            papers = session.scalars(select(Document).filter_by(obligation=owed.id)).all()
            signatures = session.scalars(select(SignatureRow)).all()
            found = signed_here(session, MAIN, owed.id)
            latest = drafts.papers(session, MAIN, owed.id)
        assert {*latest} in (set(), {NOTE, "prescription-sheet"})
        assert bool(latest) == (owed.state != "owed") and self.edits() <= 1
        assert len({(one.kind, one.version) for one in papers}) == len(papers)
        assert len(signatures) == (owed.state == "signed") == bool(papers and all(one.signed_by for one in papers))
        assert found is None or found.problems == ()
        return tuple(
            word
            for word, there in (
                ("drafted", bool(latest)),
                ("edited", self.edits() == 1),
                ("signed", owed.state == "signed"),
            )
            if there
        )


def killed_at(number: int, line: Line, told: Path) -> list[str]:
    """Run the line in a process of its own that kills itself at its statement or commit of that number; gives what it
    said before. Such processes are forked from one that has loaded everything.
    """
    told.write_text("")
    starting = multiprocessing.get_context("forkserver")
    starting.set_forkserver_preload([__name__])
    process = starting.Process(target=run_and_die, args=(line.url, line.address, number, told))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return told.read_text().split()


def run_and_die(url: str, address: str, number: int, told: Path) -> None:
    """What that process does; at its end it says how many statements and commits there were."""
    line, done = Line(url, address), 0

    def next_step(*_: object) -> None:
        nonlocal done
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1

    event.listen(line.db.engine, "before_cursor_execute", next_step)
    event.listen(line.db.engine, "commit", next_step)
    with told.open("a") as out:
        line.run(lambda word: print(word, file=out, flush=True))
        print(done, file=out)


@pytest.fixture
def ehr() -> SandboxServer:
    """An EHR that does not say how far its notes are: what is preliminary could not be signed."""
    notes = [{name: value for name, value in one.items() if name != "docStatus"} for one in BOX.resources]
    return SandboxServer(Store(notes))


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path, ehr: SandboxServer) -> Iterator[Callable[[str], Line]]:
    """Gives the line of that name in a database of its own, in which the practice was read once."""
    url = database_url(request.param, tmp_path, request)
    with ehr:
        first = Line(url, ehr.base_url)
        read(first.db, first.site)
        add_people(first.db)
        first.db.close()

        def copied(name: str) -> Line:
            if request.param == "postgres":
                return Line(new_postgres(url, str(make_url(url).database)), ehr.base_url)
            return Line(f"sqlite:///{shutil.copy(tmp_path / 'test.db', tmp_path / f'{name}.db')}", ehr.base_url)

        yield copied


def test_a_letter_survives_a_kill_at_any_step(fresh: Callable[[str], Line], tmp_path: Path) -> None:
    told = tmp_path / "told"
    *words, steps = killed_at(1_000_000, fresh("whole"), told)
    assert words == ["drafted", "edited", "signed"]
    inside = 0
    for number in sorted(random.Random(5).sample(range(int(steps)), min(KILLS, int(steps)))):
        line = fresh(f"k{number}")
        said = killed_at(number, line, told)
        kept = line.kept()
        assert {*said} <= {*kept}, f"at {number}: {said} was said, {kept} is kept"
        inside += bool(kept)
        line.run(lambda word: None)
        assert line.kept() == ("drafted", "edited", "signed"), number
        line.db.close()
    print(f"{min(KILLS, int(steps))} kills at {steps} statements and commits; {inside} after the draft was kept")
    assert inside
