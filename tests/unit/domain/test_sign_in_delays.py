"""Wrong tries to sign in wait longer and longer; a person is not held up by what others did."""

from __future__ import annotations

from datetime import timedelta

from loopclose.domain.sign_in_delays import (
    BY_ACCOUNT,
    BY_ADDRESS,
    BY_BOTH,
    FIRST,
    LONGEST,
    NONE,
    Failures,
    Limit,
    Past,
    wait,
)
from tests.store.line import NOW


def after(count: int, passed: timedelta = NONE) -> timedelta:
    return wait(Past(by_both=Failures(count, NOW)), NOW + passed)


def test_the_wait_doubles_and_ends() -> None:
    assert [after(n) for n in range(BY_BOTH.free)] == [NONE] * BY_BOTH.free
    waits = [after(n) for n in range(BY_BOTH.free, BY_BOTH.free + 8)]
    assert waits == [min(LONGEST, FIRST * 2**n) for n in range(8)] and waits[-1] == LONGEST
    assert after(10_000) == LONGEST
    assert after(BY_BOTH.free, FIRST / 3) == FIRST * 2 / 3
    assert after(BY_BOTH.free, FIRST) == NONE == after(BY_BOTH.free, FIRST * 2)


def test_so_many_tries_are_free_and_so_long_is_the_wait() -> None:
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert (Limit(5, day), Limit(20, hour), Limit(100, hour)) == (BY_BOTH, BY_ACCOUNT, BY_ADDRESS)
    assert (timedelta(seconds=30), timedelta(minutes=15), timedelta(0)) == (FIRST, LONGEST, NONE)


def test_whoever_got_in_from_here_before_waits_for_the_own_mistakes_alone() -> None:
    others = Past(by_account=Failures(BY_ACCOUNT.free, NOW), by_address=Failures(10 * BY_ADDRESS.free, NOW))
    assert wait(others, NOW) == LONGEST
    known = Past(Failures(), others.by_account, others.by_address, known_here=True)
    assert wait(known, NOW) == NONE
    own = Past(Failures(BY_BOTH.free, NOW), others.by_account, others.by_address, known_here=True)
    assert wait(own, NOW) == FIRST


def test_one_address_alone_cannot_use_up_what_an_account_may_fail() -> None:
    """Guessing as fast as it may from one address, for a day: fewer an hour than would slow the account elsewhere."""
    tries, now = [], NOW
    while now < NOW + timedelta(hours=24):
        recent = [at for at in tries if at > now - BY_BOTH.within]
        left = wait(Past(by_both=Failures(len(recent), max(recent, default=None))), now)
        now += left
        tries.append(now)
    most = max(sum(at - BY_ACCOUNT.within < one <= at for one in tries) for at in tries)
    assert most < BY_ACCOUNT.free and len(tries) < 120
