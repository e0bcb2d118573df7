"""Whether a test notices that a rule is broken.

The tests are read once. Each mutant is tried in a process split off from there, by the tests that pass by its line,
quickest first, until one fails.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import HealthCheck, Phase, settings

from bench.breaking import Living
from bench.covering import Caches, Covered, Covering, Tracer, keep, kept, keys_of
from bench.mutations import Mutant, whole_statements

QUIET = ("-q", "-x", "--tb=line", "--assert=plain", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider")
SQLITE = ("-k", "not postgres")
NOTICED, SURVIVED, NOT_SO = 1, 0, 3
"""How a process ends that has tried a mutant; the last where it cannot be broken in what was read already."""


@dataclass(frozen=True)
class Part:
    """Some rules, and the files of tests that are about them."""

    root: Path
    folder: str
    tests: Sequence[str]
    cache: Path
    """Where it is kept which test runs what."""


@dataclass(frozen=True)
class Tried:
    """What was found of some mutants, by their numbers."""

    survived: list[int]
    anew: list[int]
    """They change what is done while files are imported: to be tried by reading everything anew."""
    seconds: float
    """What all tests of the part take."""


def steady() -> None:
    """Tests of properties fail for what they find, never for the time they take, and look at the same each time."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "steady", deadline=None, derandomize=True, database=None, phases=phases, suppress_health_check=list(HealthCheck)
    )
    settings.load_profile("steady")


def limit(seconds: float) -> None:
    """Interrupt the process once it has worked for so long; end it at once where it is still there much later."""
    signal.signal(signal.SIGPROF, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(int(10 * seconds) + 60)


def silenced(log: str = os.devnull) -> None:
    """What tests print goes there."""
    to = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(to, 1), os.dup2(to, 2), os.close(to)


def tried(part: Part, mutants: Sequence[Mutant], processes: int) -> Tried:
    """Try them all; ends the program where the tests fail before anything is broken."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        reading = os.fork()
        if not reading:
            _read_and_try(part, mutants, processes, folder)
        os.waitpid(reading, 0)
        answer, log = folder / "tried", folder / "log"
        if not answer.exists():
            sys.exit(f"{log.read_text(errors='replace')[-3000:]}\nThe tests fail before anything is broken.")
        return Tried(**json.loads(answer.read_text()))


def _read_and_try(part: Part, mutants: Sequence[Mutant], processes: int, folder: Path) -> None:
    """Ends the process, and each that was split off from it."""
    try:
        screen = os.fdopen(os.dup(1), "w")
        silenced(str(folder / "log"))
        trying = Trying(part, mutants, processes, folder, screen)
        failed = pytest.main([*QUIET, "-s", *SQLITE, *part.tests], plugins=[trying])
        sys.stdout.flush()
        os._exit(NOTICED if failed else SURVIVED)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(NOTICED)


class Trying:
    """A plugin of pytest: once the tests are read, they are run for each mutant, and never for themselves."""

    def __init__(self, part: Part, mutants: Sequence[Mutant], processes: int, folder: Path, screen: TextIO) -> None:
        self.part, self.mutants, self.processes, self.folder, self.screen = part, mutants, processes, folder, screen
        self.caches, self.tracer = Caches(), Tracer(part.root, part.folder)
        self.caches.watch()
        self.tracer.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In place of running them."""
        self.tracer.stop()
        imported = self.tracer.take()
        if session.testsfailed:
            return None
        items = {item.nodeid: item for item in session.items}
        files = self._covered(session, items)
        if files is None:
            return True
        living = Living(self.part.root, self.part.folder)
        gc.freeze()  # what was read stays, and nobody need look through it again in each process
        spans = {path: _spans(self.part.root / path) for path in {one.path for one in self.mutants}}
        found = Tried([], [], sum(seconds_of(one) for one in files.values()))
        waiting, running = list(reversed(range(len(self.mutants)))), dict[int, int]()
        while waiting or running:
            if waiting and len(running) < self.processes:
                no = waiting.pop()
                mutant = self.mutants[no]
                lines = spans[mutant.path].get(mutant.line, range(mutant.line, mutant.line + 1))
                if imported[mutant.path] & set(lines):
                    found.anew.append(no)
                    continue
                child = os.fork()
                if not child:
                    silenced()
                    if not living.take_on(mutant):
                        os._exit(NOT_SO)
                    self._run(session, items, in_turn(files, mutant.path, lines))
                    return True
                running[child] = no
            else:
                self._end(running, found)
        (self.folder / "tried").write_text(json.dumps(asdict(found)))
        return True

    def _end(self, running: dict[int, int], found: Tried) -> None:
        """Of one of those that run."""
        ended, status = os.wait()
        no, outcome = running.pop(ended), os.waitstatus_to_exitcode(status)
        shutil.rmtree(self.folder / str(ended), ignore_errors=True)
        if outcome == SURVIVED:
            found.survived.append(no)
            print(f"survived  {self.mutants[no]}", file=self.screen, flush=True)
        elif outcome == NOT_SO:
            found.anew.append(no)

    def _covered(self, session: pytest.Session, items: Mapping[str, pytest.Item]) -> dict[str, Covered] | None:
        """What each test runs, by file; None in a process that finds out, and where tests fail."""
        by_file = defaultdict[str, list[str]](list)
        for test in items:
            by_file[test.partition("::")[0]].append(test)
        keys = keys_of(self.part.root, by_file)
        files = {file: one for file, one in kept(self.part.cache).items() if keys.get(file) == one.key}
        stale = [file for file, tests in by_file.items() if file not in files or set(files[file].tests) != set(tests)]
        if not stale:
            return files
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            shutil.rmtree(self.folder / str(child), ignore_errors=True)
            return kept(self.part.cache) if status == SURVIVED else None
        files |= {file: Covered(keys[file]) for file in stale}
        session.config.pluginmanager.register(Covering(self.tracer, self.caches, files))
        tests = [test for file in stale for test in by_file[file]]
        self._run(session, items, [(test, 600.0) for test in tests])
        if not session.testsfailed:
            keep(self.part.cache, files)
        return None

    def _run(
        self, session: pytest.Session, items: Mapping[str, pytest.Item], turns: Sequence[tuple[str, float]]
    ) -> None:
        """So many seconds for each, and none after the first that fails."""
        own = self.folder / str(os.getpid())
        own.mkdir()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
        for at, (test, seconds) in enumerate(turns):
            limit(seconds)
            after = items[turns[at + 1][0]] if at + 1 < len(turns) else None
            session.config.hook.pytest_runtest_protocol(item=items[test], nextitem=after)
            if session.shouldfail or session.shouldstop:
                return


def in_turn(files: Mapping[str, Covered], path: str, lines: range) -> list[tuple[str, float]]:
    """The tests that run one of these lines, quickest first, and after how many seconds each never ends.

    Where the tests of a file share what takes time, they follow each other.
    """
    turns: list[tuple[float, str, float, str]] = []
    for file, covered in files.items():
        shared = covered.shared.seconds
        tests = {test: covered.tests[test].seconds for test in covered.passing(path, lines)}
        quickest = min(tests.values(), default=0)
        turns += [(shared + (quickest if shared > 0.1 else own), file, own, test) for test, own in tests.items()]
    return [(test, 20 + 10 * (own + files[file].shared.seconds)) for _, file, own, test in sorted(turns)]


def seconds_of(file: Covered) -> float:
    """What all its tests take."""
    return file.shared.seconds + sum(test.seconds for test in file.tests.values())


def _spans(path: Path) -> dict[int, range]:
    return whole_statements(ast.parse(path.read_text(encoding="utf-8")))
