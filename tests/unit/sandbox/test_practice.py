"""What holds of every style: the same seed gives the same practice, and references within it lead somewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loopclose.sandbox.practice import generate
from loopclose.sandbox.styles import STYLES
from tests.unit.sandbox.cast import NOW, box, by_key


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_practice_and_another_gives_another(style: str) -> None:
    first, again, other = (generate(style, 12, seed, NOW) for seed in (1, 1, 2))
    assert json.dumps([first.resources, first.truth]) == json.dumps([again.resources, again.truth])
    assert json.dumps(first.resources) != json.dumps(other.resources)


@pytest.mark.parametrize("style", STYLES)
def test_every_resource_has_an_id_of_its_own_and_the_truth_is_about_what_is_there(style: str) -> None:
    made = box(style)
    known = by_key(made)
    assert len(known) == len(made.resources)
    for row in made.truth:
        assert row["visit"] in known and row["referral"] in {None, *known}


@pytest.mark.parametrize("style", STYLES)
def test_everybody_who_is_named_is_there(style: str) -> None:
    made = box(style)
    known = by_key(made)
    named = {
        key for key in _references(made.resources) if key.split("/")[0] in ("Patient", "Practitioner", "Medication")
    }
    assert named <= set(known)


@pytest.mark.parametrize("style", ["epic", "oracle"])
def test_vendors_say_beside_every_reference_to_a_person_who_it_is(style: str) -> None:
    made = box(style)
    names = {key: one["name"][0]["text"] for key, one in by_key(made).items() if key.startswith("Practitioner/")}
    people = [r for one in made.resources if one["resourceType"] != "PractitionerRole" for r in _named(one)]
    assert len(people) > 1000
    for one in people:
        assert one["display"] == names.get(one["reference"], one["display"])


def _named(value: Any) -> list[dict[str, str]]:
    """Every reference to a patient or practitioner."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [reference for one in inner for reference in _named(one)]
    key = value.get("reference", "") if isinstance(value, dict) else ""
    return [*found, value] if str(key).startswith(("Patient/", "Practitioner/")) else found


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = {value["reference"]} if isinstance(value.get("reference"), str) else set()
    return found.union(*map(_references, value.values())) if value else found


@pytest.mark.parametrize("style", STYLES)
def test_what_is_taken_as_needed_is_coded_so_and_not_once_a_day(style: str) -> None:
    orders = [one for one in box(style).resources if one["resourceType"] == "MedicationRequest"]
    needed = [one["dosageInstruction"][0] for one in orders if one["id"].split("-")[1] == "nitroglycerin"]
    assert all(one["asNeededBoolean"] is True and "timing" not in one for one in needed)
    regular = [one["dosageInstruction"][0] for one in orders if one["id"].split("-")[1] == "metoprolol"]
    assert all("asNeededBoolean" not in one and "timing" in one for one in regular) and (needed or regular)
