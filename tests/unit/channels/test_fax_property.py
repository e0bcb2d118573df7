"""Whatever a gateway does: no fax goes twice without a proof or a person, and a channel never tries by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopclose.outbound.channels.channel import Fate, Parcel
from loopclose.outbound.channels.fax import FaxChannel
from loopclose.outbound.mail import SendError
from loopclose.sandbox.fax_exchange import ENDS, Exchange, Turn
from loopclose.sandbox.fax_gateway import FaxGateway
from tests.unit.channels.gateways import BOTH, Made, gateway
from tests.unit.channels.parcels import parcel

EXAMPLES = int(os.environ.get("EXAMPLES", "12"))
TRIES = 4
ANSWERS = ("ok", "limited", "broken", "garbled", "empty", "nameless", "silent", "cut")
HONEST = st.builds(
    Turn,
    answer=st.sampled_from(ANSWERS),
    takes=st.sampled_from([None, True]),
    ends=st.sampled_from(sorted(ENDS)),
    listed_after=st.sampled_from([0, 0, 1, 99]),
).filter(lambda turn: not (turn.answer == "limited" and turn.is_taken))
LYING = st.builds(
    Turn,
    answer=st.sampled_from([*ANSWERS, "refused"]),
    takes=st.sampled_from([None, True, False]),
    ends=st.sampled_from(sorted(ENDS)),
    lies=st.booleans(),
    listed_after=st.sampled_from([0, 1, 99]),
)
QUESTIONS = st.lists(st.sampled_from(["ok", "ok", "broken", "garbled", "limited", "silent"]), max_size=4)


@pytest.fixture(scope="module")
def there() -> Iterator[FaxGateway]:
    with gateway() as running:
        yield running


@dataclass
class Course:
    """What was done with one letter by somebody who believes the channel's words, and nothing else."""

    handed_over: int = 0
    person: bool = False


def course(channel: FaxChannel, one: Parcel, *, counts: bool) -> Course:
    """Another try only after a clear no, or a fate that says that it failed or was never taken; else a person.

    ``counts``: the channel is told which try it is.
    """
    done = Course()
    for _ in range(TRIES):
        fate: Fate | None = None
        done.handed_over += 1
        one = replace(one, attempt=done.handed_over if counts else None)
        try:
            taken = channel.send(one)
            fate = asked(channel, replace(one, remote=taken.remote))
        except SendError as problem:
            if problem.final:
                done.person = True
                return done
            if not problem.unknown:
                continue
            fate = asked(channel, one)
        if fate is None or fate.state not in ("failed", "absent") or (fate.state == "failed" and fate.final):
            done.person = fate is None or fate.state not in ("transmitted", "received")
            return done
    return done


def asked(channel: FaxChannel, one: Parcel) -> Fate | None:
    for _ in range(TRIES):
        try:
            return channel.look_up(one)
        except SendError as problem:
            assert not problem.unknown, "a question takes nothing"
    return None


@pytest.mark.parametrize("made", BOTH, ids=["srfax", "documo"])
@given(script=st.lists(HONEST, min_size=1, max_size=TRIES), questions=QUESTIONS, counts=st.booleans(),
       current=st.booleans())  # fmt: skip
@settings(max_examples=EXAMPLES, deadline=None)
def test_behind_a_gateway_that_does_not_lie_a_letter_arrives_once_at_most(
    there: FaxGateway, made: Made, script: Sequence[Turn], questions: Sequence[str], counts: bool, current: bool
) -> None:
    """``current``: its listing lags never, and the practice has it in writing, so that it is proof of absence."""
    turns = [replace(turn, listed_after=0) if current else turn for turn in script]
    there.exchange = Exchange(turns, [*questions])
    channel = made(there.address, listing_minutes=30 if current else None)
    done = course(channel, parcel(channel, minutes_ago=60), counts=counts)
    assert there.exchange.orders == done.handed_over
    assert len(there.exchange.received) <= 1
    if not there.exchange.received and done.handed_over < TRIES:
        assert done.person, "nothing arrived, and nobody was told"


@pytest.mark.parametrize("made", BOTH, ids=["srfax", "documo"])
@given(script=st.lists(LYING, min_size=1, max_size=TRIES), questions=QUESTIONS, counts=st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_behind_a_liar_no_more_arrive_than_were_handed_over(
    there: FaxGateway, made: Made, script: Sequence[Turn], questions: Sequence[str], counts: bool
) -> None:
    there.exchange = Exchange([*script], [*questions])
    channel = made(there.address, listing_minutes=30)
    done = course(channel, parcel(channel, minutes_ago=60), counts=counts)
    assert there.exchange.orders == done.handed_over
    assert len(there.exchange.received) <= done.handed_over
