"""The page of the house names what is there: every path exists, and every function beside a path is in that file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:fhir_adapters|loopclose|tests|docs)/[\w/.]*)`(?:\s*\(((?:`\w+`(?:, )?)+)|,\s+`(\w+)`\))?")


def named() -> list[tuple[str, list[str]]]:
    """Each path of the page with the functions named beside it."""
    found = PATH.findall(PAGE)
    return [
        (path, re.findall(r"\w+", functions.replace("`", " ")) + ([one] if one else []))
        for path, functions, one in found
    ]


def test_every_path_of_the_page_is_there() -> None:
    paths = [path for path, _ in named()]
    assert len(paths) > 50
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_function_beside_a_path_is_in_that_file() -> None:
    told = [(path, name) for path, names in named() for name in names if path.endswith(".py")]
    assert len(told) >= 18
    assert [(path, name) for path, name in told if name not in _defined(ROOT / path)] == []


def _defined(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
