"""How a rule is broken in a process: where its function lives already, or as its file is imported."""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
from collections import defaultdict
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from bench.mutations import Mutant, broken

Place = tuple[str, int]
"""A function in its file: its name in full, and its first line."""


class Breaker(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the broken file in place of the whole one."""

    def __init__(self, root: Path, mutant: Mutant) -> None:
        self.root, self.mutant = root, mutant
        self.name = mutant.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Only for that one module."""
        if name != self.name:
            return None
        is_package = self.mutant.path.endswith("__init__.py")
        return importlib.util.spec_from_loader(name, self, is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        """Run the broken code."""
        module.__file__ = str(self.root / self.mutant.path)
        exec(_compiled(self.root, self.mutant), module.__dict__)


class Living:
    """The functions of a part that was imported: their code can be changed where they are."""

    def __init__(self, root: Path, folder: str) -> None:
        self.root = root
        self.functions: dict[str, dict[Place, list[FunctionType]]] = defaultdict(lambda: defaultdict(list))
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(f"{root / folder}/"):
                path = str(Path(one.__code__.co_filename).relative_to(root))
                self.functions[path][_place(one.__code__)].append(one)

    def take_on(self, mutant: Mutant) -> bool:
        """Break that rule; False where it is none that lives in a function, or cannot be changed there."""
        whole = compile((self.root / mutant.path).read_bytes(), str(self.root / mutant.path), "exec", dont_inherit=True)
        before, after = _codes(whole), _codes(_compiled(self.root, mutant))
        changed = False
        for place, functions in self.functions[mutant.path].items():
            if place not in after or after[place] == before.get(place):
                continue
            for function in functions:
                if function.__code__.co_freevars != after[place].co_freevars:
                    return False
                function.__code__ = after[place]
                changed = True
        return changed


def _compiled(root: Path, mutant: Mutant) -> CodeType:
    tree: ast.Module = broken(root, mutant)
    return compile(tree, str(root / mutant.path), "exec", dont_inherit=True)


def _codes(code: CodeType) -> dict[Place, CodeType]:
    found = {_place(code): code}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found |= _codes(const)
    return found


def _place(code: CodeType) -> Place:
    return code.co_qualname, code.co_firstlineno
