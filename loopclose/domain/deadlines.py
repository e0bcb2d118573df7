"""By when a report, or anything else that is owed, must be done: the earliest rule that applies, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from loopclose.domain.business_time import Calendar
from loopclose.domain.chart import Visit
from loopclose.domain.codes import NOT_YET_SENT, RULES
from loopclose.domain.dates import in_full, moment_in_full
from loopclose.domain.returns import SOURCES, Return

AFTER_VISIT = timedelta(hours=2)
"""The least time a report is given, however soon the patient returns."""
BUSINESS_DAYS = {"resolve": 1, "no_show": 1, "answer": 2, "schedule": 7, "correction": 1, "receipt": 5}


@dataclass(frozen=True)
class Policy:
    """By priority of the referral: clock hours, business days, and the ceiling in days of 24 hours."""

    stat_hours: int = 24
    urgent_days: int = 1
    asap_days: int = 1
    routine_days: int = 3
    ceiling_days: int = 14

    def days(self, priority: str) -> int:
        """Business days for a priority other than stat; an unknown one counts as routine."""
        return {"urgent": self.urgent_days, "asap": self.asap_days}.get(priority, self.routine_days)


class Reason(msgspec.Struct, frozen=True):
    """What one rule said (rule: one of ``codes.RULES``; ``at``: UTC), and why in one sentence."""

    rule: str
    at: datetime
    because: str
    returns_at: datetime | None = None
    """Of ``patient_returns``: when the patient is back with the referrer; a date without a time is its first moment."""


class Deadline(msgspec.Struct, frozen=True):
    """When it is due (UTC), the rule that won, and every rule that applied."""

    due_at: datetime
    winner: str
    reasons: tuple[Reason, ...]

    @property
    def returns_at(self) -> datetime | None:
        """When the patient is first back with the referrer, as far as anything tells."""
        return min((one.returns_at for one in self.reasons if one.returns_at is not None), default=None)


def report_deadline(
    visit: Visit,
    priority: str,
    policy: Policy,
    calendar: Calendar,
    *,
    returns: Return | None = None,
    returns_by_hand: date | None = None,
    returns_source: str | None = None,
    asked_for: Sequence[tuple[datetime, str]] = (),
    by_hand: datetime | None = None,
    unread: Sequence[str] = (),
) -> Deadline:
    """The deadline of a report: after the visit's end, and never after the patient's return to the referrer.

    ``returns_by_hand`` is a local date that a person entered, ``returns_source`` how it is known (a key of
    ``returns.SOURCES``); ``asked_for`` holds (instant, resource) pairs;
    ``unread`` appointments that cannot be read, one of which may be the return.
    """
    reasons = [_policy(visit, priority, policy, calendar), _ceiling(visit, policy)]
    if returns is not None and returns.at > visit.end:
        when = moment_in_full(returns.at, calendar.zone)
        why = f"The patient sees {returns.with_whom} on {when}; the report comes before."
        reasons.append(Reason("patient_returns", _before_return(visit, returns.at, calendar), why, returns.at))
    if returns_by_hand is not None:
        at = calendar.start_of(returns_by_hand)
        if at > visit.end:
            known = SOURCES.get(returns_source or "", "as a person entered it")
            why = f"The patient sees the referrer on {in_full(returns_by_hand)}: {known}."
            reasons.append(Reason("patient_returns", _before_return(visit, at, calendar), why, at))
    reasons += [
        Reason("asked_for", at, f"The referrer asked for it by {moment_in_full(at, calendar.zone)} ({source}).")
        for at, source in asked_for
        if at > visit.end
    ]
    if by_hand is not None and visit.end < by_hand < min(reason.at for reason in reasons):
        reasons.append(Reason("by_hand", by_hand, f"A person wants it by {moment_in_full(by_hand, calendar.zone)}."))
    found = _earliest(reasons)
    held = (Reason("patient_returns", found.due_at, f"{key} cannot be read: it may be a return.") for key in unread)
    return Deadline(found.due_at, found.winner, (*found.reasons, *held))


def other_deadline(kind: str, event_at: datetime, calendar: Calendar, why: str = "") -> Deadline:
    """The deadline of anything but a report: business days from the event's local date. ``why``: a sentence."""
    days = BUSINESS_DAYS[kind]
    due = calendar.close_after(calendar.day_of(event_at), days)
    reason = Reason("policy", due, f"{why} {_days(days)} after {moment_in_full(event_at, calendar.zone)}.".strip())
    return Deadline(due, "policy", (reason,))


def resolve_deadline(visit: Visit, candidates: Sequence[Deadline], calendar: Calendar) -> Deadline:
    """Who decides has one business day, and never longer than any report would have that hangs on it."""
    own = other_deadline("resolve", visit.end, calendar)
    first = min((candidate.due_at for candidate in candidates), default=own.due_at)
    if first >= own.due_at:
        return own
    why = f"A report that hangs on this decision may be due {moment_in_full(first, calendar.zone)}."
    return Deadline(first, "policy", (*own.reasons, Reason("policy", first, why)))


def is_late(due_at: datetime, state: str, now: datetime) -> bool:
    """Late is what is not yet sent, confirmed or waived after its time; ``store.lateness`` says the same in SQL."""
    return state in NOT_YET_SENT and now > due_at


def hours_late(due_at: datetime, state: str, now: datetime) -> float:
    """Hours since it was due, to a tenth; 0 unless it is late."""
    return round((now - due_at).total_seconds() / 3600, 1) if is_late(due_at, state, now) else 0.0


def _policy(visit: Visit, priority: str, policy: Policy, calendar: Calendar) -> Reason:
    if priority == "stat":
        due = visit.end + timedelta(hours=policy.stat_hours)
        return Reason("policy", due, f"Stat: {policy.stat_hours} hours after the visit.")
    days = policy.days(priority)
    day = calendar.day_of(visit.end)
    due = calendar.close_after(day, days)
    closed = "".join(
        f"; {off:%a} {off.day} {off:%b} is a holiday ({name})"
        for off, name in calendar.holidays_between(day, calendar.day_of(due))
    )
    return Reason("policy", due, f"{priority.capitalize()}: {_days(days)}{closed}.")


def _ceiling(visit: Visit, policy: Policy) -> Reason:
    due = visit.end + timedelta(days=policy.ceiling_days)
    return Reason("ceiling", due, f"Never later than {policy.ceiling_days} days after the visit.")


def _before_return(visit: Visit, returns_at: datetime, calendar: Calendar) -> datetime:
    """The earlier of the return, and the later of (close of the practice day before it, visit end + 2 hours)."""
    close = calendar.close_of(calendar.practice_day_before(calendar.day_of(returns_at)))
    return min(returns_at, max(close, visit.end + AFTER_VISIT))


def _earliest(reasons: list[Reason]) -> Deadline:
    ordered = sorted(reasons, key=lambda reason: (reason.at, RULES.index(reason.rule)))
    return Deadline(ordered[0].at, ordered[0].rule, tuple(ordered))


def _days(count: int) -> str:
    return "1 business day" if count == 1 else f"{count} business days"
