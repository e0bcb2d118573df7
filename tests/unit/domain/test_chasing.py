"""What is said to somebody who asks where a report is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loopclose.domain.channels import CHANNELS
from loopclose.domain.chasing import BY, OF_STATE, STATUSES, Leg, answer, asked_for
from loopclose.domain.codes import REPORT_STATES
from loopclose.domain.delivering import STATES

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
THEN = NOW - timedelta(days=1)


def leg(state: str, channel: str = "fax") -> Leg:
    received = NOW if state == "received" else None
    return Leg(
        channel, "Dr. Lee", "+16175550142", state, THEN, THEN if state in ("sent", "received") else None, received
    )


def said(state: str, way: Leg | None = None, interim: Leg | None = None) -> str:
    return answer(state, THEN, THEN if state in ("sent", "confirmed") else None, way, NOW, ZONE, interim)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (said("owed"), "Not written yet: open since Mon 23 Nov at 10:00."),
        (said("drafted"), "Waiting for signature since Mon 23 Nov at 10:00."),
        (said("held"), "On hold since Mon 23 Nov at 10:00: somebody must release it first."),
        (said("signed"), "Signed since Mon 23 Nov at 10:00, and not sent yet."),
        (said("signed", leg("underway")), "On its way by fax to Dr. Lee at +16175550142 since Mon 23 Nov at 10:00."),
        (
            said("sent", leg("sent", "direct")),
            "Sent by Direct message to Dr. Lee at +16175550142 on Mon 23 Nov at 10:00, and not confirmed yet.",
        ),
        (
            said("confirmed", leg("received")),
            "Sent by fax to Dr. Lee at +16175550142 on Mon 23 Nov at 10:00, received on Tue 24 Nov at 10:00.",
        ),
        (
            said("signed", leg("failed")),
            "It did not arrive by fax to Dr. Lee at +16175550142: another way has to be found.",
        ),
        (said("sent"), "Sent on Mon 23 Nov at 10:00, outside Loopclose; not confirmed yet."),
        (said("confirmed"), "Sent on Mon 23 Nov at 10:00, outside Loopclose; it arrived."),
        (
            said("drafted", interim=leg("sent")),
            "Waiting for signature since Mon 23 Nov at 10:00. The interim report, which does not replace it: sent by "
            "fax to Dr. Lee at +16175550142 on Mon 23 Nov at 10:00, and not confirmed yet.",
        ),
        (
            said("owed", interim=leg("failed")),
            "Not written yet: open since Mon 23 Nov at 10:00. The interim report, which does not replace it: it did "
            "not arrive by fax to Dr. Lee at +16175550142: another way has to be found.",
        ),
        (said("drafted", interim=leg("recalled")), "Waiting for signature since Mon 23 Nov at 10:00."),
        (said("signed", interim=leg("sent")), "Signed since Mon 23 Nov at 10:00, and not sent yet."),
    ],
)
def test_it_is_said_where_the_report_stands(words: str, told: str) -> None:
    assert words == told


def test_nothing_is_said_to_have_arrived_that_did_not() -> None:
    for state in STATES:
        for channel in CHANNELS:
            words = said("sent", leg(state, channel))
            assert ("received on" in words) == (state == "received"), words


def test_every_channel_and_every_state_has_its_words() -> None:
    assert BY.keys() == CHANNELS.keys()
    assert OF_STATE.keys() == set(REPORT_STATES) - {"waived"}
    assert set(OF_STATE.values()) < STATUSES.keys()


def test_how_often_it_was_asked_for() -> None:
    assert [asked_for(times) for times in range(4)] == ["", "asked for once", "asked for twice", "asked for 3 times"]
