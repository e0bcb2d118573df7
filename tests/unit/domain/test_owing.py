"""What is shown of a code that no map knows."""

from __future__ import annotations

from typing import Any

from tests.spec.cast import referral
from tests.unit.domain.test_case import judged, met


def shown(code: dict[str, Any] | None) -> list[str]:
    """How the unmapped code of a request is shown."""
    found = judged(met(basedOn=[]), service_requests=(referral(code=code),))
    return [one.code for one in found.unmapped]


def test_an_unmapped_request_is_shown_by_its_first_code_and_its_first_words() -> None:
    codings = [
        {"system": "urn:s"},
        {"system": "urn:s", "code": "z1", "display": "Zeta"},
        {"system": "urn:s", "code": "z2", "display": "Eta"},
    ]
    assert shown({"coding": codings}) == ["urn:s|z1 Zeta"]
    assert shown({"coding": codings, "text": "Theta"}) == ["urn:s|z1 Theta"]
    assert shown({"text": "Theta"}) == ["Theta"]
    assert shown(None) == ["(none)"]
