"""What is next of something owed, as its page says it: the step, whose it is, and how it is done. One truth at a time.

Where Loopclose goes on by itself it is nobody's step, and where nothing can leave the page does not say that it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loopclose.domain.delivering import CANCELLED
from loopclose.domain.letter_waits import UNDERWAY, UNKNOWN, USABLE
from loopclose.flows.delivery.on_its_way import OnItsWay
from loopclose.store.people import User
from loopclose.store.worklist_item import Item
from loopclose.web.words import follows_up, how_next, whose_step

BY_HAND = "No way of sending is set up: send it from the EHR or by hand, and say so here."
LEAVES = "Nothing: it leaves by itself within a minute or two"
IF_NOT = "If it is still here then, press Send under On its way."
KEPT_BACK = "Settle what keeps it back"


@dataclass(frozen=True)
class Step:
    """The next step; ``what`` is None once it is closed."""

    what: str | None
    whose: str
    """A sentence; empty where it is nobody's."""
    how: str


def step_of(item: Item, way: OnItsWay | None, automatic: bool, names: Mapping[str, str], me: User) -> Step:
    """``way``: of its letter, where there is one; ``automatic``: whether signed letters leave by themselves."""
    owed, what = item.obligation, item.next_step
    how = how_next(owed.kind, owed.state, owed.guessed, item.letter)
    whose = whose_step(owed.owner, names, me)
    if what is None:
        return Step(None, "", "")
    if (owed.kind, owed.state) == ("report", "sent"):
        return Step(what, follows_up(owed.owner, names, me), how)
    if item.letter == UNDERWAY:
        return Step(what, "", how)
    if item.letter in (None, UNKNOWN) or way is None:
        return Step(what, whose, how)
    if not way.has_ways:
        return Step("Send the report", whose, BY_HAND)
    if way.hindrance is not None:
        return Step(KEPT_BACK, whose, way.hindrance)
    if item.letter == USABLE and automatic and not any(one.row.state == CANCELLED for one in way.parcels):
        return Step(LEAVES, "", IF_NOT)
    return Step(what, whose, how)
