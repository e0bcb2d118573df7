"""How many wrong codes the confirmation page looks at before it asks to wait: of one network, and of all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from loopclose.web.confirmation.gate import OF_ONE, OVER_ALL, Gate

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def test_from_many_networks_only_so_many_are_looked_at_and_no_more_networks_are_kept() -> None:
    gate = Gate()
    asked = [gate.is_too_many(f"198.51.{no // 250}.{no % 250}", NOW) for no in range(10_000)]
    assert not any(asked[:OVER_ALL]) and all(asked[OVER_ALL:])
    assert len(gate._wrong) <= OVER_ALL, "a flood fills no memory"
    assert not gate.is_too_many("203.0.113.7", NOW + timedelta(minutes=1)), "a minute later it is over"


def test_one_network_that_guesses_makes_no_other_wait() -> None:
    gate = Gate()
    asked = [gate.is_too_many("198.51.100.1", NOW) for _ in range(OF_ONE + 1)]
    assert asked == [False] * OF_ONE + [True]
    assert not gate.is_too_many("203.0.113.7", NOW)
