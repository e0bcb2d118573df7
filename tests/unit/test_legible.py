"""What is shown of a request that cannot be read safely."""

from __future__ import annotations

import pytest

from loopclose.flows.decisions.legible import MOST, legible

WHOLE = b"""{"requester": {"display": " Dr. Lee ", "reference": "Practitioner/lee"}, "authoredOn": "2026-11-02",
"code": {"coding": [{"code": "REF1"}], "text": "Cardiology"}, "reasonCode": [{}, {"text": "Chest pain"}],
"status": "active", "performer": [{"reference": "Practitioner/heart"}]}"""


def test_what_can_be_read_is_shown_in_words() -> None:
    assert legible(WHOLE) == {
        "from": "Dr. Lee",
        "written": "2026-11-02",
        "asked for": "Cardiology",
        "why": "Chest pain",
        "status": "active",
        "to": "Practitioner/heart",
    }


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b'{"code": {"coding": [null, {"code": 3}, {"display": "Heart"}]}}', {"asked for": "Heart"}),
        (b'{"category": [{"coding": [{"code": "REF"}]}]}', {"asked for": "REF"}),
        (b'{"category": {"text": "Referral"}, "reasonCode": {"text": "x"}}', {"asked for": "Referral", "why": "x"}),
        (b'{"requester": [{"display": "Dr. Lee"}], "performer": {"display": "Us"}}', {"from": "Dr. Lee", "to": "Us"}),
        (b'{"requester": {"identifier": {"value": "1245319599"}}}', {"from": "1245319599"}),
        (b'{"requester": "Dr. Lee", "authoredOn": 5, "code": 7, "status": null}', {}),
        (b'{"status": "' + b"x" * 500 + b'"}', {"status": "x" * MOST}),
        (b'{"status": "active", "extension":' + b"[" * 5000 + b"]" * 5000 + b"}", {}),
        (b"[]", {}),
        (b"\xff", {}),
        (b"", {}),
    ],
)
def test_whatever_else_stands_there_is_passed_over(raw: bytes, shown: dict[str, str]) -> None:
    assert legible(raw) == shown
