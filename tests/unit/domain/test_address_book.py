"""Which address may be used, in which order and from when; and what can be an address at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopclose.domain.address_book import (
    NO_CHANNEL,
    NOT_CHECKED,
    UNUSED_LONG,
    Entry,
    checked,
    not_before,
    usable,
    why_not,
)
from loopclose.domain.addresses import BadAddress

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BOSTON = ZoneInfo("America/New_York")
GOOD = Entry("a1", "npi:1234567893", "fax", "+16175550142", checked_at=NOW - timedelta(days=3), checked_by="cora")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"checked_at": None}, NOT_CHECKED),
        ({"channel": "direct"}, NO_CHANNEL),
        ({"closed_at": NOW, "closed_because": "They moved."}, "This address is closed: They moved."),
        ({"checked_at": NOW - timedelta(days=366)}, UNUSED_LONG),
        ({"checked_at": NOW - timedelta(days=999), "used_at": NOW - timedelta(days=364)}, None),
        ({"checked_at": NOW - timedelta(days=999), "used_at": NOW - timedelta(days=366)}, UNUSED_LONG),
        ({"checked_at": NOW - timedelta(days=1), "used_at": NOW - timedelta(days=999)}, None),
    ],
)
def test_why_an_address_may_not_be_used(change: dict[str, object], why: str | None) -> None:
    assert why_not(replace(GOOD, **change), NOW, {"fax"}) == why  # type: ignore[arg-type]


def test_the_preferred_comes_first_and_then_the_channel_that_proves_most() -> None:
    other = [
        replace(GOOD, id=f"b{no}", channel=channel, rank=rank)
        for no, (channel, rank) in enumerate([("print", 2), ("direct", 2), ("fax", 1), ("fax", 2)])
    ]
    closed = replace(GOOD, id="c", rank=1, closed_at=NOW)
    found = usable([*other, closed], NOW, {"fax", "print", "direct"})
    assert [(one.rank, one.channel) for one in found] == [(1, "fax"), (2, "direct"), (2, "fax"), (2, "print")]


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        ((time(22), time(7)), "23:30", "07:00 next"),
        ((time(22), time(7)), "06:59", "07:00"),
        ((time(22), time(7)), "07:00", "now"),
        ((time(12), time(13)), "12:30", "13:00"),
        ((time(12), time(13)), "13:00", "now"),
        ((None, None), "03:00", "now"),
        ((time(8), time(8)), "08:00", "now"),
    ],
)
def test_what_can_wait_waits_for_the_end_of_quiet_hours(quiet: tuple[time, time], at: str, until: str) -> None:
    entry = replace(GOOD, quiet_from=quiet[0], quiet_until=quiet[1])
    now = datetime.combine(NOW.date(), time.fromisoformat(at), tzinfo=BOSTON).astimezone(UTC)
    found = not_before(entry, now, BOSTON, is_urgent=False).astimezone(BOSTON)
    word, _, following = until.partition(" ")
    wanted = now if word == "now" else datetime.combine(NOW.date(), time.fromisoformat(word), tzinfo=BOSTON)
    assert found == wanted + timedelta(days=1 if following else 0)
    assert not_before(entry, now, BOSTON, is_urgent=True) == now


@pytest.mark.parametrize(
    ("channel", "text", "kept"),
    [
        ("direct", " Lee@Direct.Example.ORG ", "lee@direct.example.org"),
        ("fax", "(617) 555-0142", "+16175550142"),
        ("fax", "1-617-555-0142", "+16175550142"),
        ("fax", "+44 20 7946 0000", "+442079460000"),
        ("print", "front-desk", "front-desk"),
        ("fhir", "Practitioner/7", "Practitioner/7"),
    ],
)
def test_an_address_is_kept_in_one_way_of_writing(channel: str, text: str, kept: str) -> None:
    assert checked(channel, text) == kept


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("direct", "lee"),
        ("direct", "lee@direct.example.org\nBcc: x@y.example"),
        ("fax", "911"),
        ("fax", "555-0199"),
        ("fax", "(117) 555-0142"),
        ("fax", "617-555-0142 ext. 5"),
        ("fax", "٦١٧٥٥٥٠١٤٢"),
        ("print", "../etc/passwd"),
        ("print", ""),
        ("fhir", "https://elsewhere.example/Practitioner/7"),
    ],
)
def test_what_no_channel_could_send_to_is_refused_in_a_sentence(channel: str, text: str) -> None:
    with pytest.raises(BadAddress) as refused:
        checked(channel, text)
    assert str(refused.value).endswith(".") and (not text or text not in str(refused.value))


@given(text=st.text(max_size=40), channel=st.sampled_from(["direct", "mail", "fax", "print", "fhir"]))
def test_whatever_is_kept_is_printable_and_kept_the_same_again(text: str, channel: str) -> None:
    try:
        kept = checked(channel, text)
    except BadAddress:
        return
    assert kept.isprintable() and checked(channel, kept) == kept
