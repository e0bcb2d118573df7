"""An export is never asked for before the EHR wants to be asked, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_adapters.auth import NoAuth
from fhir_adapters.bulk.problems import Expired, NotYet, Ruined
from fhir_adapters.bulk.status import Manifest, Wait, ask_status
from fhir_adapters.bulk.waiting import FAILURES, FIRST, LEAST, LONGEST, Waiting
from fhir_adapters.errors import Failed
from fhir_adapters.wire import Wire
from tests.unit.fhir_adapters.bulk.server import Answer, served

DONE = Manifest(None, False, (), (), ())
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class Clocked:
    """An EHR that answers ``waits`` one after another and then is done, and a clock that moves by waiting alone."""

    def __init__(self, waits: list[Wait]) -> None:
        self.waits, self.now, self.too_early, self.asked_at = list(waits), 0.0, 0, list[float]()
        self.not_before = 0.0

    def ask(self) -> Manifest | Wait:
        self.asked_at.append(self.now)
        self.too_early += self.now < self.not_before - 1e-6
        if not self.waits:
            return DONE
        one = self.waits.pop(0)
        self.not_before = self.now + (one.seconds or 0)
        return one

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def waiting(self) -> Waiting:
        return Waiting(self.ask, self.pause, lambda _wait, _words: None)


@given(st.lists(st.none() | st.floats(0, 5000, allow_nan=False), max_size=20), st.floats(0, 4000), st.floats(0, 20_000))
def test_never_before_retry_after_and_never_longer_than_allowed(
    told: list[float | None], first: float, at_most: float
) -> None:
    ehr = Clocked([Wait(seconds) for seconds in told])
    ehr.not_before = first
    try:
        assert ehr.waiting().until_done(first, at_most) is DONE
    except NotYet as problem:
        assert problem.wait is not None and ehr.now + problem.wait > at_most
    assert ehr.too_early == 0 and ehr.now <= at_most + 1e-6
    gaps = [later - earlier for earlier, later in pairwise(ehr.asked_at)]
    assert all(gap >= LEAST - 1e-6 for gap in gaps)


def test_where_the_ehr_says_nothing_the_pauses_grow() -> None:
    ehr = Clocked([Wait(None)] * 12)
    ehr.waiting().until_done(0, 10_000)
    gaps = [later - earlier for earlier, later in pairwise(ehr.asked_at)]
    assert gaps[:3] == [FIRST, 2 * FIRST, 4 * FIRST] and max(gaps) == LONGEST


def test_failures_in_a_row_end_it_and_one_between_answers_does_not() -> None:
    failed = Wait(None, problem=Failed("The EHR failed (502)."))
    with pytest.raises(Failed, match="502"):
        Clocked([failed] * FAILURES).waiting().until_done(0, 1e6)
    assert Clocked([failed, Wait(1), failed, failed, Wait(1)] * 3).waiting().until_done(0, 1e6) is DONE


@pytest.mark.parametrize(
    ("answer", "seconds", "words"),
    [
        ((202, b"", {"Retry-After": "120"}), 120, ""),
        ((202, b"", {"Retry-After": "120", "Status": "In Progress"}), 120, "In Progress"),  # ModMed
        ((202, b"", {"X-Progress": "50 % of Encounter", "Retry-After": "soon"}), None, "50 % of Encounter"),
        ((200, b"", {"Status": "In Progress", "Retry-After": "120"}), 120, "In Progress"),
        ((429, b"{}", {"Retry-After": "300"}), 300, ""),
        ((503, b"{}", {"Retry-After": "7"}), 7, ""),
        ((500, b"{}", {}), None, ""),
        ((202, b"", {"Retry-After": format_datetime(NOW + timedelta(hours=1), True),
                     "Date": format_datetime(NOW, True)}), 3600, ""),
    ],
)  # fmt: skip
def test_what_an_answer_says_of_the_wait(answer: Answer, seconds: float | None, words: str) -> None:
    with served(lambda _: answer) as server:
        found = ask_status(Wire(server.origin, NoAuth()), f"{server.origin}/status")
    assert isinstance(found, Wait) and (found.seconds, found.words) == (seconds, words)
    assert (found.problem is None) == (answer[0] in (200, 202))


def test_an_http_date_without_a_date_of_the_servers_own_is_measured_by_our_clock() -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    with served(lambda _: (202, b"", {"Retry-After": format_datetime(at, True), "Date": ""})) as server:
        found = ask_status(Wire(server.origin, NoAuth()), f"{server.origin}/status")
    assert isinstance(found, Wait) and found.seconds is not None and 60 < found.seconds <= 90


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (404, b"", Expired, "forgot its export"),
        (410, b"", Expired, "forgot its export"),
        (400, b'{"issue":[{"code":"invalid","diagnostics":"no disk"}]}', Ruined, "no disk"),
        (500, b'{"issue":[{"code":"not-supported","diagnostics":"never"}]}', Ruined, "never"),
        (200, b"{}", Ruined, "without a list of files"),  # HAPI's Patient/$export, which failed
        (200, b"[]", Ruined, "without a list of files"),
        (200, b"<html>", Ruined, "no JSON"),
        (200, b'{"output":[{"type":"Encounter"}]}', Ruined, "without an address"),
        (200, b'{"output":[],"link":[{"relation":"next","url":"x"}]}', Ruined, "in parts"),
    ],
)
def test_an_export_that_came_to_nothing_says_why(status: int, body: bytes, error: type[Exception], words: str) -> None:
    with served(lambda _: (status, body, {})) as server, pytest.raises(error, match=words):
        ask_status(Wire(server.origin, NoAuth()), f"{server.origin}/status")
