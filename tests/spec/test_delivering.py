"""What follows a try to hand a letter over: each row a channel, the how many-th try, and how it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.channels import CHANNELS
from loopclose.domain.delivering import (
    FAILED,
    PAUSES,
    RECEIVED,
    SENT,
    STATES,
    UNSURE,
    URGENT_PAUSES,
    WAITING,
    Try,
    after_death,
    after_try,
    is_news,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TITLE = "What follows a try to hand a letter over"
TEXT = """
A letter that was signed is packed once, frozen, and handed to its channel; the same bytes go at each try. *Sent* says
that the channel took it (its transmission), never that it arrived. Where nobody knows whether it was taken, it is tried
again only where the channel drops the repeat; by fax, in print and into an EHR it is looked up, and else waits for a
person. After the last try, and after a refusal for good, the next address that may be used is tried, and then the
report is the coordinator's; of an interim report it stays its author's. Trouble of the channel's own, such as a
password that is refused, gives no address up: it is tried as long as it takes. A letter that is urgent, or asks for
something by a day, comes to the next address within half an hour.
"""
COLUMNS = ["channel", "try", "ended", "becomes", "again after"]
ROWS = [
    ["direct", "1st", "taken", "sent", "-"],
    ["fax", "1st", "taken, tells later", "underway", "-"],
    ["direct", "1st", "put off", "waiting", "1 min"],
    ["direct", "2nd", "put off", "waiting", "5 min"],
    ["direct", "3rd", "put off", "waiting", "15 min"],
    ["direct", "4th", "put off", "waiting", "60 min"],
    ["direct", "5th", "put off", "waiting", "180 min"],
    ["direct", "6th", "put off", "failed", "-"],
    ["direct", "3rd, urgent", "put off", "waiting", "15 min"],
    ["direct", "4th, urgent", "put off", "failed", "-"],
    ["direct", "1st", "refused for good", "failed", "-"],
    ["direct", "1st", "nobody knows", "waiting", "1 min"],
    ["mail", "1st", "nobody knows", "waiting", "1 min"],
    ["fhir", "1st", "nobody knows", "unsure", "-"],
    ["fax", "1st", "nobody knows", "unsure", "-"],
    ["print", "1st", "nobody knows", "unsure", "-"],
    ["fax", "1st", "put off", "waiting", "1 min"],
    ["direct", "9th", "the channel itself is down", "waiting", "180 min"],
    ["direct", "4th, urgent", "the channel itself is down", "failed", "-"],
    ["direct", "1st", "the process died", "waiting", "at once"],
    ["fax", "1st", "the process died", "unsure", "-"],
]
ENDED = {
    "taken": Try(True),
    "taken, tells later": Try(True, is_sent=False),
    "put off": Try(False, error="Busy."),
    "refused for good": Try(False, error="No such mailbox.", final=True),
    "nobody knows": Try(False, error="No answer.", unknown=True),
    "the channel itself is down": Try(False, error="Password.", at_server=True),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ", ".join(row[:3]))
def test_a_try_ends_as_its_row_says(row: list[str]) -> None:
    channel, which, ended, becomes, again = row
    if ended == "the process died":
        assert after_death(channel) == becomes
        return
    number, _, urgent = which.partition(",")
    found = after_try(channel, int(number[:-2]), ENDED[ended], NOW, is_urgent=bool(urgent))
    assert found.state == becomes
    at = found.values.get("try_after")
    assert (f"{(at - NOW) // timedelta(minutes=1)} min" if at else "-") == again
    assert (found.values.get("error") is None) == ended.startswith("taken")


@given(
    channel=st.sampled_from(sorted(CHANNELS)),
    tries=st.integers(1, 50),
    tried=st.builds(Try, st.just(False), st.booleans(), st.just("x"), st.booleans(), st.booleans(), st.booleans()),
    urgent=st.booleans(),
)
def test_no_unknown_answer_is_tried_again_where_it_would_arrive_twice(
    channel: str, tries: int, tried: Try, urgent: bool
) -> None:
    found = after_try(channel, tries, tried, NOW, is_urgent=urgent)
    assert found.state in (WAITING, FAILED, UNSURE)
    if tried.unknown and not CHANNELS[channel].drops_repeats:
        assert found.state == UNSURE
    if found.state == WAITING:
        assert found.values["try_after"] > NOW
    if urgent and found.state == WAITING:
        assert found.values["try_after"] - NOW <= URGENT_PAUSES[-1] < PAUSES[-1]


@given(
    state=st.sampled_from(sorted(STATES)),
    heard=st.lists(st.sampled_from(["underway", "transmitted", "received", "failed"])),
)
def test_what_is_heard_late_or_twice_takes_no_receipt_back(state: str, heard: list[str]) -> None:
    """Whatever the order in which it is heard: what arrived stays arrived, and what was cancelled is not sent by it."""
    became = {"underway": "underway", "transmitted": SENT, "received": RECEIVED, "failed": FAILED}
    now = state
    for one in heard:
        if is_news(now, one):
            assert now != RECEIVED and now != "cancelled"
            assert not (now == FAILED and one != "received")
            now = became[one]
            assert not is_news(now, one), "the same once more is no news"
    if RECEIVED in (state, now):
        assert now == RECEIVED


def test_a_wrong_office_undoes_even_receipt_and_nothing_that_is_over() -> None:
    assert is_news(RECEIVED, "failed", is_elsewhere=True)
    assert not is_news(FAILED, "failed", is_elsewhere=True) and not is_news("cancelled", "failed", is_elsewhere=True)
