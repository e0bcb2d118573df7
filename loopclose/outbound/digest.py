"""The words of an alert mail: counts, times, reasons and links to pages, never anything about who the patient is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from loopclose.domain.dates import day_words, moment_in_full
from loopclose.domain.escalation import Rung
from loopclose.domain.letter_waits import NO_ADDRESS, NO_WAY, UNCHECKED, UNDELIVERED, UNKNOWN

NAMES = {
    "report": "report",
    "resolve": "visit without a sure referral",
    "no_show": "missed visit to tell the referrer of",
    "receipt": "report without a receipt",
    "answer": "answer that we owe",
    "schedule": "referral to book",
    "correction": "correction of a signed letter",
    "handover": "medicine that the referrer is asked to take over",
    "ask": "request of the referrer to answer",
    "pending_result": "promised result to send on",
}
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HIGHER_UP = {"lead": "the clinical lead is told", "manager": "the practice manager is told: please call the referrer"}
"""By role: what is said where a rung tells more than those whose work it is; the highest role last."""
LETTERS = {
    UNKNOWN: ", and nobody knows whether its letter left: please look",
    UNDELIVERED: ", and its letter did not arrive at any address: please find another",
    NO_ADDRESS: ", and no address is known for its letter: please find one",
    UNCHECKED: ", and nobody has checked the address for its letter: please do",
    NO_WAY: ", and no way of sending its letter is set up: please send it from the EHR or by hand",
}
"""By what the letter of a signed report waits for: what its line says of that."""
COUNTED = {
    UNKNOWN: "nobody knows whether the letter left",
    UNDELIVERED: "the letter did not arrive at any address",
}
MOST = 20
"""Lines in a mail; the rest is counted, and behind one link."""
MOST_NAMES = 4


class Pressing(IntEnum):
    """Why one thing is more pressing than another; within one reason the oldest comes first."""

    BACK = 1
    """The patient is back with the referrer today, or was before."""
    BACK_SOON = 2
    URGENT = 3
    ASKED_FOR = 4
    DUE = 5


@dataclass(frozen=True)
class Line:
    """One alert in a digest."""

    obligation: str
    kind: str
    due_at: datetime
    rung: Rung
    winner: str = "policy"
    """The rule of the deadline."""
    priority: str = "routine"
    returns_at: datetime | None = None
    """When the patient is back with the referrer, where that is known."""
    others: tuple[str, ...] = ()
    """Names of others who were told of it."""
    sign_by: datetime | None = None
    """Of a draft whose time to be signed is over: by when it was to be."""
    letter: str | None = None
    """Of a report that was signed here: what its letter waits for (``domain.letter_waits``)."""


def pressing(line: Line, now: datetime, zone: ZoneInfo) -> Pressing:
    """The foremost reason for which something presses."""
    if line.returns_at is not None:
        back = line.returns_at.astimezone(zone).date() <= now.astimezone(zone).date()
        return Pressing.BACK if back else Pressing.BACK_SOON
    if line.winner == "patient_returns":
        return Pressing.BACK_SOON
    if line.priority in ("stat", "urgent", "asap"):
        return Pressing.URGENT
    return Pressing.ASKED_FOR if line.winner in ("asked_for", "by_hand") else Pressing.DUE


def by_pressing(lines: Sequence[Line], now: datetime, zone: ZoneInfo) -> list[Line]:
    """The most pressing first."""
    return sorted(lines, key=lambda line: (pressing(line, now, zone), line.due_at, line.obligation))


def subject(lines: Sequence[Line], now: datetime, zone: ZoneInfo, rehearsal: bool) -> str:
    """Counts of what is late and what falls due, how old the oldest is, and for how many the patient is back."""
    late = [line for line in lines if line.due_at < now]
    unsigned = sum(line.sign_by is not None for line in lines if line.due_at >= now)
    ahead, days = len(lines) - len(late) - unsigned, max((_days_late(line, now) for line in late), default=0)
    oldest = f" (the oldest {days} {'day' if days == 1 else 'days'})" if days else ""
    back = sum(pressing(line, now, zone) is Pressing.BACK for line in lines)
    parts = [f"{len(late)} late{oldest}"] if late else []
    parts += [f"{unsigned} to sign"] if unsigned else []
    parts += [f"{ahead} due soon"] if ahead else []
    parts += [f"{back} with the patient back"] if back else []
    return marked(f"Loopclose: {', '.join(parts)}", rehearsal)


def marked(words: str, rehearsal: bool) -> str:
    """A subject, with the mark of a rehearsal where it is one."""
    return ("[rehearsal] " if rehearsal else "") + words


def body(lines: Sequence[Line], now: datetime, zone: ZoneInfo, base_url: str) -> str:
    """Counts, then a paragraph for each of the most pressing alerts; ``lines``: all of them."""
    ordered, address = by_pressing(lines, now, zone), base_url.rstrip("/")
    shown = ordered[:MOST]
    said = ["Reports that referring physicians are waiting for:" if len(lines) > 1 else "Somebody is waiting for this:"]
    said += [*_counts(lines, now, zone), ""] if len(lines) > 1 else [""]
    if len(shown) < len(ordered):
        said += [f"The {len(shown)} most pressing of {len(ordered)}; all of them: {address}/", ""]
    for line in shown:
        state = "late since" if line.due_at < now else "due"
        name = NAMES.get(line.kind, line.kind.replace("_", " "))
        said += [
            f"- A {name}, {state} {moment_in_full(line.due_at, zone)}{_presses(line, now, zone)}{_why(line.rung)}"
            f"{_unsigned(line, zone)}{LETTERS.get(line.letter or '', '')}.{_others(line.others)}",
            f"  {address}/obligation/{line.obligation}",
        ]
    said += ["", "You get one mail a night, and none when there is nothing.", ""]
    return "\n".join(said)


def _counts(lines: Sequence[Line], now: datetime, zone: ZoneInfo) -> list[str]:
    late = [line for line in lines if line.due_at < now]
    said = []
    if late:
        said.append(f"{len(late)} late, the oldest since {moment_in_full(min(line.due_at for line in late), zone)}.")
    if unsigned := sum(line.sign_by is not None for line in lines if line.due_at >= now):
        said.append(f"{unsigned} to sign: the time for that is over.")
    if ahead := len(lines) - len(late) - unsigned:
        said.append(f"{ahead} due soon.")
    for code, words in COUNTED.items():
        if found := sum(line.letter == code for line in lines):
            said.append(f"Of {found} {words}.")
    reasons = [pressing(line, now, zone) for line in lines]
    if back := reasons.count(Pressing.BACK):
        said.append(f"For {back} of them the patient is back with the referrer today, or has been already.")
    if soon := reasons.count(Pressing.BACK_SOON):
        said.append(f"For {soon} of them the patient is back there soon.")
    return said


def _presses(line: Line, now: datetime, zone: ZoneInfo) -> str:
    """The reason that presses, in words; nothing where the time says it all."""
    reason, day = pressing(line, now, zone), ""
    if line.returns_at is not None:
        back = day_words(line.returns_at, zone, now)
        day = "today" if back == day_words(now, zone, now) else back
    if reason is Pressing.BACK:
        return f": the patient is back {day}" if day == "today" else f": the patient is back since {day}"
    if reason is Pressing.BACK_SOON:
        return f": the patient is back on {day}" if day else ": the patient is back soon after that"
    if reason is Pressing.URGENT:
        return f": the referral is {line.priority}"
    return ": the referrer asked for it by then" if line.winner == "asked_for" else ""


def _why(rung: Rung) -> str:
    """How long it has been open since its time, and who is told for that; nothing until its time."""
    days = rung.offset_days
    if days <= 0:
        return ""
    number = NUMBERS[days - 1] if days <= len(NUMBERS) else str(days)
    higher = [words for role, words in HIGHER_UP.items() if role in rung.roles]
    told = f": {higher[-1]}" if higher else ""
    return f" (still open {number} business {'day' if days == 1 else 'days'} after its time{told})"


def _unsigned(line: Line, zone: ZoneInfo) -> str:
    """By when its draft was to be signed, where that is what is told."""
    return f" (its draft was to be signed by {moment_in_full(line.sign_by, zone)})" if line.sign_by else ""


def _others(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = len(names) - MOST_NAMES
    return f" Also told: {', '.join(names[:MOST_NAMES])}{f' and {more} more' if more > 0 else ''}."


def _days_late(line: Line, now: datetime) -> int:
    return max((now - line.due_at).days, 0)
