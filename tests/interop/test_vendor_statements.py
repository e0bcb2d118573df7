"""The demo EHR, as a vendor's strict server, says of itself what that vendor's own CapabilityStatement says.

Compared is what the demo EHR has at all: its types, and the search parameters that it knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from loopclose.sandbox.parameters import KNOWN
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import TYPES, SandboxServer
from loopclose.sandbox.vendors import VENDORS
from tests.interop.loading import DATA
from tests.unit.sandbox.http import get

STATEMENTS = {
    "epic": "epic-r4",
    "oracle": "oracle-health-r4-secure",
    "athena": "athenahealth-r4",
    "ecw": "eclinicalworks-r4",
    "nextgen-enterprise": "nextgen-enterprise-r4",
    "nextgen-office": "nextgen-office-r4",
    "meditech": "meditech-greenfield-r4",
}
NOT_SEEN = {"veradigm", "greenway", "modmed", "nextech"}
WORDS = {"_count", "_maxresults", "page", "cursor", "continue", "ah-practice"}
"""Parameters that the demo EHR knows beside those that find something."""
NAMES = ("software", "publisher", "name", "title", "description", "kind", "fhirVersion")

Json = dict[str, Any]
Pair = tuple[Json, Json]


@pytest.fixture(scope="module", params=STATEMENTS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Our statement of a vendor's server, and its own."""
    with SandboxServer(Store([]), vendor=request.param, strict=True) as server:
        ours = get(server, "metadata").json
    path = DATA / "capabilities" / f"{STATEMENTS[request.param]}.json"
    yield ours, json.loads(path.read_text(encoding="utf-8"))


def types(statement: Json) -> dict[str, Json]:
    """By name, the types that the demo EHR has as well."""
    return {one["type"]: one for one in statement["rest"][0]["resource"] if one["type"] in TYPES}


def differences(ours: Json, theirs: Json) -> dict[str, Any]:
    """By name, what each has that the other has not, or has otherwise."""
    return {
        name: (ours.get(name), theirs.get(name))
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    }


def test_every_vendor_is_compared_or_said_to_be_unseen() -> None:
    assert VENDORS.keys() == {*STATEMENTS, *NOT_SEEN}
    for name in NOT_SEEN:
        assert not VENDORS[name].security.get("extension")


def test_the_types_are_theirs(pair: Pair) -> None:
    ours, theirs = (types(one) for one in pair)
    assert {*ours} - {*theirs} == set() and {*theirs} - {*ours} == set()


def test_each_type_is_searched_by_their_parameters_in_their_order(pair: Pair) -> None:
    listed = [
        {
            kind: [p["name"] for p in one.get("searchParam", ()) if p["name"] in KNOWN | WORDS]
            for kind, one in types(statement).items()
        }
        for statement in pair
    ]
    assert not differences(*listed)


def test_each_type_has_their_interactions(pair: Pair) -> None:
    told = [
        {kind: {one["code"] for one in each["interaction"]} for kind, each in types(statement).items()}
        for statement in pair
    ]
    assert not differences(*told)


def test_it_is_named_as_theirs(pair: Pair) -> None:
    ours, theirs = ({name: one.get(name) for name in NAMES} for one in pair)
    assert not differences(ours, theirs)
    assert not differences(pair[0].get("implementation", {}), pair[1].get("implementation", {}))


def test_it_says_where_tokens_are_had_as_theirs(pair: Pair) -> None:
    ours, theirs = (one["rest"][0]["security"] for one in pair)
    assert not differences(ours, theirs)


def test_what_a_search_needs_is_told_as_they_tell_it(pair: Pair) -> None:
    ours, theirs = ({kind: one.get("extension") for kind, one in types(statement).items()} for statement in pair)
    assert not differences(ours, theirs)
