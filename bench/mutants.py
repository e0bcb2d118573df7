"""Which broken rules the tests notice: each mutant is one rule broken, and a test must fail for it.

    python -m bench.mutants [--part domain|decisions] [--sample N --seed S] [--only PATH] [--floor 85]
                            [--near] [--processes 2]

A mutant is tried by the tests that run its line (see ``bench.noticing``). One that changes what is done while files
are imported, as a row of a table is, has a process that reads everything anew: first the tests that are named after
its file, then the others of its part. Survivors are printed with file, line and what was changed.
``bench/equivalent.toml`` lists those that change nothing anybody could see, with the reason; they do not count.
Ends with 1 where fewer than ``--floor`` percent were noticed.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.breaking import Breaker
from bench.mutations import Mutant, mutants_of
from bench.noticing import NOTICED, QUIET, SQLITE, SURVIVED, Part, steady, tried
from bench.processes import in_processes, limit, silenced

ROOT = Path(__file__).resolve().parents[1]
PARTS = {"domain": "loopclose/domain", "decisions": "loopclose/flows/decisions"}
NEVER_CHANGES = (
    "argon2",
    "click",
    "flask",
    "holidays.countries",
    "hypothesis",
    "msgspec",
    "requests",
    "sqlalchemy.orm",
)


def main() -> None:
    """Break, test, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, default="domain")
    parser.add_argument("--sample", type=int, help="only so many, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="only files whose path has this in it")
    parser.add_argument("--near", action="store_true", help="only by the tests that are named after the part")
    parser.add_argument("--floor", type=float, default=0, help="percent that must be noticed")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / PARTS[asked.part]).glob("**/*.py"))
    known = _equivalent()
    found = [one for path in files for one in mutants_of(ROOT, path) if (one.path, one.source, one.what) not in known]
    found = [one for one in found if asked.only is None or asked.only in one.path]
    if asked.sample is not None and asked.sample < len(found):
        found = random.Random(asked.seed).sample(found, asked.sample)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as compiled:
        sys.pycache_prefix, sys.dont_write_bytecode = compiled, False  # what is not broken is compiled once
        for name in NEVER_CHANGES:
            importlib.import_module(name)
        steady()
        survivors = survivors_of(found, asked.part, asked.processes, asked.near)
    share = 100 * (1 - len(survivors) / len(found)) if found else 100
    tell(found, survivors)
    print(f"{len(found) - len(survivors)} of {len(found)} noticed: {share:.1f} %, in {time.monotonic() - began:.0f} s")
    sys.exit(1 if share < asked.floor else 0)


def tests_of(part: str, path: str, near: bool = False) -> list[list[str]]:
    """Test files, in the order of their turns: those named after the file, then the rest of its part."""
    if part == "domain":
        every = [*(ROOT / "tests/spec").glob("test_*.py"), *(ROOT / "tests/unit/domain").glob("test_*.py")]
        every = [test for test in every if test.name != "test_pages.py"]  # compares the docs, and imports everything
    else:
        folders = ("tests/store", "tests/web", "tests/unit/decisions", "tests/unit/domain")
        every = [test for folder in folders for test in (ROOT / folder).glob("test_*.py") if _is_about(test, part)]
    if near:
        every = [test for test in every if test.stem == f"test_{part}" or test.parent.name == part]
    stem = Path(path).stem
    first = [test for test in every if test.stem == f"test_{stem}"]
    rest = [test for test in every if test not in first]
    return [[str(test) for test in sorted(turn)] for turn in (first, rest) if turn]


def _is_about(test: Path, part: str) -> bool:
    text = test.read_text(encoding="utf-8")
    return part in text or "moves" in text


def survivors_of(found: Sequence[Mutant], part: str, processes: int, near: bool) -> list[Mutant]:
    """Those that no test notices; so many at a time."""
    every = [test for turn in tests_of(part, "", near) for test in turn]
    cache = ROOT / f".pytest_cache/covering-{part}.json"
    outcome = tried(Part(ROOT, PARTS[part], every, cache, alone=part == "domain"), found, processes)
    survivors = [found[no] for no in outcome.survived]

    def act(mutant: Mutant) -> int:
        limit(60 + 5 * outcome.seconds)
        silenced()
        sys.meta_path.insert(0, Breaker(ROOT, mutant))
        for tests in tests_of(part, mutant.path, near):
            if pytest.main([*QUIET, *SQLITE, *tests]) != 0:
                return NOTICED
        return SURVIVED

    for mutant, _, status in in_processes([found[no] for no in outcome.anew], processes, act):
        if status == SURVIVED:
            survivors.append(mutant)
            print(f"survived  {mutant}", flush=True)
    return survivors


def tell(found: Sequence[Mutant], survivors: Sequence[Mutant]) -> None:
    """By file: how many were noticed, of how many."""
    whole, left = Counter(one.path for one in found), Counter(one.path for one in survivors)
    for path, many in sorted(whole.items()):
        print(f"{many - left[path]:5} of {many:4} noticed  {path}")


def _equivalent() -> set[tuple[str, str, str]]:
    """Path, source line and change of what cannot be noticed."""
    listed = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text(encoding="utf-8"))
    return {(one["path"], one["source"], one["what"]) for one in listed.get("mutant", [])}


if __name__ == "__main__":
    main()
