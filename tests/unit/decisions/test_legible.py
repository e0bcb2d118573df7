"""What is shown of a request in quarantine: whatever can be read of it, in whatever shape the rest is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loopclose.flows.decisions.legible import MOST, legible


def shown(**body: Any) -> dict[str, str]:
    return legible(json.dumps(body).encode())


def test_each_element_is_shown_by_a_word_for_it() -> None:
    assert shown(
        requester={"display": "Dr. Lee", "reference": "Practitioner/1"},
        authoredOn=" 2026-11-02 ",
        code={"text": "Echo", "coding": [{"display": "Echocardiography"}]},
        category=[{"text": "Procedure"}],
        reasonCode=[{"coding": [{"display": "Syncope", "code": "R55"}]}],
        status="active",
        performer=[{"reference": "Practitioner/9"}, {"display": "Dr. Beat"}],
    ) == {
        "from": "Dr. Lee",
        "written": "2026-11-02",
        "asked for": "Echo",
        "why": "Syncope",
        "status": "active",
        "to": "Practitioner/9",
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"requester": {"reference": "Practitioner/1"}}, {"from": "Practitioner/1"}),
        ({"requester": {"display": " ", "reference": "Practitioner/1"}}, {"from": "Practitioner/1"}),
        ({"requester": {"display": 5}}, {}),
        ({"requester": "Dr. Lee"}, {}),
        ({"authoredOn": 2026}, {}),
        ({"code": {"coding": [{"code": "93306"}]}}, {"asked for": "93306"}),
        ({"code": {"coding": ["93306", {"code": "93306"}]}}, {"asked for": "93306"}),
        ({"code": {"coding": [{"system": "x"}, {"display": "Echo"}]}}, {"asked for": "Echo"}),
        ({"code": {"coding": [{"display": "Echo", "code": "93306"}]}}, {"asked for": "Echo"}),
        ({"code": {"coding": {"code": "93306"}}}, {"asked for": "93306"}),
        ({"code": {"coding": [{}]}}, {}),
        ({"code": "93306"}, {}),
        ({"code": {}, "category": [{"text": "Procedure"}]}, {"asked for": "Procedure"}),
        ({"category": {"text": "Procedure"}}, {"asked for": "Procedure"}),
        ({"category": ["Procedure", {}, {"text": "Procedure"}]}, {"asked for": "Procedure"}),
        ({"reasonCode": []}, {}),
        ({"performer": {"display": "Dr. Beat"}}, {"to": "Dr. Beat"}),
        ({"requester": [{"display": "Dr. Lee"}]}, {"from": "Dr. Lee"}),
        ({"requester": {"identifier": {"value": "1245319599"}}}, {"from": "1245319599"}),
        ({"performer": [{}, "x", {"display": "Dr. Beat"}]}, {"to": "Dr. Beat"}),
        ({"performer": []}, {}),
        ({"status": "x" * (MOST + 1)}, {"status": "x" * MOST}),
    ],
)
def test_in_another_shape_it_is_shown_where_it_says_something(body: dict[str, Any], words: dict[str, str]) -> None:
    assert shown(**body) == words


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'"active"', b"null", b"\xff"])
def test_nothing_is_shown_of_what_is_no_request(raw: bytes) -> None:
    assert legible(raw) == {}


def test_nesting_without_end_breaks_no_page() -> None:
    assert legible(b'{"status": "active", "extension":' + b"[" * 5000 + b"]" * 5000 + b"}") == {}


def test_so_much_is_shown_as_fits() -> None:
    assert MOST == 200
