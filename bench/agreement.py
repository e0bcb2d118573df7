"""The links of a messy practice read over HTTP by the command line, beside those judged in process.

    python -m bench.agreement [--size 500] [--seed 1]

Ends with 1 when a visit is missing on either side or its link differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import NOW
from bench.linking import judged
from loopclose.sandbox.practice import generate

Link = tuple[str, tuple[str, ...], str | None]
"""Band, referrals, and by what."""


def in_process(size: int, seed: int) -> dict[str, Link]:
    """The link of every visit, from the generated resources."""
    found: dict[str, Link] = {}
    for _, judgement in judged(generate("messy", size, seed, NOW)):
        for visit in judgement.visits:
            verdict = judgement.verdicts[visit.id]
            found[visit.id] = (verdict.band, tuple(sorted(verdict.referrals)), verdict.method)
    return found


def by_command_line(size: int, seed: int) -> dict[str, Link]:
    """The same from ``sandbox serve``, ``sync`` and ``links``, each a process."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "loopclose.toml"
        served = ["sandbox", "serve", "--style", "messy", "--size", str(size), "--seed", str(seed)]
        command = [*_LOOPCLOSE, *served, "--as-of", NOW.isoformat(), "--config", str(config)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            try:
                server.stdout.readline()
                synced = _asked(config, "sync", "--as-of", NOW.isoformat())
                print(f"sync: {synced['fetched']:,} fetched, {synced['quarantined']} in quarantine")
                listed = _asked(config, "links", "--as-of", NOW.isoformat())
            finally:
                server.kill()
    return {one["visit"]: (one["band"], tuple(sorted(one["referrals"])), one["method"]) for one in listed["items"]}


_LOOPCLOSE = (sys.executable, "-m", "loopclose")


def _asked(config: Path, *command: str) -> dict[str, Any]:
    env = {**os.environ, "LOOPCLOSE_CONFIG": str(config)}
    answer = subprocess.run([*_LOOPCLOSE, *command, "--json"], env=env, stdout=subprocess.PIPE, check=True)
    out: dict[str, Any] = json.loads(answer.stdout)
    return out


def main() -> int:
    """Print how many visits agree, and those that do not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    ours, theirs = in_process(asked.size, asked.seed), by_command_line(asked.size, asked.seed)
    apart = sorted(visit for visit in ours.keys() | theirs.keys() if ours.get(visit) != theirs.get(visit))
    for visit in apart:
        print(f"{visit}: in process {ours.get(visit)}, by the command line {theirs.get(visit)}")
    whole = len(ours.keys() | theirs.keys())
    print(f"seed {asked.seed}: the links of {whole - len(apart)} of {whole} visits agree")
    return 1 if apart or not whole else 0


if __name__ == "__main__":
    sys.exit(main())
