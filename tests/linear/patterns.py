"""Every pattern in our code, found by reading the code, with the ways in which it is used."""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import fhir_adapters
import loopclose
from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.references import OwnServer
from loopclose.domain.code_map import parse_code_map
from loopclose.drafting import schedules
from loopclose.flows.papers import gather

WAYS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
PARTS = [Path(part.__file__ or "").parent for part in (loopclose, fhir_adapters)]


@dataclass(frozen=True)
class Pattern:
    """One pattern, where it stands, and in which ways it is used."""

    where: str
    pattern: re.Pattern[Any]
    ways: frozenset[str]


@dataclass
class Found:
    """What was read from the code; ``unknown`` are calls whose pattern could not be worked out."""

    patterns: list[Pattern] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def _schedules() -> None:
    schedules._map.cache_clear()
    schedules.schedule_of(CodeableConcept(text="aspirin"))


def _code_map() -> None:
    shipped = (PARTS[0] / "defaults" / "code_map.toml").read_text(encoding="utf-8")
    parse_code_map(shipped)


BUILT: dict[str, tuple[Callable[[], object], set[str]]] = {
    "loopclose.flows.papers.gather._names": (lambda: gather._names(b"{}", "Encounter/e1"), {"search"}),
    "loopclose.drafting.schedules._map": (_schedules, {"search"}),
    "loopclose.domain.code_map._marks": (_code_map, {"search"}),
    "loopclose.domain.code_map._begins": (_code_map, {"search"}),
    "fhir_adapters.facts.references.__init__": (lambda: OwnServer("https://ehr.example/fhir"), {"fullmatch"}),
}
"""Patterns that are put together when a function runs: how to have them made, and how they are used."""


def found() -> Found:
    """Every pattern of ours."""
    result, trees = Found(), {_module(path): ast.parse(path.read_text(encoding="utf-8")) for path in _files()}
    uses = {module: _uses(tree) for module, tree in trees.items()}
    for module, tree in trees.items():
        for inside, call in _calls(tree):
            name = f"{module}.{inside}".rstrip(".")
            where = f"{name}:{call.lineno}"
            pattern = _worked_out(module, call)
            if pattern is not None:
                used = {_way(call)} if _way(call) != "compile" else _ways(uses, module, _bound(tree, call))
                result.patterns.append(Pattern(where, pattern, frozenset(used or WAYS)))
            elif name not in BUILT:
                result.unknown.append(where)
    for name, (make, used) in BUILT.items():
        result.patterns += [Pattern(name, pattern, frozenset(used)) for pattern in _recorded(make)]
    once = {(one.pattern, one.ways): one for one in result.patterns}
    return Found([*once.values()], result.unknown)


def _files() -> list[Path]:
    return sorted(path for part in PARTS for path in part.rglob("*.py") if "migrations" not in path.parts)


def _module(path: Path) -> str:
    relative = path.relative_to(next(part for part in PARTS if part in path.parents).parent)
    return ".".join(relative.with_suffix("").parts).removesuffix(".__init__")


def _way(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def _calls(node: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Calls of ``re``, with the function in which they stand."""
    for child in ast.iter_child_nodes(node):
        name = child.name if isinstance(child, ast.FunctionDef) else inside
        func = child.func if isinstance(child, ast.Call) else None
        of_re = isinstance(func, ast.Attribute) and _last(func.value) == "re" and func.attr in WAYS | {"compile"}
        if of_re and isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, name)


def _worked_out(module: str, call: ast.Call) -> re.Pattern[Any] | None:
    """The pattern, where the names in it are the module's own."""
    names = vars(importlib.import_module(module))
    flags = call.args[1:2] if _way(call) == "compile" else []
    flags += [word.value for word in call.keywords if word.arg == "flags"]
    try:
        given = [eval(compile(ast.Expression(part), module, "eval"), {**names}) for part in (call.args[0], *flags)]
    except NameError:
        return None
    return re.compile(*given)


def _bound(tree: ast.AST, call: ast.Call) -> str | None:
    """The name to which a call's result is bound."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is call:
            return _last(node.targets[0] if isinstance(node, ast.Assign) else node.target)
    return None


@dataclass(frozen=True)
class _Uses:
    """Of one module: in which ways a name is used in it, and which names it imports from where. Read once."""

    ways: dict[str, set[str]]
    imported: frozenset[tuple[str | None, str]]


def _uses(tree: ast.Module) -> _Uses:
    ways: dict[str, set[str]] = defaultdict(set)
    imported: set[tuple[str | None, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in WAYS and (name := _last(node.value)):
            ways[name].add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            imported |= {(node.module, one.name) for one in node.names}
    return _Uses(ways, frozenset(imported))


def _ways(uses: dict[str, _Uses], module: str, name: str | None) -> set[str]:
    """How what is bound to a name is used, where it is bound and wherever it is imported."""
    if name is None:
        return set()
    those = (one for elsewhere, one in uses.items() if elsewhere == module or (module, name) in one.imported)
    return {way for one in those for way in one.ways.get(name, ())}


def _last(node: ast.AST) -> str | None:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)


def _recorded(make: Callable[[], object]) -> list[re.Pattern[Any]]:
    """Patterns that are compiled while ``make`` runs."""
    made: list[re.Pattern[Any]] = []
    compiled = re._compile  # type: ignore[attr-defined]

    def record(pattern: Any, flags: Any) -> Any:
        made.append(compiled(pattern, flags))
        return made[-1]

    with mock.patch.object(re, "_compile", record):
        make()
    return made
