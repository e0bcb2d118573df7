"""Tokens shared by the processes of one machine: a file beside the key, its owner's alone, held while one renews.

Tokens are secrets and never go into the database. Where the file cannot be made (a key on a read-only disk), every
process asks for tokens of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from fhir_adapters.errors import NoToken
from fhir_adapters.smart.tokens import Token

PAUSE = 0.1
"""Seconds between looks whether the other process is done."""
LOOKS = 1800
"""Looks before we give up: three minutes, longer than any renewal takes."""
MOST = 2**20


@dataclass(frozen=True)
class Kept:
    """What the processes share: the token, and what was learnt with it."""

    token: Token
    wanted: tuple[str, ...]
    """What was wanted when it was asked for; of other wants it says nothing."""
    learnt_at: float
    """When the EHR was last asked for everything that is wanted."""


class TokenFile:
    """The file of one client at one EHR; ``problem`` says why it cannot be used."""

    def __init__(self, path: Path, pause: Callable[[float], None]) -> None:
        self.path, self._pause = path, pause
        self.problem: str | None = None

    @contextmanager
    def held(self) -> Iterator[Held]:
        """Hold the file against every other process. Raises ``NoToken`` when another one holds it too long."""
        try:
            opened = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            self.problem = problem.strerror
            yield Held(self, None)
            return
        try:
            self._lock(opened)
            yield Held(self, opened)
        finally:
            os.close(opened)  # which gives the lock back

    def _lock(self, opened: int) -> None:
        for _ in range(LOOKS):
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                self._pause(PAUSE)
        raise NoToken("Another process has been asking the EHR for a token for minutes; try again.")


@dataclass(frozen=True)
class Held:
    """The file while it is held; of one that cannot be made, nothing is read and nothing kept."""

    file: TokenFile
    opened: int | None = field(repr=False)

    def read(self) -> Kept | None:
        """What is kept; None where there is nothing that can be read."""
        if self.opened is None:
            return None
        try:
            return msgspec.json.decode(os.pread(self.opened, MOST, 0), type=Kept)
        except (msgspec.DecodeError, UnicodeDecodeError, OSError):  # empty, or cut short when a process was killed
            return None

    def write(self, kept: Kept) -> None:
        """Keep it; where the disk refuses, ``problem`` says so and this process goes on alone."""
        if self.opened is None:
            return
        try:
            os.fchmod(self.opened, 0o600)  # before anything secret is in it
            os.ftruncate(self.opened, 0)
            os.pwrite(self.opened, msgspec.json.encode(kept), 0)
        except OSError as problem:
            self.file.problem = problem.strerror
