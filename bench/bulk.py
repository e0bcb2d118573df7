"""How fast a sync reads a bulk export, and that its memory does not grow with it.

    python -m bench.bulk [--size 100000] [--rounds 2]

A scripted EHR gives an export of so many ServiceRequests and Encounters, and everybody named by id; sync takes it in,
links, owes and stores, beside requests + orjson, which read the same NDJSON in the same run and keep nothing, and
beside itself reading the same resources by pages. Each runs alone, in a process of its own; the best of the rounds
counts. The same is done at a fifth of the size, for memory.
Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.results import add, table
from bench.server import Answers, _http, _serve, resources
from bench.sync import SYNC, run

PAGED = f"{SYNC}, by pages"
PEER = "requests + orjson, same NDJSON"
KINDS = ("Encounter", "ServiceRequest")
SAMPLE = 500
"""Referrals by which it is told how many resources one brings along."""
TARGETS = {PEER: 0.015, PAGED: 0.9}
"""Resources a second, ours ÷ those of a client that keeps nothing, and of ourselves by pages."""
PEAK_MB, GROWTH = 180, 1.15
"""Peak memory at the full size, and as a multiple of that at a fifth of it, the same as by pages: what grows is what
every sync remembers of whomever it met."""


def main() -> None:
    """Measure, print, write the results; with ``--serve`` be the EHR."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="resources in the export")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(_serve(Exporting(asked.size)))
        return
    small, _ = measure(asked.size // 5, 1)
    whole, missed = measure(asked.size, asked.rounds)
    growth = whole / small
    add("bulk memory", f"{SYNC}, a fifth of the size", small, "MB", {}, small)
    add("bulk memory", f"{SYNC}, {asked.size:,} resources", whole, "MB", {"growth": growth}, whole)
    print(f"peak memory: {small:.0f} MB, at five times the resources {whole:.0f} MB: {growth:.2f} ×")
    missed += [f"bulk: {whole:.0f} MB, at most {PEAK_MB} is wanted"] if whole > PEAK_MB else []
    missed += [f"bulk: memory grows {growth:.2f} ×, at most {GROWTH} is wanted"] if growth > GROWTH else []
    print(*missed, sep="\n", file=sys.stderr)
    sys.exit(1 if missed else 0)


def measure(size: int, rounds: int) -> tuple[float, list[str]]:
    """Peak memory of sync at that size, and the targets missed."""
    found: dict[str, list[dict[str, Any]]] = {PEER: [], PAGED: [], SYNC: []}
    with exporting(size) as address:
        practice, files = resources(1)[1], [f"files/{kind}" for kind in KINDS]
        for _ in range(rounds):
            found[PEER].append(run(PEER, address, searches=files))
            found[PAGED].append(run(SYNC, address, practice=practice))
            found[SYNC].append(run(SYNC, address, practice=practice, worklist="bulk"))
    best = {name: min(runs, key=lambda one: one["seconds"]) for name, runs in found.items()}
    read = best[PEER]["fetched"]
    if not best[SYNC]["complete"] or sum(best[SYNC]["by_type"][kind]["fetched"] for kind in KINDS) < read:
        return best[SYNC]["peak_mb"], [f"bulk: sync did not read all of {read:,} resources: {best[SYNC].get('error')}"]
    rates = {name: read / one["seconds"] for name, one in best.items()}
    ratios = {name: rates[SYNC] / rates[name] for name in TARGETS}
    cpu = {name: one["cpu_seconds"] for name, one in best.items()}
    for name, one in best.items():
        add(
            "bulk",
            f"{name}, {read:,}",
            rates[name],
            "resources/s",
            ratios if name == SYNC else {},
            one["peak_mb"],
        )
    share = best[SYNC]["admitted"] / best[SYNC]["fetched"]
    print(f"\nbulk: {read:,} resources in the export, {best[SYNC]['fetched']:,} read in all, {share:.0%} admitted")
    print(table(rates, ratios, cpu, {name: one["peak_mb"] for name, one in best.items()}))
    missed = [
        f"bulk: {ratios[name]:.3f} × {name}, at least {wanted} is wanted"
        for name, wanted in TARGETS.items()
        if ratios[name] < wanted
    ]
    return best[SYNC]["peak_mb"], missed


class Exporting(Answers):
    """An EHR with a finished export of ``size`` resources beside what it answers by id."""

    def __init__(self, size: int) -> None:
        each = sum(one["resourceType"] in KINDS for one in resources(SAMPLE)[0]) / SAMPLE
        found = resources(round(size / each * 1.01))[0]
        super().__init__(found, patient_scoped=False)
        lines = {kind: self.store.search(kind, []) for kind in KINDS}
        over = sum(map(len, lines.values())) - size
        lines[KINDS[1]] = lines[KINDS[1]][: len(lines[KINDS[1]]) - max(over, 0)]
        self.files = {kind: _http(b"".join(one + b"\n" for one in some)) for kind, some in lines.items()}

    def get(self, address: str) -> bytes:
        """The export's own addresses, and whatever else there is."""
        path = address.partition("?")[0].removeprefix("/fhir/")
        if path.endswith("$export"):
            return f"HTTP/1.1 202 OK\r\nContent-Location: {self.base_url}/jobs/1\r\nContent-Length: 0\r\n\r\n".encode()
        if path == "jobs/1":
            files = [{"type": kind, "url": f"{self.base_url}/files/{kind}"} for kind in KINDS]
            manifest = {"transactionTime": "2026-11-23T17:00:00Z", "requiresAccessToken": False, "output": files}
            return _http(json.dumps(manifest).encode())
        return self.files[path.removeprefix("files/")] if path.startswith("files/") else super().get(address)


@contextmanager
def exporting(size: int) -> Iterator[str]:
    """Such an EHR, in a process of its own."""
    command = [sys.executable, "-m", "bench.bulk", "--serve", "--size", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


if __name__ == "__main__":
    main()
