"""The ways in which a file can be broken, one at a time: each is a place and what is changed there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OTHER = {"any": "all", "all": "any", "min": "max", "max": "min"}
"""Names of functions that are taken for each other."""


SPLITS = {"split", "rsplit"}
DECLARES = {"field", "dataclass", "lru_cache"}
"""How something is declared: whether it is compared or shown, and how much of it is kept."""


@dataclass(frozen=True)
class Mutant:
    """One break: the ``no``-th of its file."""

    path: str
    no: int
    line: int
    source: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}: {self.source}"


Change = tuple[str, Callable[[], None]]
"""In words, and the act on the tree."""


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """Every break of one file."""
    text = (root / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    return [
        Mutant(path, no, line, lines[line - 1].strip(), what)
        for no, (line, (what, _)) in enumerate(_changes(ast.parse(text)))
    ]


def broken(root: Path, mutant: Mutant) -> ast.Module:
    """The file with that one break."""
    tree = ast.parse((root / mutant.path).read_text(encoding="utf-8"))
    for no, (_, (_, act)) in enumerate(_changes(tree)):
        if no == mutant.no:
            act()
            return ast.fix_missing_locations(tree)
    raise LookupError(mutant)


def whole_statements(tree: ast.Module) -> dict[int, range]:
    """By line: the lines of its innermost statement, or of the head of it where others stand in it."""
    found: dict[int, range] = {}
    for node in ast.walk(tree):  # what stands in another comes after it
        if not isinstance(node, (ast.stmt, ast.match_case)):
            continue
        first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        inner = getattr(node, "body", None) or getattr(node, "cases", None)
        if not inner:
            last = node.end_lineno or first
        else:
            begins = inner[0].pattern.lineno if isinstance(inner[0], ast.match_case) else inner[0].lineno
            last = max(first, begins - 1)
        head = range(first, last + 1)
        found.update(dict.fromkeys(head, head))
    return found


def _changes(tree: ast.Module) -> Iterator[tuple[int, Change]]:
    """Line and change, in the order of the tree; words that people read, and types, are left alone."""
    found: list[tuple[int, Change]] = []
    _walk(tree, found)
    yield from found


def _walk(node: ast.AST, found: list[tuple[int, Change]]) -> None:
    if isinstance(node, (ast.expr, ast.stmt, ast.comprehension)):
        line = node.target.lineno if isinstance(node, ast.comprehension) else node.lineno
        found += [(line, change) for change in _of(node)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DECLARES:
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        if isinstance(node, ast.ClassDef) and name == "keywords":
            continue  # frozen, or how it is compared
        if isinstance(node, ast.Call) and name == "args" and getattr(node.func, "attr", None) in SPLITS:
            value = value[:1]  # how often: the words that we split have one mark
        children = value if isinstance(value, list) else [value]
        for at, child in enumerate(children):
            if isinstance(child, ast.AST):
                _walk(child, found)
            if isinstance(value, list) and isinstance(child, ast.stmt) and _is_an_act(child):
                found.append((child.lineno, ("statement left out", _put(value, at, ast.Pass()))))


def _is_an_act(node: ast.stmt) -> bool:
    """A statement that only does something, so that it can be left out."""
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return call or isinstance(node, (ast.AugAssign, ast.Continue))


def _of(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare():
            for at, op in enumerate(node.ops):
                other = FLIPPED[type(op)]
                yield f"{type(op).__name__} → {other.__name__}", _put(node.ops, at, other())
        case ast.BoolOp():
            other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield f"{type(node.op).__name__} → {type(other_op).__name__}", _set(node, "op", other_op)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            turned = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            if not any(isinstance(side, (ast.JoinedStr, ast.Tuple, ast.List)) for side in (node.left, node.right)):
                yield f"{type(node.op).__name__} → {type(turned).__name__}", _set(node, "op", turned)
        case ast.Constant(value=bool()):
            yield f"{node.value} → {not node.value}", _set(node, "value", not node.value)
        case ast.Constant(value=int() | float()):
            yield f"{node.value} → {node.value + 1}", _set(node, "value", node.value + 1)
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield "return None", _set(node, "value", ast.Constant(None))
        case ast.Return(value=ast.Constant(value=None)) | ast.Break():
            pass
        case ast.comprehension() if node.ifs:
            yield "condition left out", _set(node, "ifs", [])
        case ast.Name(id="any" | "all" | "min" | "max", ctx=ast.Load()):
            yield f"{node.id} → {OTHER[node.id]}", _set(node, "id", OTHER[node.id])
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            yield "- left out", _set(node, "op", ast.UAdd())
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield from _condition(node)


def _condition(node: ast.If | ast.IfExp | ast.While) -> Iterator[Change]:
    """A condition turned round, where no comparison in it is turned already."""
    test = node.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield "not left out", _set(node, "test", test.operand)
    elif not isinstance(test, (ast.Compare, ast.BoolOp)):
        yield "condition turned round", _set(node, "test", ast.UnaryOp(ast.Not(), test))


def _set(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _put(place: list[object], at: int, value: object) -> Callable[[], None]:
    return lambda: place.__setitem__(at, value)
