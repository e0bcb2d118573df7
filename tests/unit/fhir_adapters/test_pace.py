"""No more is asked in a minute than a server bears, and nobody asks while it wants rest."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import TemporaryError
from fhir_adapters.pace import MINUTE, Pace, until_next_minute
from fhir_adapters.vendors import named
from tests.unit.fhir_adapters.scripted import Answer, bundle, capabilities, encounter, ok, refused, scripted


class Clock:
    """A time that passes when somebody waits."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


@given(limit=st.integers(1, 20), steps=st.lists(st.floats(0, 30), min_size=1, max_size=120), start=st.floats(0, 1e6))
def test_no_minute_holds_more_than_the_limit(limit: int, steps: list[float], start: float) -> None:
    clock = Clock(start)
    pace, made = Pace(limit, clock), dict[int, int]()
    for step in steps:
        clock.pause(step)
        clock.pause(pace.turn())
        minute = int(round(clock.now, 6) // MINUTE)
        made[minute] = made.get(minute, 0) + 1
    assert max(made.values()) <= limit


def test_without_a_limit_nobody_waits() -> None:
    pace = Pace(now=Clock())
    assert [pace.turn() for _ in range(1000)] == [0.0] * 1000


def test_while_the_server_rests_everybody_waits() -> None:
    clock = Clock(100)
    pace = Pace(now=clock)
    pace.rest(7)
    pace.rest(3)
    assert [pace.turn(), pace.turn()] == [7, 7]
    clock.pause(7)
    assert pace.turn() == 0


@pytest.mark.parametrize(("second", "wait"), [(0, 61), (59, 2), (30, 31)])
def test_a_minute_ends_by_the_servers_clock(second: int, wait: int) -> None:
    assert until_next_minute(1_764_082_800 + second) == wait


def test_a_server_that_counts_by_the_minute_and_says_nothing_is_waited_for() -> None:
    clock, counted = Clock(1000), list[float]()

    def answer(_: str) -> Answer:
        minute = clock.now // MINUTE
        counted.append(minute)
        status, body, _headers = refused(429, "throttled") if counted.count(minute) > 3 else ok(bundle(encounter("e1")))
        return status, body, {"Date": formatdate(clock.now, usegmt=True)}

    with scripted(answer) as (script, client):
        script.statement = capabilities("Encounter")
        client._wire.pace, client._wire.pause = Pace(now=clock), clock.pause
        for _ in range(10):
            assert [one.id for page in client.search("Encounter", ()) for one in page.entries] == ["e1"]
        assert max(map(counted.count, counted)) == 4  # one asked too often, then nobody until the next minute


def test_a_limit_that_is_known_is_not_tried() -> None:
    clock, counted = Clock(1000), list[float]()

    def answer(_: str) -> Answer:
        counted.append(clock.now // MINUTE)
        return ok(bundle(encounter("e1")))

    with scripted(answer) as (_, client):
        _ = client.vendor
        client._wire.pace, client._wire.pause = Pace(3, clock), clock.pause
        for _ in range(10):
            [*client.search("Encounter", ())]
        assert max(map(counted.count, counted)) == 3


def test_the_limit_is_the_configured_one_else_the_vendors() -> None:
    with scripted(lambda _: ok(bundle())) as (script, client):
        script.statement["software"] = {"name": "eCW FHIR Facade"}
        assert client._wire.pace.per_minute is None
        assert client.vendor.name == "ecw" and client._wire.pace.per_minute == 240
    for own, vendor, expected in ((7, "ecw", 7), (None, "ecw", 240), (7, "hapi", 7), (None, "hapi", None)):
        with FhirClient("http://127.0.0.1:9/fhir", pace=Pace(own), vendor=named(vendor)) as known:
            assert known._wire.pace.per_minute == expected


def test_a_server_that_never_has_enough_rest_is_given_up() -> None:
    clock = Clock(1000)
    with scripted(lambda _: refused(429, "throttled")) as (script, client):
        client._wire.pace, client._wire.pause = Pace(now=clock), clock.pause
        with pytest.raises(TemporaryError, match="overloaded"):
            [*client.search("Encounter", ())]
        assert len(script.asked) == 4
