"""A command in a process of its own, as a user runs it; forked from one that has imported everything already, so that
it does not take seconds of a processor before it begins.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from loopclose.cli import MODULES, main

SECONDS = 120
IMPORTED = ["tests.forked", *(f"loopclose.cli.{name}" for name in MODULES)]
_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(IMPORTED)


@dataclass(frozen=True)
class Ended:
    """How it ended."""

    code: int
    out: str
    err: str


def loopclose(folder: Path, *args: str, umask: int = 0o022, **environ: str) -> Ended:
    """Run a command in a folder, with no setting of ours in the environment but those that are given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOOPCLOSE_")}
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        process = _SERVER.Process(target=_run, args=(args, folder, {**clean, **environ}, umask, (out, err)))
        process.start()
        process.join(SECONDS)
        if process.is_alive():
            process.kill()
            raise TimeoutError(f"loopclose {' '.join(args)} did not end in {SECONDS} seconds")
        assert process.exitcode is not None
        ended = Ended(process.exitcode, out.read_text(), err.read_text())
    assert "Traceback" not in ended.err, ended.err
    return ended


def _run(args: Sequence[str], folder: Path, environ: Mapping[str, str], umask: int, said: tuple[Path, Path]) -> None:
    for number, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    os.umask(umask)
    sys.argv = ["loopclose", *args]
    main()
