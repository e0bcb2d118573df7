"""A mutant is tried by every test that could notice it, and by no other."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

from bench.covering import Covered, Passed, Tracer, kept
from bench.noticing import in_turn

HERE = Path(__file__).resolve().parents[2]
RULE = '''"""Rules."""
from functools import lru_cache

LIMIT = 3


def is_old(age: int) -> bool:
    return age > LIMIT


@lru_cache(maxsize=None)
def kept(age: int) -> bool:
    return age < 8


def shared(age: int) -> int:
    return age + 5


def unseen(age: int) -> int:
    return age - 6


def not_run(age: int) -> int:
    return age + 7
'''
TESTS = """
import pytest
from rules import rule

@pytest.fixture(scope="module")
def made():
    return rule.shared(1)

def test_first(made, tmp_path):
    rule.kept(7), rule.kept(8), rule.is_old(3), rule.unseen(1)

def test_second(made):
    assert made == 6

def test_third():
    assert rule.kept(7) and not rule.kept(8)

def test_fourth():
    assert rule.is_old(4) and not rule.is_old(3)

def test_postgres():
    assert False
"""
TRY = """
import json, sys
from pathlib import Path
from bench.mutations import mutants_of
from bench.noticing import Part, steady, tried
root = Path.cwd()
steady()
found = mutants_of(root, "rules/rule.py")
outcome = tried(Part(root, "rules", [str(root / "test_rule.py")], root / "cache/covering.json"), found, 2)
named = lambda numbers: sorted(f"{found[no].source}: {found[no].what}" for no in numbers)
print(json.dumps([len(found), named(outcome.survived), named(outcome.anew)]))
"""


def try_all(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules/__init__.py").touch()
    (folder / "rules/rule.py").write_text(RULE)
    paths = f"{folder}:{HERE}"
    command = [sys.executable, "-c", TRY]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": paths}, capture_output=True, text=True)


def test_whatever_a_test_looks_at_is_noticed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "test_rule.py").write_text(TESTS)
    done = try_all(tmp_path)
    assert done.returncode == 0, done.stderr
    survived = [
        "return age + 7: 7 → 8",
        "return age + 7: Add → Sub",
        "return age + 7: return None",
        "return age - 6: 6 → 7",
        "return age - 6: Sub → Add",
        "return age - 6: return None",
    ]
    *printed, found = done.stdout.splitlines()
    assert json.loads(found) == [15, survived, ["LIMIT = 3: 3 → 4"]]
    assert len(printed) == len(survived)
    covered = kept(tmp_path / "cache/covering.json")["test_rule.py"]
    assert {test.rpartition("_")[2] for test in covered.tests} == {"first", "second", "third", "fourth"}
    looking = TESTS.replace("assert made == 6", "assert made == 6 and rule.unseen(1) == -5")
    (tmp_path / "test_rule.py").write_text(looking)
    assert json.loads(try_all(tmp_path).stdout.splitlines()[-1])[1] == survived[:3], "what was kept holds for one text"


def test_nothing_is_tried_where_a_test_fails_anyway(tmp_path: Path) -> None:
    (tmp_path / "test_rule.py").write_text(TESTS + "\ndef test_wrong():\n    assert rule.LIMIT == 4\n")
    done = try_all(tmp_path)
    assert done.returncode == 1 and "test_wrong" in done.stderr
    assert done.stderr.endswith("The tests fail before anything is broken.\n")


def test_lines_are_noted_in_every_thread_and_of_the_folder_alone(tmp_path: Path) -> None:
    space: dict[str, object] = {}
    for name in ("ours", "others"):
        (tmp_path / name).mkdir()
        exec(
            compile(f"def {name}(n):\n    for _ in range(n):\n        n += 1\n", f"{tmp_path}/{name}/a.py", "exec"),
            space,
        )
    tracer = Tracer(tmp_path, "ours")
    tracer.start()
    try:
        thread = threading.Thread(target=space["ours"], args=(2,))  # type: ignore[arg-type]
        thread.start()
        thread.join()
        space["others"](2)  # type: ignore[operator]
        first = tracer.take()
        space["ours"](0)  # type: ignore[operator]
    finally:
        tracer.stop()
    assert (first, tracer.take()) == ({"ours/a.py": {2, 3}}, {"ours/a.py": {2}})


def test_the_quickest_comes_first_and_what_shares_a_slow_setting_up_stays_together() -> None:
    def passed(seconds: float) -> Passed:
        return Passed(seconds, {"a.py": {4}})

    files = {
        "slow": Covered("", {"slow::1": passed(0.5), "slow::2": passed(4.0)}, Passed(2.0)),
        "quick": Covered("", {"quick::1": passed(3.0), "quick::2": passed(0.1), "quick::3": passed(1.0)}),
        "other": Covered("", {"other::1": Passed(0.1, {"b.py": {4}, "a.py": {5}})}),
        "all": Covered("", {"all::1": Passed(9.0)}, Passed(0.0, {"a.py": {3}})),
    }
    found = in_turn(files, "a.py", range(3, 5))
    assert [test for test, _ in found] == ["quick::2", "quick::3", "slow::1", "slow::2", "quick::1", "all::1"]
    assert dict(found)["slow::2"] == 5 + 10 * 6
