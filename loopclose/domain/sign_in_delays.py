"""How long somebody waits after wrong tries to sign in: longer with each, and never for ever.

Slowing down, not locking out (NIST SP 800-63B-4, 3.2.2; OWASP on authentication): a lock would let anybody keep a
colleague out. Who got in from an address before waits for the own mistakes there alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """So many wrong tries within that time cost nothing; each further one doubles the wait."""

    free: int
    within: timedelta


BY_BOTH = Limit(5, timedelta(days=1))
"""One account from one address: somebody's own mistakes, or somebody who guesses one password after another."""
BY_ACCOUNT = Limit(20, timedelta(hours=1))
"""One account from many addresses: a guess shared out. One address alone, slowed down, makes fewer an hour."""
BY_ADDRESS = Limit(100, timedelta(hours=1))
"""Many accounts from one address: a whole practice stands behind one, so this is far more than its mistakes."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
NONE = timedelta(0)


@dataclass(frozen=True)
class Failures:
    """Wrong tries within a limit's time."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True)
class Past:
    """What went before a try: wrong ones of this account from this address, of it from anywhere, of any from here."""

    by_both: Failures = Failures()
    by_account: Failures = Failures()
    by_address: Failures = Failures()
    known_here: bool = False
    """Whether this account got in from this address lately."""


def wait(past: Past, now: datetime) -> timedelta:
    """How long until the next try is looked at; nothing where it is looked at now."""
    asked = [(past.by_both, BY_BOTH)]
    if not past.known_here:
        asked += [(past.by_account, BY_ACCOUNT), (past.by_address, BY_ADDRESS)]
    return max(_left(failures, limit, now) for failures, limit in asked)


def _left(failures: Failures, limit: Limit, now: datetime) -> timedelta:
    beyond = failures.count - limit.free
    if beyond < 0 or failures.last is None:
        return NONE
    delay = LONGEST if beyond > 10 else min(LONGEST, FIRST * 2**beyond)
    return max(NONE, failures.last + delay - now)
