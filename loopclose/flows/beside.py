"""One thing beside what its caller does: while the database works at one, Python is free to make the next one ready."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Beside:
    """Does what it is given in a thread of its own, in that order, one at a time.

    What one of them raises is raised to whoever settles next, at the latest at the end of the ``with``: there
    everything is done. ``at_once``: do each before ``do`` returns, for a database in memory, which is another one for
    another thread.
    """

    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once
        self._thread = ThreadPoolExecutor(1, "beside")
        self._last: Future[None] | None = None

    def do(self, work: Callable[[], None]) -> None:
        """Begin this, once the one before is done."""
        self.settle()
        if self._at_once:
            work()
        else:
            self._last = self._thread.submit(work)

    def settle(self) -> None:
        """Wait until all of it is done."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._thread.shutdown()
        if kind is None:
            self.settle()
