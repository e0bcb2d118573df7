"""Sign-ins under way in this browser: in its cookie, signed, so that an answer opens only what was asked here.

They hold nothing of a patient. Several may be under way at once, in as many tabs; each comes back once.
"""

from __future__ import annotations

from typing import Any

from flask import session

from loopclose.flows.openid.coming import Begun

KEPT, MOST = "begun", 4
"""The newest of them: the cookie has its limits."""


def keep(begun: Begun) -> None:
    """Remember it until it comes back."""
    session[KEPT] = [*_kept(), begun.as_list()][-MOST:]


def is_under_way(state: str | None, door: str) -> bool:
    """Whether that is a sign-in by that door, begun in this browser."""
    return any(one[0] == state and Begun.from_list(one).door == door for one in _kept())


def take(state: str | None) -> Begun | None:
    """The one whose answer this is, once; None where it was not begun in this browser."""
    kept = _kept()
    found = next((one for one in kept if one[0] == state), None)
    if found is None:
        return None
    session[KEPT] = [one for one in kept if one is not found]
    return Begun.from_list(found)


def _kept() -> list[list[Any]]:
    found: list[list[Any]] = session.get(KEPT, [])
    return found
