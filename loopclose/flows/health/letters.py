"""Whether signed letters leave: what waits for somebody, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from loopclose.domain.dates import utc_words
from loopclose.domain.delivering import UNSURE
from loopclose.domain.letter_waits import NO_ADDRESS, UNCHECKED, UNDELIVERED, UNKNOWN, USABLE
from loopclose.errors import DONE, UNSENT
from loopclose.flows.health.check import Check, Look
from loopclose.store import delivery_history, letter_waits, sent

LOOKED_BACK = timedelta(days=30)
"""How far back a copy or a correction that did not arrive is asked after."""
DAY = timedelta(days=1)
"""How long a mail that nobody understood may wait for a person: it can be the only word of a letter that came back."""
FILE_IT = "file it there by hand, then say so with loopclose delivered ID arrived"
TO_DO = "say on the page Sent what became of them"
WAIT = {
    UNDELIVERED: ("that did not arrive anywhere", "find another address: see the page Sent", UNSENT),
    NO_ADDRESS: ("without an address", "add one: see the page Sent", DONE),
    UNCHECKED: ("whose address nobody checked lately", "check them: see the page Sent", DONE),
    USABLE: ("that leave only when somebody sends them", "send them: see the page Sent", DONE),
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
    automatic = look.config.delivery.automatic
    reports = letter_waits.waiting_for_a_person(session, scope, look.now, automatic=automatic)
    others = letter_waits.others_to_look_at(session, scope, look.now - LOOKED_BACK, look.now)
    unsure = [row.planned_at for row in others if row.state == UNSURE]
    if unsure:
        says = f"of {_many(len(unsure))} nobody knows whether it left, the oldest packed {utc_words(min(unsure))}"
        yield Check("letters unsure", "Letters", says, TO_DO, UNSENT)
    copies = [row.planned_at for row in others if row.state != UNSURE]
    if copies:
        oldest = f"the oldest packed {utc_words(min(copies))}"
        says = f"{_many(len(copies))}, copies, corrections, notices or interim reports, did not arrive, {oldest}"
        yield Check("letters failed", "Letters", says, "send them again: see the page Sent", UNSENT)
    for code, (words, to_do, exit_code) in WAIT.items():
        due = [one.due_at for one in reports if one.code == code]
        if due:
            says = f"{_many(len(due), 'signed letter', 'signed letters')} {words}, the first due {utc_words(min(due))}"
            yield Check(f"letters {code}", "Letters", says, to_do, exit_code)
    if not unsure and not copies and not any(one.code != UNKNOWN for one in reports):
        under_way = sent.under_way(session, scope)
        yield Check("letters", "Letters", f"{under_way} on the way" if under_way else "none waits for anybody")


def filings(look: Look) -> Iterator[Check]:
    """Copies of letters that do not stand in the practice's own chart, and those of which nobody knows."""
    found = sent.filings_to_look_at(look.session, look.scope, look.now - LOOKED_BACK, look.now, most=None)
    unsure = [row.planned_at for row in found if row.state == UNSURE]
    if unsure:
        copies, oldest = _many(len(unsure), "copy", "copies"), f"the oldest packed {utc_words(min(unsure))}"
        says = f"of {copies} nobody knows whether it stands in the own chart, {oldest}"
        yield Check("chart unsure", "Letters", says, "look there, and say on the page of the report", UNSENT)
    failed = [row.planned_at for row in found if row.state != UNSURE]
    if failed:
        copies, oldest = _many(len(failed), "copy", "copies"), f"the oldest packed {utc_words(min(failed))}"
        says = f"{copies} could not be filed in the own chart, {oldest}"
        yield Check("chart failed", "Letters", says, FILE_IT, UNSENT)


def mailbox(look: Look) -> Iterator[Check]:
    """Mails that came to the address from which letters leave, which nobody understood and no person read yet."""
    since = [row.heard_at for row in delivery_history.unclear_mails(look.session, look.scope)]
    if since:
        many = _many(len(since), "mail", "mails")
        says = f"{many} in the mailbox of letters could not be understood, the oldest read {utc_words(min(since))}"
        code = UNSENT if look.now - min(since) > DAY else DONE
        yield Check("mailbox", "Letters", says, "read them there, then say on the page Sent that you did", code)


def _many(count: int, one: str = "letter", more: str = "letters") -> str:
    return f"1 {one}" if count == 1 else f"{count} {more}"
