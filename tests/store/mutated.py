"""Resources broken at random, as no generator of good ones would write them: seeded, so that a failure comes again."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from random import Random
from typing import Any

from loopclose.sandbox.search import Store

Json = dict[str, Any]
JUNK: tuple[Any, ...] = (
    None,
    "",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202egnirts",
    "x" * 5000,
    " ",
    0,
    -1,
    1e308,
    12345678901234567890,
    True,
    [],
    {},
    [None],
    [[]],
    {"resourceType": "Patient"},
    "9999-12-31",
    "2026-02-30",
    "0000-00-00T99:99:99Z",
    "2062-01-01T00:00:00Z",
    "urn:uuid:nothing",
    "Practitioner?identifier=a|b",
    "#nothing",
    "https://elsewhere.example/fhir/Patient/1",
    "//",
    "<script>",
    "%s%n{}",
)
UNKNOWN = {"url": "https://ehr.example/unknown", "valueBoolean": True}


def mutate(resource: Json, rng: Random) -> bytes:
    """One resource with one to three changes somewhere in it, as the bytes of an entry."""
    broken = copy.deepcopy(resource)
    for _ in range(rng.randint(1, 3)):
        holder, key = rng.choice(list(_places(broken)))
        rng.choice(_CHANGES)(holder, key, rng)
        if not list(_places(broken)):
            break
    return json.dumps(broken).encode()


def _places(node: Any) -> Iterable[tuple[Any, Any]]:
    """Every element of a resource, as what holds it and its key."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield node, key
        yield from _places(value)


def _replace(holder: Any, key: Any, rng: Random) -> None:
    holder[key] = copy.deepcopy(rng.choice(JUNK))


def _remove(holder: Any, key: Any, _rng: Random) -> None:
    del holder[key]


def _wrap(holder: Any, key: Any, rng: Random) -> None:
    holder[key] = [holder[key]] if rng.random() < 0.5 else {"value": holder[key]}


def _twice(holder: Any, key: Any, _rng: Random) -> None:
    found = copy.deepcopy(holder[key])
    holder[key] = [*holder[key], *found] if isinstance(found, list) else [holder[key], found]


def _modifier(holder: Any, key: Any, _rng: Random) -> None:
    owner = holder[key] if isinstance(holder[key], dict) else holder
    if isinstance(owner, dict):
        owner["modifierExtension"] = [dict(UNKNOWN)]


def _cut(holder: Any, key: Any, rng: Random) -> None:
    if isinstance(holder[key], str) and holder[key]:
        holder[key] = holder[key][: rng.randrange(len(holder[key]))]
    else:
        _remove(holder, key, rng)


_CHANGES = (_replace, _replace, _replace, _remove, _wrap, _twice, _modifier, _cut)


class BrokenStore(Store):
    """A store that finds its resources as they are and sends some of them as other bytes."""

    def __init__(self, resources: list[Json], broken: dict[tuple[str, str], bytes]) -> None:
        super().__init__(resources)
        self._sent = {self.read(kind, fhir_id): raw for (kind, fhir_id), raw in broken.items()}
        self.broken = broken

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        return [self._sent.get(raw, raw) for raw in super().search(kind, params)]

    def read(self, kind: str, fhir_id: str) -> bytes | None:
        return getattr(self, "broken", {}).get((kind, fhir_id)) or super().read(kind, fhir_id)
