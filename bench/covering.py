"""Which test runs which lines of a part, and how long it takes: a mutant then runs the tests that pass by its line.

What is found is kept by test file, and holds until the code, what the tests share, or that file changes.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

Lines = dict[str, set[int]]
"""By path, from the root."""


def _no_lines() -> Lines:
    return defaultdict(set)


@dataclass
class Passed:
    """What something runs, and how long it takes."""

    seconds: float = 0.0
    lines: Lines = field(default_factory=_no_lines)


@dataclass
class Covered:
    """One test file: its tests by their ids, and what they share, set up once for all of them."""

    key: str
    tests: dict[str, Passed] = field(default_factory=dict)
    shared: Passed = field(default_factory=Passed)

    def add(self, more: Covered) -> None:
        """What another process found of it."""
        self.tests |= more.tests
        self.shared.seconds = max(self.shared.seconds, more.shared.seconds)
        _add(self.shared.lines, more.shared.lines)

    def pool(self) -> None:
        """Each test runs what any of them runs: one may have filled a cache for the next."""
        lines = _no_lines()
        for passed in self.tests.values():
            _add(lines, passed.lines)
        for passed in self.tests.values():
            passed.lines = lines

    def passing(self, path: str, lines: Collection[int]) -> list[str]:
        """The tests that run one of these lines."""
        if self.shared.lines.get(path, set()) & set(lines):
            return list(self.tests)
        return [test for test, passed in self.tests.items() if passed.lines.get(path, set()) & set(lines)]


class Tracer:
    """Notes which lines run of the files in one folder, in every thread."""

    def __init__(self, root: Path, folder: str) -> None:
        self.root, self.folder = f"{root}/", f"{root / folder}/"
        self.seen = _no_lines()
        self._left: dict[int, tuple[CodeType, set[int] | None]] = {}

    def start(self) -> None:
        """From now on."""
        threading.settrace(self._called)
        sys.settrace(self._called)

    def stop(self) -> None:
        """No more."""
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]

    def take(self) -> Lines:
        """What ran since the last time."""
        taken, self.seen = self.seen, _no_lines()
        self._left = {no: one for no, one in list(self._left.items()) if one[1] is None}
        return taken

    def _called(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        known = self._left.get(id(code))
        if known is None:
            ours = code.co_filename.startswith(self.folder)
            left = {no for *_, no in code.co_lines() if no} if ours else None
            known = self._left[id(code)] = (code, left)  # kept, or another code could get its number
        return self._moved if known[1] else None

    def _moved(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            self.seen[frame.f_code.co_filename.removeprefix(self.root)].add(frame.f_lineno)
            left = self._left.get(id(frame.f_code), (None, None))[1]
            if left is not None:
                left.discard(frame.f_lineno)
                frame.f_trace_lines = bool(left)  # otherwise there is nothing new to see
        return self._moved


class Covering:
    """A plugin of pytest that notes what each test runs."""

    def __init__(self, tracer: Tracer, files: dict[str, Covered]) -> None:
        self.tracer, self.files = tracer, files
        self._sharing = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One test."""
        self.tracer.take()
        self._sharing = 0.0
        self.tracer.start()
        try:
            return (yield)
        finally:
            self.tracer.stop()
            passed = self._passed(item.nodeid)
            _add(passed.lines, self.tracer.take())
            passed.seconds = max(0.0, passed.seconds - self._sharing)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        """What is set up once for many tests is run for each of them."""
        if fixturedef.scope == "function":
            return (yield)
        before, began = self.tracer.take(), time.perf_counter()
        try:
            return (yield)
        finally:
            shared, during = self._of(request._pyfuncitem.nodeid).shared, self.tracer.take()
            took = time.perf_counter() - began
            shared.seconds, self._sharing = shared.seconds + took, self._sharing + took
            for lines in (shared.lines, self.tracer.seen):
                _add(lines, during)
            _add(self.tracer.seen, before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How long it took."""
        self._passed(report.nodeid).seconds += report.duration

    def _of(self, test: str) -> Covered:
        return self.files[test.partition("::")[0]]

    def _passed(self, test: str) -> Passed:
        return self._of(test).tests.setdefault(test, Passed())


def keys_of(root: Path, files: Collection[str]) -> dict[str, str]:
    """By test file: what changes with it, with the code, and with what the tests share."""
    shared = hashlib.sha256(sys.version.encode() + Path(__file__).read_bytes())
    for folder in ("loopclose", "fhir_adapters", "tests"):
        for path in sorted((root / folder).rglob("*")):
            is_a_test = folder == "tests" and path.name.startswith("test_")
            if path.is_file() and "__pycache__" not in path.parts and not is_a_test:
                shared.update(path.read_bytes())
    return {file: hashlib.sha256(shared.digest() + (root / file).read_bytes()).hexdigest() for file in files}


def kept(path: Path) -> dict[str, Covered]:
    """What was found before; nothing where nothing was."""
    if not path.exists():
        return {}
    return {file: _covered(one) for file, one in json.loads(path.read_text(encoding="utf-8")).items()}


def keep(path: Path, files: dict[str, Covered]) -> None:
    """For the next run, or for the process that this one was split off from."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({file: _plain_file(one) for file, one in files.items()}), encoding="utf-8")


def _plain_file(file: Covered) -> list[Any]:
    return [file.key, _plain(file.shared), {test: _plain(passed) for test, passed in file.tests.items()}]


def _plain(passed: Passed) -> list[Any]:
    return [passed.seconds, {path: sorted(lines) for path, lines in passed.lines.items()}]


def _covered(plain: list[Any]) -> Covered:
    key, shared, tests = plain
    return Covered(key, {no: _passed(test) for no, test in tests.items()}, _passed(shared))


def _passed(plain: list[Any]) -> Passed:
    return Passed(plain[0], {path: set(lines) for path, lines in plain[1].items()})


def _add(lines: Lines, more: Lines) -> None:
    for path, some in more.items():
        lines[path] |= some
