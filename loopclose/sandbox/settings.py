"""The configuration that reads a sandbox, and the sandbox as files."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from loopclose.sandbox.model import Sandbox


def config_toml(
    sandbox: Sandbox,
    base_url: str,
    database_url: str = "sqlite:///loopclose.db",
    name: str = "main",
    roster: str | None = None,
) -> str:
    """A configuration file with one practice and one EHR of that name, in rehearsal.

    ``roster`` names the file of its patients, for a server that answers nothing without a patient; without one, both
    sources that ask for everybody's are named.
    """
    sources = '["orders", "encounters"]' if roster is None else f'["roster"]\nroster = {json.dumps(roster)}'
    practice = "\n".join(f"{key} = {json.dumps(value)}" for key, value in sandbox.practice.items())
    return (
        f"[practice.{name}]\n{practice}\nrehearsal = true\n\n"
        f'[ehr.{name}]\npractice = "{name}"\nbase_url = "{base_url}"\nauth = "none"\n'
        f'worklist = {sources}\n\n[database]\nurl = "{database_url}"\n'
    )


def write_roster(sandbox: Sandbox, path: Path) -> None:
    """The ids of every patient, a line each."""
    ids = [one["id"] for one in sandbox.resources if one["resourceType"] == "Patient"]
    path.write_text("\n".join(["patient_id", *ids, ""]), encoding="utf-8")


def write_ndjson(sandbox: Sandbox, folder: Path) -> None:
    """One NDJSON file a type, and ``truth.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for resource in sandbox.resources:
        by_type[resource["resourceType"]].append(resource)
    for kind, found in sorted(by_type.items()):
        (folder / f"{kind}.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in found), encoding="utf-8")
    write_truth(sandbox, folder / "truth.json")


def write_truth(sandbox: Sandbox, path: Path) -> None:
    """The truth as JSON."""
    path.write_text(json.dumps(sandbox.truth, indent=1), encoding="utf-8")
