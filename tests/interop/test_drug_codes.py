"""The shipped drug map against the drugs of public data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from loopclose.drafting.schedules import RXNORM, UNMAPPED, schedule_of
from tests.interop.loading import DATA
from tests.unit.drafting.test_papers import drug

WANTED = 0.95


def codings(node: Any) -> Iterator[tuple[str, str]]:
    """Every RxNorm code with its words, wherever it stands in a medication."""
    if isinstance(node, dict):
        if node.get("system") == RXNORM and "code" in node:
            yield node["code"], node.get("display", "")
        for value in node.values():
            yield from codings(value)
    elif isinstance(node, list):
        for value in node:
            yield from codings(value)


def resources() -> Iterator[Any]:
    """Every MedicationRequest and Medication of the public sets."""
    for path in sorted(DATA.rglob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(DATA.rglob("Medication*.ndjson")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def test_nearly_every_drug_of_public_data_is_known() -> None:
    codes: dict[str, str] = {}
    for one in resources():
        entries = one.get("entry", [{"resource": one}]) if isinstance(one, dict) else []
        for entry in entries:
            if entry.get("resource", {}).get("resourceType") in ("MedicationRequest", "Medication"):
                codes.update(codings(entry["resource"]))
    known = {code for code, name in codes.items() if schedule_of(drug(name, code)) != UNMAPPED}
    print(f"{len(known)} of {len(codes)} drugs known; unmapped: {sorted(set(codes) - known)}")
    assert len(codes) > 30 and len(known) >= WANTED * len(codes)
