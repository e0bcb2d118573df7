"""A letter on its way: the states of a delivery, what keeps one from being sent, and what follows each try. Pure.

Transmission is not receipt: a delivery is ``sent`` when its channel took it, and ``received`` when something proves
that it arrived (``domain.channels``). What nobody knows is ``unsure``, and goes to a person unless the channel drops
a repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from loopclose.domain.channels import CHANNELS

PLANNED, SENDING, WAITING, UNDERWAY = "planned", "sending", "waiting", "underway"
SENT, RECEIVED, UNSURE, FAILED, CANCELLED = "sent", "received", "unsure", "failed", "cancelled"
STATES: Mapping[str, str] = {
    PLANNED: "packed, and not handed over yet",
    SENDING: "being handed over; or the process died at it, and nobody knows how far it came",
    WAITING: "not taken yet; it is tried again by itself",
    UNDERWAY: "taken by the channel, which says later how it went",
    SENT: "transmitted; whether it arrived is not known yet",
    RECEIVED: "arrived, as something or somebody proves",
    UNSURE: "it may have left or not: a person looks, as a repeat would arrive twice",
    FAILED: "did not arrive: the next address is tried, or a person is told",
    CANCELLED: "not sent: taken back, or not true any more",
}
"""What can be with a delivery."""
TO_SEND = frozenset({PLANNED, WAITING, SENDING})
"""Those that leave by themselves."""
NOT_OVER = frozenset({PLANNED, WAITING, SENDING, UNDERWAY, UNSURE})
WENT_OUT = frozenset({SENT, RECEIVED})
REPORT, COPY, CORRECTION, FILING, NOTICE = "report", "copy", "correction", "filing", "notice"
INTERIM, STATUS = "interim", "status"
PURPOSES: Mapping[str, str] = {
    REPORT: "the report, to the referrer",
    COPY: "a copy, to somebody else who cares for the patient",
    INTERIM: "the interim report, to the referrer: the report is owed still",
    CORRECTION: "the corrected letter, to whoever has the old one",
    NOTICE: "the notice of a missed visit, to the referrer",
    STATUS: "whether their request is accepted, to the referrer: a message without a letter",
    FILING: "a copy in the practice's own chart, which is no delivery",
}
"""Why a letter is sent, by code."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
"""Before each further try at one address; after the last of them the next address is tried."""
URGENT_PAUSES = PAUSES[:3]
"""The same of a letter that the reader must act on soon: it comes to the next address within half an hour."""

NOT_SIGNED = "It is not signed here: only a letter that somebody signed is sent."
ON_HOLD = "It is on hold: whoever may releases it first."
GUESSED = "Who referred is a guess: say who really asked first; nothing is sent on a guess."
NOBODY = "Nobody is known to whom it could be sent: say who asked first."
CLOSED = "The report is not owed any more."
OTHER_ADDRESS = "This address belongs to somebody else than who is to get this letter."
NEWER = "A newer letter was signed since: that one is sent."
REPORTED = "The report itself was signed since, so the interim report is not sent any more."

TO_REFERRER = frozenset({REPORT, NOTICE, INTERIM, STATUS})
"""Those that go to the referrer alone."""
NOT_CORRECTED = frozenset({FILING, INTERIM})
"""What no corrected letter is sent after: a copy in our own chart, and an interim report, which the report follows."""
NOT_THE_COORDINATORS = frozenset({INTERIM, STATUS})
"""What moves nothing owed to the coordinator where no address is left for it."""
BEFORE_IT_IS_SIGNED = frozenset({"owed", "drafted"})
"""States of a report in which an interim report may leave."""
PURPOSE_OF = {"report": REPORT, "no_show": NOTICE, "answer": STATUS}
"""By kind of what is owed: what its letter is sent for."""


