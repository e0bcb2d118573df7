"""Getting things over the network while those that came before are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")
_END: Final = object()


def ahead(items: Iterator[T], most: int) -> Iterator[T]:
    """The same items, got by a thread of its own, ``most`` of them ahead of whoever uses them.

    What getting them raises is raised here, in its place; whoever stops early has no more got.
    """

    def following() -> T | object:
        return next(items, _END)

    context = copy_context()  # why it is asked is known in that thread, too
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        waiting = deque(pool.submit(context.run, following) for _ in range(most))
        try:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(pool.submit(context.run, following))
                yield item  # type: ignore[misc]
        finally:
            pool.shutdown(cancel_futures=True)


def side_by_side(ask: Callable[[A], B], things: Iterable[A], parallel: int) -> Iterator[B]:
    """The answers to some questions, in the order asked; ``parallel`` are asked at once, and a few more wait."""
    waiting: deque[Future[B]] = deque()
    with ThreadPoolExecutor(parallel, thread_name_prefix="fhir-many") as pool:
        try:
            for thing in things:
                waiting.append(pool.submit(copy_context().run, ask, thing))
                if len(waiting) > 4 * parallel:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
