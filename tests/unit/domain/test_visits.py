"""Whether an encounter is a visit of ours that happened."""

from __future__ import annotations

from typing import Any

from loopclose.domain.visits import admit_encounter
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local
from tests.unit.domain.test_case import R, met


def admitted(encounter: Any, now: str = "2026-11-28 07:00") -> str | None:
    """Why it is no visit, or None; the chart is not known yet."""
    return admit_encounter(encounter, PRACTICE, DIRECTORY, CODES, local(now)).code


def test_a_visit_left_open_has_happened_half_a_day_after_its_beginning() -> None:
    assert admitted(met(status="in-progress"), "2026-11-19 22:00") == "not_happened_yet"
    assert admitted(met(status="in-progress"), "2026-11-19 22:01") is None
    assert admitted(met(status="in-progress", period=None)) == "not_happened_yet"


def test_a_visit_of_nobody_is_ours_by_the_referral_that_it_names() -> None:
    nobody = fact("Encounter", "v", status="finished", **{"class": {"code": "AMB"}}, basedOn=[R])
    assert admitted(nobody) is None
    bare = fact("Encounter", "v", status="finished", **{"class": {"code": "AMB"}})
    assert admitted(bare) == "not_ours"
    for known, code in (({"ServiceRequest/r"}, None), (set[str](), "not_ours")):
        found = admit_encounter(nobody, PRACTICE, DIRECTORY, CODES, local("2026-11-28 07:00"), None, known)
        assert found.code == code
