"""Rows of the table of moves: to hold a report by hand, and to release one that is held."""

from __future__ import annotations

from datetime import datetime

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.domain.commands import Hold, Release
from loopclose.domain.holds import BY_HAND, OF_PART2, PART2, RELEASES
from loopclose.domain.move import Field, Move
from loopclose.domain.situation import Actor, Situation


def _something_holds(situation: Situation, actor: Actor, now: datetime) -> str | None:
    """It is on hold, and whom it goes to is known: a release is for one recipient."""
    if situation.state != "held" and not situation.holds:
        return "Nothing holds it."
    if not situation.recipient:
        return "It is released for one recipient, and nobody knows for sure who that is: say first who asked."
    return None


def _ground(situation: Situation, actor: Actor, command: Hold, now: datetime) -> str | None:
    if command.code not in BY_HAND:
        return f"Why is it held? One of {', '.join(BY_HAND)} is expected."
    if command.code == "other" and not command.note.strip():
        return "Give the other reason in words."
    return None


def _reason(situation: Situation, actor: Actor, command: Release, now: datetime) -> str | None:
    """A code and words; what falls under Part 2 needs more than treatment."""
    if command.code not in RELEASES:
        return f"Why is it released? One of {', '.join(RELEASES)} is expected."
    if any(one.code == PART2 for one in situation.holds) and command.code not in OF_PART2:
        expected = ", ".join(code for code in RELEASES if code in OF_PART2)
        return f"It falls under 42 CFR Part 2: it is released by one of {expected} alone."
    if not command.note.strip():
        return "Say in words what the release rests on: who reads it later has nothing else."
    return None


HOLD_MOVES = (
    Move(
        "hold",
        "Put a report on hold: it is neither signed nor sent before it is released.",
        "put it on hold",
        Hold,
        frozenset({"report"}),
        NOT_YET_SENT - {"held"},
        "Only a report that was not sent yet, and is not on hold, can be put on hold.",
        "Put it on hold",
        "It must not go out",
        (
            Field("code", "Why", "code", choices=BY_HAND),
            Field("note", "In words", required=False, help="In words; needed for the code other."),
        ),
        check=_ground,
        becomes=lambda *_: "held",
    ),
    Move(
        "release",
        "Release a report that is on hold, for its recipient: it goes back to where it stood.",
        "released it",
        Release,
        frozenset({"report"}),
        NOT_YET_SENT,
        "Only a report that was not sent yet can be released.",
        "Release it for this recipient",
        "Release it",
        (
            Field("code", "Why", "code", choices=RELEASES),
            Field("note", "What that rests on, in words", help="What that rests on, in words."),
        ),
        bars=_something_holds,
        check=_reason,
        becomes=lambda situation, *_: situation.released_to if situation.state == "held" else None,
        kept="Released.",
    ),
)
