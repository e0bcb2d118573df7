"""What a practice is unless its configuration says otherwise."""

from __future__ import annotations

from tests.spec.cast import PRACTICE


def test_a_practice_is_none_of_42_cfr_part_2_unless_it_says_so() -> None:
    assert not PRACTICE.part2 and PRACTICE.part2_clinicians == frozenset()
