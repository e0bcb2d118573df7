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
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import HealthCheck, Phase, settings

from bench.breaking import Living
from bench.covering import Covered, Covering, Tracer, keep, kept, keys_of
from bench.mutations import Mutant, whole_statements
from bench.processes import FAILED, in_processes, limit, silenced

QUIET = ("-q", "-x", "--tb=line", "--assert=plain", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider")
SQLITE = ("-k", "not postgres")
NOTICED, SURVIVED, NOT_SO = FAILED, 0, 3
"""How a process ends that has tried a mutant; the last where it cannot be broken in what was read already."""
LONG = 600.0
"""Seconds that no test takes."""


@dataclass(frozen=True)
class Part:
    """Some rules, and the files of tests that are about them."""

    root: Path
    folder: str
    tests: Sequence[str]
    cache: Path
    """Where it is kept which test runs what."""
    alone: bool = True
    """Whether each test function is looked at in a process of its own, so that what one leaves in a cache is nothing
    to the next; False where files set up much for all their tests."""


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


def tried(part: Part, mutants: Sequence[Mutant], processes: int) -> Tried:
    """Try them all; ends the program where the tests fail before anything is broken."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        answer, log = folder / "tried", folder / "log"

        def read_and_try(screen: TextIO) -> int:
            silenced(str(log))
            trying = Trying(part, mutants, processes, folder, screen)
            return pytest.main([*QUIET, "-s", *SQLITE, *part.tests], plugins=[trying])

        with os.fdopen(os.dup(1), "w") as screen:
            list(in_processes([screen], 1, read_and_try))
        if not answer.exists():
            said = log.read_text(encoding="utf-8", errors="replace")
            sys.exit(f"{said[-3000:]}\nThe tests fail before anything is broken.")
        return Tried(**json.loads(answer.read_text(encoding="utf-8")))


class Trying:
    """A plugin of pytest: once the tests are read, they are run for each mutant, and never for themselves."""

    def __init__(self, part: Part, mutants: Sequence[Mutant], processes: int, folder: Path, screen: TextIO) -> None:
        self.part, self.mutants, self.processes, self.folder, self.screen = part, mutants, processes, folder, screen
        self.tracer = Tracer(part.root, part.folder)
        self.tracer.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In place of running them."""
        self.tracer.stop()
        imported = self.tracer.take()
        if session.testsfailed:
            return None
        living = Living(self.part.root, self.part.folder)
        gc.freeze()  # what was read stays, and nobody need look through it again in each process
        items = {item.nodeid: item for item in session.items}
        files = self._covered(session, items)
        if files is None:
            return True
        found = Tried([], [], sum(seconds_of(one) for one in files.values()))
        spans = {path: _spans(self.part.root / path) for path in {one.path for one in self.mutants}}
        lines = [spans[one.path].get(one.line, range(one.line, one.line + 1)) for one in self.mutants]
        numbers = [no for no, one in enumerate(self.mutants) if not imported[one.path] & set(lines[no])]
        found.anew.extend(set(range(len(self.mutants))) - set(numbers))

        def act(no: int) -> int:
            silenced()
            mutant = self.mutants[no]
            if not living.take_on(mutant):
                return NOT_SO
            return self._run(session, items, in_turn(files, mutant.path, lines[no]))

        for no, process, outcome in in_processes(numbers, self.processes, act):
            shutil.rmtree(self.folder / str(process), ignore_errors=True)
            if outcome == SURVIVED:
                found.survived.append(no)
                print(f"survived  {self.mutants[no]}", file=self.screen, flush=True)
            elif outcome == NOT_SO:
                found.anew.append(no)
        (self.folder / "tried").write_text(json.dumps(asdict(found)), encoding="utf-8")
        return True

    def _covered(self, session: pytest.Session, items: Mapping[str, pytest.Item]) -> dict[str, Covered] | None:
        """What each test runs, by file; None where tests fail."""
        by_file = defaultdict[str, list[str]](list)
        for test in items:
            by_file[test.partition("::")[0]].append(test)
        keys = keys_of(self.part.root, by_file)
        files = {file: one for file, one in kept(self.part.cache).items() if keys.get(file) == one.key}
        stale = [file for file, tests in by_file.items() if file not in files or set(files[file].tests) != set(tests)]
        files |= {file: Covered(keys[file]) for file in stale}
        groups = defaultdict[str, list[str]](list)
        for test in (test for file in stale for test in by_file[file]):
            groups[test.partition("[" if self.part.alone else "::")[0]].append(test)

        def act(group: list[str]) -> int:
            covering = Covering(self.tracer, {file: Covered(keys[file]) for file in stale})
            session.config.pluginmanager.register(covering)
            outcome = self._run(session, items, [(test, LONG) for test in group])
            for file in covering.files.values() if self.part.alone else ():
                file.pool()
            keep(self.folder / str(os.getpid()) / "covered", covering.files)
            return outcome

        good = True
        for _, process, outcome in in_processes(groups.values(), self.processes, act):
            good = good and outcome == SURVIVED
            for file, more in kept(self.folder / str(process) / "covered").items():
                files[file].add(more)
            shutil.rmtree(self.folder / str(process), ignore_errors=True)
        if not good:
            return None
        if stale:
            keep(self.part.cache, kept(self.part.cache) | files)
        return files

    def _run(
        self, session: pytest.Session, items: Mapping[str, pytest.Item], turns: Sequence[tuple[str, float]]
    ) -> int:
        """So many seconds for each, and none after the first that fails."""
        own = self.folder / str(os.getpid())
        own.mkdir()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
        for at, (test, seconds) in enumerate(turns):
            limit(seconds)
            after = items[turns[at + 1][0]] if at + 1 < len(turns) else None
            session.config.hook.pytest_runtest_protocol(item=items[test], nextitem=after)
            if session.shouldfail or session.shouldstop:
                break
        session.config.hook.pytest_sessionfinish(session=session, exitstatus=session.testsfailed)
        sys.stdout.flush()
        return NOTICED if session.testsfailed else SURVIVED


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
    return [(test, 5 + 10 * (own + files[file].shared.seconds)) for _, file, own, test in sorted(turns)]


def seconds_of(file: Covered) -> float:
    """What all its tests take."""
    return file.shared.seconds + sum(test.seconds for test in file.tests.values())


def _spans(path: Path) -> dict[int, range]:
    return whole_statements(ast.parse(path.read_text(encoding="utf-8")))
