"""What a letter owes once it was sent: medicines handed over, requests to be answered, results promised. Pure.

Receipt counts from when the letter was sent: from then on the referrer can have it, and nothing says sooner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from fhir_adapters.facts import DiagnosticReport
from fhir_adapters.facts.references import local_key
from loopclose.domain.business_time import ONE_DAY, Calendar
from loopclose.domain.correcting import FINAL
from loopclose.domain.dates import in_full, moment_in_full
from loopclose.domain.deadlines import Deadline, Reason
from loopclose.domain.judgement import Owed

HANDOVER, ASK, RESULT = "handover", "ask", "pending_result"
BEFORE_END, AT_MOST, AFTER_FINAL, AT_LEAST = 5, 10, 1, 1
"""Business days: before our supply ends, after receipt at most, after a result is final, and after receipt at least."""
UNNAMED = timedelta(days=14)
"""After receipt: when a request without a day is to be answered, and a result that has not come is asked for."""


@dataclass(frozen=True)
class Duty:
    """One thing that a letter asks or promises, as it stands on the page one that was signed."""

    kind: str
    words: str
    """What is asked or promised, in the letter's words."""
    by: date | None = None
    """The day that the letter names; of a medicine the last day of the supply that we prescribed."""
    resource: str = ""
    """Of a result: the order or the report (``Type/id``) that it belongs to."""
    supply: str = ""
    """Of a medicine: until when we supply it, in the letter's words, or that this is not known."""

    @property
    def key(self) -> str:
        """The same for the same words in every version of a letter: what stands in the next one is not owed twice."""
        return hashlib.sha256("\x1f".join((self.kind, self.words, self.resource)).encode()).hexdigest()[:16]


def duty_owed(letter: Owed, duty: Duty, sent_at: datetime, final_at: datetime | None, calendar: Calendar) -> Owed:
    """The obligation of one duty. ``letter``: of whom and for whom the letter is; ``final_at``: of a result."""
    deadline = duty_deadline(duty, sent_at, final_at, calendar)
    return replace(letter, kind=duty.kind, deadline=deadline, since=sent_at, item=duty.key)


def duty_deadline(duty: Duty, sent_at: datetime, final_at: datetime | None, calendar: Calendar) -> Deadline:
    """By when it is to be done: the earliest of what applies, and never sooner than a business day after receipt."""
    sent_on = calendar.day_of(sent_at)
    received = f"the letter was sent, {moment_in_full(sent_at, calendar.zone)}"
    found: list[tuple[datetime, str]] = []
    if duty.kind == HANDOVER:
        found.append((calendar.close_after(sent_on, AT_MOST), f"At most {AT_MOST} business days after {received}."))
        if duty.by is not None:
            day = calendar.practice_day_before(duty.by, BEFORE_END)
            why = f"Our supply ends on {in_full(duty.by)}: {BEFORE_END} business days before that."
            found.append((calendar.close_of(day), why))
    elif duty.by is not None:
        found.append((_close_by(duty.by, calendar), f"The letter names {in_full(duty.by)}."))
    else:
        why = "The result is asked for" if duty.kind == RESULT else "The letter names no day"
        found.append((sent_at + UNNAMED, f"{why}: {UNNAMED.days} days after {received}."))
    if duty.kind == RESULT and final_at is not None:
        due = calendar.close_after(calendar.day_of(final_at), AFTER_FINAL)
        when = moment_in_full(final_at, calendar.zone)
        found.append((due, f"{AFTER_FINAL} business day after the result was final, {when}."))
    least = calendar.close_after(sent_on, AT_LEAST)
    reasons = [Reason("policy", max(at, least), because) for at, because in sorted(found)]
    return Deadline(reasons[0].at, "policy", tuple(reasons))


def final_since(resource: str, reports: Iterable[DiagnosticReport], calendar: Calendar) -> datetime | None:
    """Since when the result of an order, or a report or single result that was not final, is; None while it is not."""
    of_it = (
        one
        for one in reports
        if one.status in FINAL and resource in (one.key, *(local_key(to) for to in (*one.based_on, *one.result)))
    )
    return min((one.issued.end(calendar.zone) for one in of_it if one.issued is not None), default=None)


def went_out(signed: Sequence[tuple[int, datetime]], sent_at: datetime | None, corrected: Collection[int]) -> list[int]:
    """Which of a sent report's letters went out, by the numbers of their signatures, the oldest first.

    ``signed``: number and time of each signature that counts, in order. It was the newest one that was signed by then;
    one that was corrected before it was sent, nobody has. ``corrected``: those of which somebody said that the
    corrected letter was sent: that is the next one.
    """
    by_then = [no for no, at in signed if sent_at is not None and at <= sent_at]
    found = [by_then[-1] if by_then else signed[0][0]]
    found += [
        min(no for no, _ in signed if no > one)
        for one in sorted(corrected)
        if one >= found[0] and any(no > one for no, _ in signed)
    ]
    return found


def _close_by(day: date, calendar: Calendar) -> datetime:
    """The last close of business on that day or before it."""
    return calendar.close_of(calendar.practice_day_before(day + ONE_DAY))
