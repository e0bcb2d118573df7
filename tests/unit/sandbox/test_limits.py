"""A minute of the clock has so many requests in it, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import requests

from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from tests.unit.sandbox.http import get


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 15, 0, 50, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def test_what_is_over_the_limit_waits_for_the_next_full_minute() -> None:
    clock = Clock()
    with SandboxServer(Store([]), vendor="ecw", strict=True, limit=MinuteLimit(3, clock)) as server:
        assert [get(server, path).status for path in ("metadata", "Patient/x", "Encounter?patient=x")] == [
            200,
            404,
            200,
        ]
        refused = get(server, "metadata")
        assert refused.status == 429 and "Retry-After" not in refused.headers
        assert refused.json["issue"][0]["code"] == "throttled"
        clock.time += timedelta(seconds=9)
        assert get(server, "metadata").status == 429
        clock.time += timedelta(seconds=1)
        assert get(server, "metadata").status == 200


def test_a_search_by_form_and_a_create_count_as_well() -> None:
    with SandboxServer(Store([]), limit=MinuteLimit(2, Clock())) as server:
        form = requests.post(f"{server.base_url}/Patient/_search", data={"_id": "x"}, timeout=10)
        made = requests.post(f"{server.base_url}/Patient", json={"resourceType": "Patient"}, timeout=10)
        assert (form.status_code, made.status_code) == (200, 201)
        assert requests.post(f"{server.base_url}/Patient", json={}, timeout=10).status_code == 429


def test_ecw_answers_250_requests_a_minute_and_others_any_number() -> None:
    with SandboxServer(Store([]), vendor="ecw", strict=True) as ecw:
        assert ecw.limit.most == 250
    for vendor, strict in (("ecw", False), ("athena", True), (None, True)):
        with SandboxServer(Store([]), vendor=vendor, strict=strict) as server:
            assert server.limit.most is None
