"""A chase: somebody of the referrer's side asks where the report is. What is said to them, and to a machine. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loopclose.domain.dates import moment_words, since_words

HOW: Mapping[str, str] = {"phone": "by telephone", "fax": "by fax", "mail": "by mail", "machine": "by machine"}
"""How somebody asked, by code."""
BY_PEOPLE = ("phone", "fax", "mail")
COUNTED = timedelta(days=90)
"""For how long back chases are counted."""
UNKNOWN, NOT_READY, SIGNED, SENT, RECEIVED = "unknown", "not_ready", "signed", "sent", "received"
STATUSES: Mapping[str, str] = {
    NOT_READY: "it is being written",
    SIGNED: "it is signed, and not sent yet",
    SENT: "it was sent, and nothing shows yet that it arrived",
    RECEIVED: "it arrived",
    UNKNOWN: "nothing fits: no such patient of this referrer, another birth date, another visit, or nothing is owed",
}
"""What a machine is told, by code; ``docs/chase.md`` names the same."""
OF_STATE: Mapping[str, str] = {
    "owed": NOT_READY,
    "drafted": NOT_READY,
    "held": NOT_READY,
    "signed": SIGNED,
    "sent": SENT,
    "confirmed": RECEIVED,
}
"""By state of a report; a waived one is as unknown as none."""
TIMES = ("", "once", "twice")
BY: Mapping[str, str] = {
    "direct": "by Direct message",
    "mail": "by encrypted e-mail",
    "fax": "by fax",
    "print": "on paper",
    "fhir": "through the EHR",
    "chart": "into our own chart",
}
"""How a letter went, by channel: the keys of ``domain.channels.CHANNELS``."""
UNDER_WAY = frozenset({"planned", "sending", "waiting", "underway"})


@dataclass(frozen=True)
class Leg:
    """The last way that a letter took."""

    channel: str
    """A key of ``domain.channels.CHANNELS``."""
    name: str
    to: str
    """The address."""
    state: str
    """One of ``domain.delivering.STATES``, or ``recalled``."""
    planned_at: datetime
    sent_at: datetime | None
    received_at: datetime | None


def asked_for(times: int) -> str:
    """``asked for twice``, as a row of the list says it; nothing where nobody asked."""
    if times <= 0:
        return ""
    return f"asked for {TIMES[times] if times < len(TIMES) else f'{times} times'}"


def answer(state: str, since: datetime | None, sent_at: datetime | None, leg: Leg | None, now: datetime,
           zone: ZoneInfo, interim: Leg | None = None) -> str:  # fmt: skip
    """Where a report stands, as it is said on the telephone. ``since``: when it came into its ``state``; ``interim``:
    the last way of an interim report, which is said for as long as the report itself is not signed.
    """
    words = _itself(state, since, sent_at, leg, now, zone)
    if interim is None or interim.state == "recalled" or state not in ("owed", "drafted", "held"):
        return words
    way = _by_way(interim, now, zone)
    return f"{words} The interim report, which does not replace it: {way[:1].lower()}{way[1:]}"


def _itself(state: str, since: datetime | None, sent_at: datetime | None, leg: Leg | None, now: datetime,
            zone: ZoneInfo) -> str:  # fmt: skip
    """The same of the report itself."""
    begun = f" since {since_words(since, zone, now)}" if since is not None else ""
    if state == "owed":
        return f"Not written yet: open{begun}."
    if state == "drafted":
        return f"Waiting for signature{begun}."
    if state == "held":
        return f"On hold{begun}: somebody must release it first."
    if state == "waived":
        return f"Nothing is owed{begun}."
    if leg is not None:
        return _by_way(leg, now, zone)
    if state == "signed":
        return f"Signed{begun}, and not sent yet."
    at = sent_at or since
    when = f" on {moment_words(at, zone, now)}" if at is not None else ""
    return f"Sent{when}, outside Loopclose{'; it arrived' if state == 'confirmed' else '; not confirmed yet'}."


def _by_way(leg: Leg, now: datetime, zone: ZoneInfo) -> str:
    """Where a letter is that is on its way, or was."""
    how, whom = BY[leg.channel], f"to {leg.name} at {leg.to}"
    if leg.state in UNDER_WAY:
        return f"On its way {how} {whom} since {since_words(leg.planned_at, zone, now)}."
    if leg.state == "recalled":
        return "A letter of it was called back: what was wrong is being put right."
    if leg.state == "unsure":
        return f"It may have left {how} {whom}: that is being looked into."
    if leg.state == "failed":
        return f"It did not arrive {how} {whom}: another way has to be found."
    left = f"Sent {how} {whom} on {moment_words(leg.sent_at or leg.planned_at, zone, now)}"
    if leg.state == "received":
        at = f", received on {moment_words(leg.received_at, zone, now)}" if leg.received_at else ", and received"
        return f"{left}{at}."
    return f"{left}, and not confirmed yet."


@dataclass(frozen=True)
class Chase:
    """What is noted of one who asked."""

    how: str
    """A key of ``HOW``."""
    who: str
    office: str = ""
    number: str = ""
    """Where they can be called back, as words: nothing is ever sent there for that."""
    answered: str = ""
