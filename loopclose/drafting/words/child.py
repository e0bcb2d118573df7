"""A converter in a process of its own, which may die, hang or eat memory without anybody else: PDF and C-CDA.

``python -m loopclose.drafting.words.child KIND`` reads a document on standard input and writes its words in UTF-8.
"""

from __future__ import annotations

import resource
import subprocess
import sys

MEMORY = 1_500_000_000
"""Bytes of address space."""
SECONDS = 5
"""Of a processor; a document of a hundred pages takes less than one."""
WAITING = 15.0
"""Seconds on the clock, where the machine is busy."""
PDF, CDA = "pdf", "cda"


class Failed(ValueError):
    """The document could not be converted within its limits."""


def converted(kind: str, data: bytes) -> str:
    """The words of a PDF or a C-CDA document. Raises ``Failed``."""
    command = [sys.executable, "-m", "loopclose.drafting.words.child", kind]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WAITING, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as problem:
        raise Failed(f"a {kind} took longer than {WAITING} seconds") from problem
    if done.returncode != 0:
        raise Failed(f"a {kind} could not be converted (exit {done.returncode})")
    return done.stdout.decode("utf-8", "replace")


def limit() -> None:
    """Bound what this process may take from now on."""
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def main(kind: str) -> None:
    """Convert what stands on standard input."""
    limit()
    data = sys.stdin.buffer.read()
    if kind == PDF:
        from loopclose.drafting.words import pdf as converter
    else:
        from loopclose.drafting.words import cda as converter  # type: ignore[no-redef]
    sys.stdout.buffer.write(converter.plain(data).encode("utf-8", "replace"))


if __name__ == "__main__":
    main(sys.argv[1])
