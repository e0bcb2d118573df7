"""The words of an alert mail: counts, times and links to pages, never anything about a patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from loopclose.domain.business_time import spoken
from loopclose.domain.escalation import Rung

NAMES = {
    "report": "report",
    "resolve": "visit without a sure referral",
    "no_show": "missed visit to tell the referrer of",
    "receipt": "report without a receipt",
    "answer": "referral to answer",
    "schedule": "referral to book",
    "correction": "correction to send",
    "handover": "medicine that the referrer is asked to take over",
    "ask": "request of the referrer to answer",
    "pending_result": "promised result to send on",
}
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HIGHER_UP = {"lead": "the clinical lead is told", "manager": "the practice manager is told: please call the referrer"}
"""By role: what is said where a rung tells more than those whose work it is; the highest role last."""


@dataclass(frozen=True)
class Line:
    """One alert in a digest."""

    obligation: str
    kind: str
    due_at: datetime
    rung: Rung


def subject(lines: Sequence[Line], now: datetime, rehearsal: bool) -> str:
    """Counts of what is late and what falls due."""
    late = sum(line.due_at < now for line in lines)
    ahead = len(lines) - late
    parts = ([f"{late} late"] if late else []) + ([f"{ahead} due soon"] if ahead else [])
    return ("[rehearsal] " if rehearsal else "") + f"Loopclose: {', '.join(parts)}"


def body(lines: Sequence[Line], now: datetime, zone: ZoneInfo, base_url: str) -> str:
    """One paragraph an alert, the oldest first."""
    said = [
        "Reports that referring physicians are waiting for:" if len(lines) > 1 else "Somebody is waiting for this:",
        "",
    ]
    for line in sorted(lines, key=lambda one: (one.due_at, one.obligation)):
        state = "late since" if line.due_at < now else "due"
        name = NAMES.get(line.kind, line.kind.replace("_", " "))
        said += [
            f"- A {name}, {state} {spoken(line.due_at, zone)}{_why(line.rung)}.",
            f"  {base_url.rstrip('/')}/obligation/{line.obligation}",
        ]
    said += ["", "You get one mail a night, and none when there is nothing.", ""]
    return "\n".join(said)


def _why(rung: Rung) -> str:
    """How long it has been open since its time, and who is told for that; nothing until its time."""
    days = rung.offset_days
    if days <= 0:
        return ""
    number = NUMBERS[days - 1] if days <= len(NUMBERS) else str(days)
    higher = [words for role, words in HIGHER_UP.items() if role in rung.roles]
    told = f": {higher[-1]}" if higher else ""
    return f" (still open {number} business {'day' if days == 1 else 'days'} after its time{told})"


def as_bytes(sender: str, recipient: str, subject_line: str, text: str, message_id: str, planned_at: datetime) -> bytes:
    """The mail as it will be sent every time."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject_line
    mail["Message-ID"], mail["Date"] = message_id, format_datetime(planned_at)
    mail.set_content(text)
    return mail.as_bytes()
