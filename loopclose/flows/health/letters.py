"""Whether signed letters leave: what waits for somebody, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from loopclose.domain.dates import utc_words
from loopclose.domain.letter_waits import NO_ADDRESS, UNCHECKED, UNDELIVERED, UNKNOWN, USABLE
from loopclose.errors import DONE, UNSENT
from loopclose.flows.health.check import Check, Look
from loopclose.store import letter_waits, sent

LOOKED_BACK = timedelta(days=30)
"""How far back a copy or a correction that did not arrive is asked after."""
TO_DO = "say on the page Sent what became of them"
WAIT = {
    UNDELIVERED: ("that did not arrive anywhere", "find another address: see the page Sent", UNSENT),
    NO_ADDRESS: ("without an address", "add one: see the page Sent", DONE),
    UNCHECKED: ("whose address nobody checked lately", "check them: see the page Sent", DONE),
    USABLE: ("that do not leave by themselves", "send them: see the page Sent", DONE),
}
"""By what signed letters wait for: what is said of them, what to do, and the exit code."""


def letters(look: Look) -> Iterator[Check]:
    """No channel while signed reports wait; letters of which nobody knows; those that reached nobody; the oldest."""
    session, scope = look.session, look.scope
    signed = letter_waits.count_signed_here(session, scope)
    if signed and not look.ways and look.config.practice[scope.practice_id].rehearsal:
        yield Check("letters", "Letters", f"{_many(signed)} signed here: nothing leaves in a rehearsal")
        return
    if signed and not look.ways:
        says = f"{_many(signed)} signed here, and no way of sending is set up"
        yield Check(
            "letters", "Letters", says, "set one up (docs/delivery.md), or say that they went otherwise", UNSENT
        )
        return
    reports = letter_waits.waiting_for_a_person(session, scope, look.now)
    others = letter_waits.others_to_look_at(session, scope, look.now - LOOKED_BACK, look.now)
    unsure = [row.planned_at for row in others if row.state == "unsure"]
    if unsure:
        says = f"of {_many(len(unsure))} nobody knows whether it left, the oldest packed {utc_words(min(unsure))}"
        yield Check("letters unsure", "Letters", says, TO_DO, UNSENT)
    copies = [row.planned_at for row in others if row.state != "unsure"]
    if copies:
        oldest = f"the oldest packed {utc_words(min(copies))}"
        says = f"{_many(len(copies))}, copies, corrections, notices or interim reports, did not arrive, {oldest}"
        yield Check("letters failed", "Letters", says, "send them again: see the page Sent", UNSENT)
    for code, (words, to_do, exit_code) in WAIT.items():
        due = [one.due_at for one in reports if one.code == code]
        if due:
            says = f"{_many(len(due), 'signed letter')} {words}, the first due {utc_words(min(due))}"
            yield Check(f"letters {code}", "Letters", says, to_do, exit_code)
    if not unsure and not copies and not any(one.code != UNKNOWN for one in reports):
        under_way = sent.under_way(session, scope)
        yield Check("letters", "Letters", f"{under_way} on the way" if under_way else "none waits for anybody")


def _many(count: int, what: str = "letter") -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
