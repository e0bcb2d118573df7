"""How fast a sync is beside clients that only fetch, and how much memory it takes.

    python -m bench.sync [--size 6500] [--rounds 3] [--memory]

Type paging: every subject reads the same pages of the same searches. Patient-scoped: requests + orjson
issues exactly the addresses that sync asked for. The server answers from bytes made beforehand; each subject
runs alone, in one process of its own; the best of the rounds counts. Shown are time on the wall, by which a target is
met or missed, and processor time, which other work on the machine hardly changes. Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench.results import add, table
from bench.server import resources

SYNC, LIMIT, SAME = "loopclose sync", "requests + orjson", "requests + orjson, same URLs"
FETCHERS = (LIMIT, "fhirpy", "fhir-pyrate", "fhirclient")
ADMITTED = 0.8
"""Share of what is read that must be admitted, or the measurement is of skipping."""
TARGETS = {"type paging": {"fhirpy": 1.2, LIMIT: 0.13}, "patient-scoped": {SAME: 0.7}}
"""Resources a second, ours ÷ those of a client that keeps nothing."""
PEAK_MB, GROWTH = 150, 1.15
"""Peak memory at some 20,000 resources, and at five times as many as a multiple."""


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=6500, help="referrals; about 3.3 resources each by type paging")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="peak memory at this size and at five times as much")
    asked = parser.parse_args()
    missed = type_paging(asked.size, asked.rounds)
    missed += patient_scoped(asked.size // 2, asked.rounds)
    if asked.memory:
        missed += memory(asked.size)
    print(*missed, sep="\n", file=sys.stderr)
    sys.exit(1 if missed else 0)


def type_paging(size: int, rounds: int) -> list[str]:
    """Sync against those that only fetch, on the same list of searches."""
    with ehr(size) as address:
        practice = resources(1)[1]
        first = run(SYNC, address, practice=practice)
        searches = sorted({entry for entry in log(address) if "_offset" not in entry and "?" in entry})
        found = {name: [run(name, address, searches=searches)] for name in FETCHERS}  # the warm-up: not counted
        for runs in found.values():
            runs.clear()
        found[SYNC] = []
        for _ in range(rounds):
            for name, runs in found.items():
                runs.append(run(name, address, searches=searches, practice=practice))
    return judge("type paging", found, first)


def patient_scoped(size: int, rounds: int) -> list[str]:
    """Sync against the same addresses fetched and parsed."""
    with ehr(size, "--patient-scoped") as address:
        practice = resources(1)[1]
        first = run(SYNC, address, practice=practice)
        searches = [entry for entry in log(address) if "?" in entry]
        found: dict[str, list[dict[str, Any]]] = {SAME: [], SYNC: []}
        for _ in range(rounds):
            for name, runs in found.items():
                runs.append(run(name, address, searches=searches, practice=practice))
    return judge("patient-scoped", found, first, seconds_only=True)


def memory(size: int) -> list[str]:
    """Peak memory of the sync process at one size and at five times as much."""
    peaks = []
    for times in (1, 5):
        with ehr(size * times) as address:
            one = run(SYNC, address, practice=resources(1)[1])
        peaks.append(one["peak_mb"])
        add("memory", f"{SYNC}, {one['fetched']:,} resources", one["peak_mb"], "MB", {}, one["peak_mb"])
    growth = peaks[1] / peaks[0]
    missed = [f"memory: {peaks[0]:.0f} MB, at most {PEAK_MB} is wanted"] if peaks[0] > PEAK_MB else []
    add("memory", "growth", growth, "ratio", {}, peaks[1])
    print(f"peak memory: {peaks[0]:.0f} MB, at five times the resources {peaks[1]:.0f} MB: {growth:.2f} ×")
    return [*missed, f"memory grows {growth:.2f} ×, at most {GROWTH} is wanted"] if growth > GROWTH else missed


def judge(
    bench: str, found: dict[str, list[dict[str, Any]]], first: dict[str, Any], seconds_only: bool = False
) -> list[str]:
    """Print and keep the figures; gives back the targets missed."""
    share = first["admitted"] / first["fetched"]
    missed = [] if share >= ADMITTED else [f"{bench}: only {share:.0%} of the resources were admitted"]
    best = {name: min(runs, key=lambda one: one["seconds"]) for name, runs in found.items()}
    # by patient the same resource may come twice: there both do the same work, so the time is compared
    rates = {
        name: (first["fetched"] if seconds_only else one["fetched"]) / one["seconds"] for name, one in best.items()
    }
    ratios = {name: rates[SYNC] / rate for name, rate in rates.items() if name != SYNC}
    cpu = {name: min(one["cpu_seconds"] for one in runs) for name, runs in found.items()}
    for name, one in best.items():
        ours = {**ratios, **{f"{peer}, CPU": cpu[peer] / cpu[SYNC] for peer in ratios}} if name == SYNC else {}
        add(bench, name, rates[name], "resources/s", ours, one["peak_mb"])
    print(f"\n{bench}: {first['fetched']:,} resources, {first['admitted']:,} admitted ({share:.0%})")
    print(table(rates, ratios, cpu, {name: one["peak_mb"] for name, one in best.items()}))
    if not seconds_only:
        short = {name for name in TARGETS[bench] if best[name]["fetched"] < first["fetched"]}
        missed += [f"{name} fetched fewer resources than sync" for name in sorted(short)]
    for peer, wanted in TARGETS[bench].items():
        if ratios[peer] < wanted:
            missed.append(f"{bench}: {ratios[peer]:.2f} × {peer}, at least {wanted} is wanted")
    return missed


@contextmanager
def ehr(size: int, *options: str) -> Iterator[str]:
    """The measuring EHR, in a process of its own."""
    command = [sys.executable, "-m", "bench.server", "--size", str(size), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def log(address: str) -> list[str]:
    """What was asked of the server since the last look, without the base."""
    with urlopen(f"{address.removesuffix('/fhir')}/log") as answer:
        return [entry.removeprefix("/fhir/") for entry in json.load(answer)]


def run(name: str, address: str, **asked: Any) -> dict[str, Any]:
    """One subject, once; its answer comes on a pipe of its own, as some print."""
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        request = json.dumps({"base_url": address, "database": str(Path(folder) / "bench.db"), **asked})
        command = f'exec "{sys.executable}" -m bench.subjects "{name}" 3>&{writing}'
        subprocess.run(
            ["/bin/sh", "-c", command],
            input=request.encode(),
            stdout=subprocess.DEVNULL,
            pass_fds=(writing,),
            check=True,
        )
    os.close(writing)
    with os.fdopen(reading) as answer:
        out: dict[str, Any] = json.load(answer)
    return out


if __name__ == "__main__":
    main()
