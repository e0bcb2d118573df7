"""The tool that breaks rules breaks what it says, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bench.mutations import broken, mutants_of, whole_statements

RULE = '''"""Words 1."""
LIMIT = 3


def judge(ages: list[int], seen: set[int]) -> bool:
    """Whether 2."""
    if not ages:
        seen.add(0)
    return any(age > LIMIT for age in ages if age in seen) and True
'''
BREAKS = [
    ("LIMIT = 3", "3 → 4", "LIMIT = 4"),
    ("if not ages:", "not left out", "    if ages:"),
    ("seen.add(0)", "0 → 1", "        seen.add(1)"),
    ("seen.add(0)", "statement left out", "        pass"),
    ("return", "return None", "    return None"),
    ("return", "And → Or", "    return any((age > LIMIT for age in ages if age in seen)) or True"),
    ("return", "any → all", "    return all((age > LIMIT for age in ages if age in seen)) and True"),
    ("return", "Gt → GtE", "    return any((age >= LIMIT for age in ages if age in seen)) and True"),
    ("return", "condition left out", "    return any((age > LIMIT for age in ages)) and True"),
    ("return", "In → NotIn", "    return any((age > LIMIT for age in ages if age not in seen)) and True"),
    ("return", "True → False", "    return any((age > LIMIT for age in ages if age in seen)) and False"),
]


def test_each_break_is_one_place_and_all_of_them_are_found(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(RULE)
    found = mutants_of(tmp_path, "rule.py")
    assert sorted(one.what for one in found) == sorted(what for _, what, _ in BREAKS)
    whole = ast.unparse(ast.parse(RULE)).splitlines()
    for source, what, line in BREAKS:
        (mutant,) = [one for one in found if one.what == what]
        assert mutant.source.startswith(source)
        changed = ast.unparse(broken(tmp_path, mutant)).splitlines()
        assert [new for old, new in zip(whole, changed, strict=True) if old != new] == [line]


def test_a_mutant_of_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(RULE)
    last = mutants_of(tmp_path, "rule.py")[-1]
    (tmp_path / "rule.py").write_text("LIMIT = 3\n")
    with pytest.raises(LookupError):
        broken(tmp_path, last)


STATEMENTS = """def judge(ages,
          most):
    if (ages
            and most):
        return [age
                for age in ages]
    match most:
        case 1 if (ages or
                   most):
            pass
    return None
"""


def test_a_break_belongs_to_the_lines_of_its_whole_statement() -> None:
    found = whole_statements(ast.parse(STATEMENTS))
    heads = [(1, 2), (1, 2), (3, 4), (3, 4), (5, 6), (5, 6), (7, 7), (8, 9), (8, 9), (10, 10), (11, 11)]
    assert [(found[line][0], found[line][-1]) for line in sorted(found)] == heads
