"""Which rules have no test that dies with them: one small change at a time, and the tables of the rules run on it.

``python -m bench.mutants [--sample N] [--module NAME ...]`` prints every change that no test noticed, and the share
of those that one did, by module. A change is a turned comparison, a turned condition, ``and`` for ``or``, a number or
a truth value that differs, or a statement left out.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import Queue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = ROOT / "loopclose" / "domain"
TESTS = ("tests/spec", "tests/unit/domain")
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
CHANGED = (
    *(ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Constant, ast.If, ast.IfExp, ast.comprehension),
    *(ast.For, ast.FunctionDef),
)


class Mutant(NamedTuple):
    """One changed module."""

    module: str
    line: int
    change: str
    source: str


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of a module, one at a time."""
    text = path.read_text(encoding="utf-8")
    places = [n for n, node in enumerate(ast.walk(ast.parse(text))) if isinstance(node, CHANGED)]
    for place in places:
        for choice in range(2):
            changed = ast.parse(text)
            node = next(islice(ast.walk(changed), place, None))
            change = _change(node, choice)
            if change is not None:
                yield Mutant(path.stem, getattr(node, "lineno", 0), change, ast.unparse(changed))


def _change(node: ast.AST, choice: int) -> str | None:
    """Change a node in place and say how; None where there is nothing to change."""
    before = ast.unparse(node) if isinstance(node, ast.expr) else ""
    if isinstance(node, ast.Compare) and choice == 0:
        node.ops[0] = TURNED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp) and choice == 0:
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and choice == 0:
        node.op = ast.UAdd()
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)) and choice == 0:
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool) and choice == 0:
        node.value = not node.value
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and choice == 0:
        node.value = node.value + 1
    elif isinstance(node, (ast.If, ast.IfExp, ast.comprehension)) and choice == 1:
        return _turned(node)
    else:
        return _left_out(node) if choice == 0 else None
    return f"{before} → {ast.unparse(node)}"


def _turned(node: ast.If | ast.IfExp | ast.comprehension) -> str | None:
    if isinstance(node, ast.comprehension):
        if not node.ifs:
            return None
        gone = node.ifs.pop(0)
        return f"without the condition {ast.unparse(gone)}"
    before = ast.unparse(node.test)
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return f"not ({before})"


def _left_out(node: ast.AST) -> str | None:
    """The first statement of a body that is a call, an assignment to something, or a jump, becomes ``pass``."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or isinstance(node, (ast.Module, ast.ClassDef)):
        return None
    for n, one in enumerate(body):
        if isinstance(one, (ast.Continue, ast.AugAssign)) or (
            isinstance(one, ast.Expr) and isinstance(one.value, (ast.Call, ast.YieldFrom, ast.Yield))
        ):
            body[n] = ast.copy_location(ast.Pass(), one)
            return f"without {ast.unparse(one)}"
    return None


def survives(mutant: Mutant, folder: Path) -> bool:
    """Whether no test notices the change, in that copy of the project."""
    path = folder / "loopclose" / "domain" / f"{mutant.module}.py"
    kept = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        return passes(folder)
    finally:
        path.write_text(kept, encoding="utf-8")


def passes(folder: Path) -> bool:
    """Whether the tests of the rules pass in that copy of the project."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", *TESTS],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    """Try the changes and print what no test noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="so many changes, at random, instead of all")
    parser.add_argument("--module", nargs="*", help="of these modules of the rules alone")
    parser.add_argument("--hands", type=int, default=2)
    options = parser.parse_args()
    paths = sorted(path for path in DOMAIN.glob("*.py") if not options.module or path.stem in options.module)
    found = [one for path in paths for one in mutants(path)]
    if options.sample and options.sample < len(found):
        found = random.Random(1).sample(found, options.sample)
    with tempfile.TemporaryDirectory(prefix="mutants") as temporary:
        folders: Queue[Path] = Queue()
        for n in range(options.hands):
            folder = Path(temporary) / str(n)
            for part in ("loopclose", "fhir_adapters", "tests", "docs", "pyproject.toml", "README.md"):
                copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
                folder.mkdir(exist_ok=True)
                copied(ROOT / part, folder / part)  # type: ignore[operator]
            folders.put(folder)
        if not passes(Path(temporary) / "0"):
            sys.exit("The tests of the rules do not pass as they are.")
        counts: dict[str, list[bool]] = defaultdict(list)

        def tried(mutant: Mutant) -> bool:
            folder = folders.get()
            try:
                return survives(mutant, folder)
            finally:
                folders.put(folder)

        with ThreadPoolExecutor(options.hands) as pool:
            for mutant, lives in zip(found, pool.map(tried, found), strict=True):
                counts[mutant.module].append(lives)
                if lives:
                    print(f"{mutant.module}.py:{mutant.line}: {mutant.change}", flush=True)
    for module, results in sorted(counts.items()):
        print(f"{module}: {len(results) - sum(results)} of {len(results)} noticed")
    every = [lives for results in counts.values() for lives in results]
    print(f"{len(every) - sum(every)} of {len(every)} noticed: {1 - sum(every) / max(len(every), 1):.1%}")


if __name__ == "__main__":
    main()
