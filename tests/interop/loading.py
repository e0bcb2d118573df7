"""Loading files and made-up practices into a real server, and what it then holds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.interop.servers import TYPES

Json = dict[str, Any]
DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
HEADERS = {"Content-Type": "application/fhir+json"}
BATCH = 100
REFERRED_TO = {"Organization": 0, "Practitioner": 1, "PractitionerRole": 2, "Patient": 3}


@dataclass
class Held:
    """What a server took: by its own ``Type/id``, references as it wrote them; and what it refused."""

    resources: dict[str, Json] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Json]:
        """The resources of one type."""
        return {key: one for key, one in self.resources.items() if one["resourceType"] == kind}


def load_inferno(base_url: str, held: Held) -> None:
    """Each bundle as the transaction that it is."""
    bundles = [found for path in sorted((DATA / "inferno").rglob("*.json")) if (found := _read(path))]
    transactions = [one for one in bundles if one["resourceType"] == "Bundle" and one["type"] == "transaction"]
    assert len(transactions) == 12
    for bundle in transactions:
        answer = requests.post(base_url, data=json.dumps(bundle), headers=HEADERS, timeout=300)
        assert answer.status_code == 200, answer.text[:500]
        _note(held, bundle["entry"], answer.json()["entry"])


def load_au(base_url: str, held: Held) -> None:
    """AU Core and eRequesting, one file a resource; of an id with two contents the last loaded counts."""
    files = sorted((DATA / "au-erequesting").rglob("*.json"))
    load(base_url, [one for path in files if (one := _read(path)) and one["resourceType"] in TYPES], held)


def load(base_url: str, resources: Iterable[Json], held: Held) -> None:
    """Resources under their own ids, in batches; those first that others refer to.

    HAPI leaves a reference out of its index when its target is not there yet.
    """
    in_order = sorted(resources, key=lambda one: REFERRED_TO.get(one["resourceType"], 9))
    waiting = [{"resource": one, "request": _put(one)} for one in in_order]
    for start in range(0, len(waiting), BATCH):
        entries = waiting[start : start + BATCH]
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        answer = requests.post(base_url, data=json.dumps(bundle), headers=HEADERS, timeout=300)
        assert answer.status_code == 200, answer.text[:500]
        _note(held, entries, answer.json()["entry"])


def _put(resource: Json) -> Json:
    return {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}


def _note(held: Held, asked: list[Json], answered: list[Json]) -> None:
    """Where each entry landed, by the response's location, and its references as the server wrote them."""
    landed: list[tuple[str, Json]] = []
    moved: dict[str, str] = {}
    for entry, answer in zip(asked, answered, strict=True):
        response = answer["response"]
        if not response["status"].startswith("2"):
            held.refused.append(entry["request"]["url"])
            continue
        location = response.get("location") or entry["request"]["url"]
        key = "/".join(location.removesuffix("/").split("/_history/")[0].split("/")[-2:])
        landed.append((key, entry["resource"]))
        if "fullUrl" in entry:
            moved[entry["fullUrl"]] = key
    for key, resource in landed:
        held.resources[key] = {**_pointed(resource, moved), "id": key.split("/")[1]}


def _pointed(node: Any, moved: dict[str, str]) -> Any:
    if isinstance(node, dict):
        found = {name: _pointed(value, moved) for name, value in node.items()}
        if isinstance(found.get("reference"), str):
            found["reference"] = moved.get(found["reference"], found["reference"])
        return found
    return [_pointed(value, moved) for value in node] if isinstance(node, list) else node


def _read(path: Path) -> Json | None:
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) and "resourceType" in found else None


def references(node: Any) -> Iterator[str]:
    """Every literal reference anywhere in a resource."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
