"""How a vendor writes the same facts: a dialect changes what was made for a referral, and adds what lies beside it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from loopclose.sandbox.dialects import epic, oracle
from loopclose.sandbox.elements import Json
from loopclose.sandbox.model import Plan, Sandbox

DIALECTS: dict[str, Callable[[Sandbox, Plan, list[Json], Random], None]] = {"epic": epic.speak, "oracle": oracle.speak}


def speak(box: Sandbox, plan: Plan, first: int, rng: Random) -> None:
    """Write everything from the ``first`` resource on, made for one referral, as the vendor of that style does.

    Styles that are no vendor's have no dialect.
    """
    if box.style not in DIALECTS:
        return
    made = box.resources[first:]
    DIALECTS[box.style](box, plan, made, rng)
    name = next(one["name"][0] for one in made if one["resourceType"] == "Patient")
    people = {who.key: who.name for who in (plan.clinician, plan.referrer)}
    people[plan.patient] = f"{name['family']}, {name['given'][0]}"
    for resource in box.resources[first:]:
        _show(resource, people)


def _show(value: Any, people: dict[str, str]) -> None:
    """Write beside every reference to one of the people who it is."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _show(inner, people)
    if isinstance(value, dict) and value.get("reference") in people:
        value.setdefault("display", people[value["reference"]])
