"""What an answer warns of: a paper must not take it for whole, whatever the warning is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_adapters.outcome import read_outcome


@pytest.mark.parametrize(
    ("issue", "warned"),
    [
        ({"severity": "warning", "code": "processing", "details": {"coding": [{"code": "4119"}]}}, True),
        ({"severity": "warning", "code": "suppressed"}, True),
        ({"severity": "warning", "code": "informational"}, True),
        ({"severity": "error", "code": "exception"}, True),
        ({"severity": "information", "code": "suppressed"}, True),
        ({"severity": "information", "code": "informational"}, False),
        ({"severity": "warning", "code": "processing", "details": {"coding": [{"code": "4101"}]}}, False),
        ({"severity": "warning", "code": 5}, True),
    ],
)
def test_a_warning_is_heard_unless_it_is_known_to_be_harmless(issue: dict[str, Any], warned: bool) -> None:
    said = read_outcome(json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode())
    assert said.warned is warned


def test_words_that_stand_in_a_coding_alone_are_read() -> None:
    issue = {"severity": "warning", "code": "processing", "details": {"coding": [{"display": "May not be whole."}]}}
    assert read_outcome(json.dumps({"issue": [issue]}).encode()).words == "May not be whole."