def purpose_of(kind: str, state: str) -> str:
    """What the letter that may leave now of something owed is sent for: of a report that is not signed yet it is an
    interim report. ``kind``: a key of ``PURPOSE_OF``.
    """
    return INTERIM if kind == "report" and state in BEFORE_IT_IS_SIGNED else PURPOSE_OF[kind]


@dataclass(frozen=True)
class Standing:
    """What stands about a report when its letter is to be sent."""

    state: str
    """Of a notice that was released, or an interim report that was signed: ``signed``, until it was sent."""
    is_signed_here: bool
    on_hold: bool
    guessed: bool
    referrer: str | None
    """``clinician_key`` of who gets it."""


def hindrance(report: Standing, purpose: str, address_of: str) -> str | None:
    """Why its letter is not sent to an address of ``address_of``, in one sentence; None where it may be."""
    if report.on_hold or report.state == "held":
        return ON_HOLD
    if not report.is_signed_here:
        return NOT_SIGNED
    if report.state not in ("signed", "sent", "confirmed"):
        return CLOSED if report.state == "waived" else NOT_SIGNED
    if purpose not in (COPY, FILING):
        if report.guessed:
            return GUESSED
        if report.referrer is None:
            return NOBODY
        if purpose in TO_REFERRER and address_of != report.referrer:
            return OTHER_ADDRESS
    return None


@dataclass(frozen=True)
class Try:
    """How one try to hand over a parcel ended."""

    taken: bool
    is_sent: bool = True
    """Of one that was taken: whether that is the transmission."""
    error: str | None = None
    final: bool = False
    at_server: bool = False
    """The trouble is the channel's own (its server, its password): no letter would have left."""
    unknown: bool = False


@dataclass(frozen=True)
class After:
    """What a delivery becomes: its columns, and whether its address is closed by it."""

    state: str
    values: Mapping[str, Any] = field(default_factory=dict)


def after_try(channel: str, tries: int, tried: Try, now: datetime, *, is_urgent: bool = False) -> After:
    """What follows a try, the ``tries``-th at this address (from 1).

    An unknown answer is tried again only where the channel drops the repeat; else a person, or the channel itself,
    says what became of it. Trouble of the channel is tried as long as it takes, at the longest pause.
    """
    if tried.taken:
        if not tried.is_sent:
            return After(UNDERWAY, {"error": None, "try_after": None})
        return After(SENT, {"error": None, "try_after": None, "sent_at": now})
    if tried.unknown and not CHANNELS[channel].drops_repeats:
        return After(UNSURE, {"error": tried.error, "try_after": None})
    if tried.final:
        return After(FAILED, {"error": tried.error, "try_after": None})
    pauses = URGENT_PAUSES if is_urgent else PAUSES
    if tries > len(pauses) and not (tried.at_server and not is_urgent):
        return After(FAILED, {"error": f"Given up after {tries} tries. {tried.error or ''}".strip(), "try_after": None})
    return After(WAITING, {"error": tried.error, "try_after": now + pauses[min(tries, len(pauses)) - 1]})


def after_death(channel: str) -> str:
    """What a delivery is whose process died while it handed it over: tried again, or looked into."""
    return WAITING if CHANNELS[channel].drops_repeats else UNSURE


def is_news(state: str, reported: str, *, is_elsewhere: bool = False) -> bool:
    """Whether what a channel reports (``Fate.state``) of a delivery in ``state`` changes anything.

    Receipt is never undone by a later report of transmission, and what failed for good is not sent by one that comes
    late; a failure after transmission is a bounce. ``is_elsewhere``: somebody says that another office has it, which
    undoes even receipt.
    """
    order = {PLANNED: 0, WAITING: 0, SENDING: 0, UNSURE: 0, UNDERWAY: 1, SENT: 2, RECEIVED: 4}
    if reported == "failed":
        return state in order and (state != RECEIVED or is_elsewhere)
    reached = {"underway": 1, "transmitted": 2, "received": 4}.get(reported)
    if reached is None:
        return False
    if state == FAILED:
        return reported == "received"
    return state in order and reached > order[state]
