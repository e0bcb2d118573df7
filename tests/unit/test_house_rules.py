"""Rules of the house that no linter knows: templates stay readable, and screens and commands only ask and tell."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import loopclose

ROOT = Path(loopclose.__file__).parent
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))
SCREENS = sorted((ROOT / "web").glob("*.py"))
COMMANDS = sorted((ROOT / "cli").glob("*.py"))
MOST = 119
ASKS = {"select", "query", "execute", "scalars", "scalar", "get_one"}
"""Calls that build or send a statement."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.AST) -> set[str]:
    """Every module that is imported, anywhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def called(tree: ast.AST) -> set[str]:
    """Names of what is called, without what they are called on."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in calls}


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_line_of_a_template_can_be_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not {no: len(line) for no, line in enumerate(lines, start=1) if len(line) > MOST}


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_form_that_changes_something_carries_its_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    by_hand = [form for form in re.findall(r"<form\b.*?</form>", text, re.S) if 'method="post"' in form]
    assert all("csrf" in form for form in by_hand)


@pytest.mark.parametrize("path", SCREENS, ids=named)
def test_a_screen_asks_the_store_and_builds_no_statement(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {name for name in imported(tree) if name.partition(".")[0] == "sqlalchemy"}
    assert not called(tree) & ASKS


@pytest.mark.parametrize("path", [*SCREENS, *COMMANDS], ids=named)
def test_a_screen_or_a_command_changes_nothing_but_through_a_flow(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not called(tree) & {"write", "in_write"}


def test_one_helper_narrows_to_a_practice() -> None:
    """One forgotten condition shows another practice's data, so the condition is written once."""
    written = re.compile(r"practice_id == (site\.)?(scope|practice)|column == scope\.practice_id")
    files = [path for path in ROOT.rglob("*.py") if "migrations" not in path.parts]
    found = [path.name for path in files if written.search(path.read_text(encoding="utf-8"))]
    assert found == ["base.py"]
