"""Addresses and numbers: read where they are right, left out where they are not, and never a reason to refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_adapters.facts.contact import Contact, contact_of


def read(**elements: Any) -> Contact:
    return contact_of(json.dumps({"resourceType": "Organization", **elements}).encode())


def test_the_first_address_that_is_not_old_and_a_number_of_work() -> None:
    found = read(
        address=[
            {"use": "old", "line": ["9 Gone Road"], "city": "Lowell"},
            {"line": ["12 Harbor Street", "Suite 3"], "city": "Boston", "state": "MA", "postalCode": "02110"},
        ],
        telecom=[{"system": "fax", "value": "1"}, {"system": "phone", "use": "home", "value": "2"},
                 {"system": "phone", "value": " 617-555-0140 "}],
    )  # fmt: skip
    assert found.address is not None and found.phone == "617-555-0140"
    assert found.address.printed == ("12 Harbor Street", "Suite 3", "Boston, MA 02110")


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        ({"text": "4 Elm Street\nQuincy"}, ("4 Elm Street", "Quincy")),
        ({"city": "Quincy"}, ("Quincy",)),
        ([{"line": [None, 7, "4 Elm Street"], "postalCode": "02169"}], ("4 Elm Street", "02169")),
        ([{"state": "MA"}], None),
        ("4 Elm Street", None),
        ([7, None], None),
    ],
)
def test_an_odd_address_is_read_as_far_as_it_goes(address: Any, printed: tuple[str, ...] | None) -> None:
    found = read(address=address).address
    assert (found.printed if found else None) == printed


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"address": {"line": ["x'])
def test_what_is_no_resource_has_no_address(raw: bytes) -> None:
    assert contact_of(raw) == Contact()
