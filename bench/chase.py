"""The first answer of the chase desk beside a hundred times as many stored reports: it must cost the same.

    python -m bench.chase [--few 1000] [--many 100000] [--rounds 15]

Two practices on SQLite have the same reports open and ever more closed. Measured is the processor time of what
somebody waits for who types a name, a birth date, or both, and presses enter: the search is posted, and the page that
it leads to is made. Compared is the least of the rounds of the one with that of the other, in one run. Ends with 1 when
a target is missed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.results import add
from bench.size import MOST, WARM_UP, Asked
from bench.stored import born_on, fill, name_of
from loopclose.store.upgrade import open_database

OPEN, DUE = 500, 200
ONE = 37
"""Whose report is asked for: one that is closed in both."""


def main() -> None:
    """Fill, ask, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {size: measured(Path(folder), size, asked.rounds) for size in (asked.few, asked.many)}
    missed = []
    print(f"{'':24}{asked.few:>14,}{asked.many:>14,}{'ratio':>9}")
    for name, least in found[asked.few].items():
        spent = found[asked.many][name]
        print(f"{name:24}{least * 1000:>11.1f} ms{spent * 1000:>11.1f} ms{spent / least:>9.2f}")
        add("chase", name, spent * 1000, "ms", {f"{asked.few:,} stored": spent / least}, None)
        if spent / least > MOST:
            missed.append(f"{name}: {spent / least:.2f} × the time of {asked.few:,} stored, at most {MOST} is wanted")
    print(*missed, sep="\n", file=sys.stderr)
    sys.exit(1 if missed else 0)


def measured(folder: Path, size: int, rounds: int) -> dict[str, float]:
    """Seconds of processor time until the answer is there, by what is typed: the least of the rounds."""
    db = open_database(f"sqlite:///{folder / f'{size}.db'}")
    fill(db, size, OPEN, DUE)
    asked = Asked.of(db)
    year, month, day = born_on(ONE).split("-")
    born, name = f"{int(month)}/{int(day)}/{year}", name_of(ONE).lower()
    typed = {
        "a name": name,
        "a birth date": born,
        "name and birth date": f"{born} {name}",
        "part of a name": name[:5] + " " + name.rsplit(" ", maxsplit=1)[-1][:4],
        "nobody": "no such person",
    }
    found = {}
    for what, words in typed.items():
        search = _search(asked, words)
        for _ in range(WARM_UP):
            search()
        found[what] = min(_spent(asked.clock, search) for _ in range(rounds))
    db.close()
    return found


def _search(asked: Asked, words: str) -> Callable[[], None]:
    page = asked.browser.get("/chase").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "words": words}

    def search() -> None:
        answer = asked.browser.post("/chase", data=form, follow_redirects=True)
        assert answer.status_code == 200

    return search


def _spent(clock: Callable[[], float], question: Callable[[], None]) -> float:
    began = clock()
    question()
    return clock() - began


if __name__ == "__main__":
    main()
