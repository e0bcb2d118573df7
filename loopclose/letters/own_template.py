"""A practice's own template, compiled in a process of its own: it is a program, and may be broken or run for ever.

The process has a limit of time and one of memory, is given the letter on its standard input, and reads no file outside
the template's folder (Typst's own rule). Packages are refused: they would be fetched from the network.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from loopclose.errors import UsageError
from loopclose.letters.typesetting import compiled, compiler

SECONDS, MEGABYTES = 20, 2048
"""What one letter may take: a long one takes a tenth of a second and 100 MB."""
NOWHERE = "http://127.0.0.1:9"
"""Where whatever wants the network is sent."""
_PACKAGE = re.compile(r'"@[a-z]')
_PLACE = re.compile(r"\.typ:(\d{1,9}):\d")
BROKEN = 3
"""What the process ends with where Typst refuses; what it says stands on its standard output."""


class RefusedTemplate(UsageError):
    """An own template that cannot be used; the message is a sentence with its file and line."""


class Refused(Exception):
    """What Typst says of a letter, from the other process."""


def compile_own(template: Path, letter: dict[str, Any], at: datetime) -> bytes:
    """The letter as PDF by an own template.

    Raises ``RefusedTemplate`` for one that is broken, imports a package, or takes too long or too much memory, and
    ``Refused`` with Typst's message where it is the letter that cannot be printed.
    """
    _check_imports(template)
    given = json.dumps({"template": str(template), "letter": letter, "at": at.isoformat()}).encode()
    environ = {**os.environ, "http_proxy": NOWHERE, "https_proxy": NOWHERE, "all_proxy": NOWHERE}
    command = [sys.executable, "-m", "loopclose.letters.own_template"]
    try:
        done = subprocess.run(  # noqa: S603 our own module
            command, input=given, capture_output=True, env=environ, timeout=SECONDS * 2, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise RefusedTemplate(f"The letter template {template.name} takes longer than {SECONDS} s.") from problem
    if done.returncode == BROKEN:
        raise _what_is_broken(template, json.loads(done.stdout))
    if done.returncode:
        raise RefusedTemplate(
            f"The letter template {template.name} was ended: it takes longer than {SECONDS} s, or more than "
            f"{MEGABYTES} MB."
        )
    return done.stdout


def _check_imports(template: Path) -> None:
    try:
        lines = template.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise RefusedTemplate(f"The letter template {template.name} cannot be read: {problem}.") from problem
    for no, line in enumerate(lines, start=1):
        if _PACKAGE.search(line):
            raise RefusedTemplate(
                f"The letter template {template.name} imports a package in line {no}: put what it needs beside it."
            )


def _what_is_broken(template: Path, told: dict[str, str]) -> Exception:
    place = _PLACE.search(told["diagnostic"])
    if place is None:
        return Refused(told["message"])
    return RefusedTemplate(f"The letter template {template.name} is broken in line {place[1]}: {told['message']}.")


def main() -> int:
    """The other process: compile what stands on standard input, and put the PDF on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20, MEGABYTES * 2**20))
    given = json.load(sys.stdin)
    try:
        made = compiled(compiler(Path(given["template"])), given["letter"], datetime.fromisoformat(given["at"]))
    except typst.TypstError as problem:
        sys.stdout.write(json.dumps({"message": problem.message, "diagnostic": problem.diagnostic}))
        return BROKEN
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
