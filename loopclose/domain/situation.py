"""What stands about the one thing that a person wants to move: all that the table of moves looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from loopclose.domain.deadlines import is_late
from loopclose.domain.holds import Ground

CLOSED = ("confirmed", "waived")
NEVER, GREENWICH = datetime.max.replace(tzinfo=UTC), ZoneInfo("UTC")
LAST_SECOND = time(23, 59, 59)
"""Where a visit of which only the day is known ends."""


@dataclass(frozen=True)
class Actor:
    """The user who decides. ``reference``: ``Practitioner/id`` or an NPI."""

    email: str
    name: str
    role: str
    reference: str | None = None


@dataclass(frozen=True)
class Proposal:
    """A back-dated attestation that waits for a second person."""

    by: str
    channel: str
    recipient: str
    sent_at: datetime
    name: str = ""
    """Of its maker; the e-mail stands where it is not known."""


@dataclass(frozen=True)
class Situation:
    """One thing owed, by its kind and state, a ``visit`` (counted, baseline), or what was ``said`` of who asked.

    States of what was said: holds, taken_back, superseded.
    """

    kind: str
    state: str
    zone: ZoneInfo = GREENWICH
    due_at: datetime = NEVER
    rules_due: datetime = NEVER
    """By when it would be due without a time entered by hand."""
    visit: str | None = None
    visit_start: datetime | None = None
    visit_end: datetime | None = None
    author: frozenset[str] = frozenset()
    """``Practitioner/id`` and NPI of whoever writes the report."""
    stood: str = "owed"
    """Where it stood before it was closed."""
    ground_gone: str | None = None
    """Why the rules closed it, where they did: it is not a person's to open."""
    users: frozenset[str] = frozenset()
    """E-mails, in lower case, of those to whom something can be given."""
    return_by_hand: date | None = None
    return_source: str | None = None
    due_by_hand: datetime | None = None
    proposal: Proposal | None = None
    referral: str | None = None
    requester: str | None = None
    """``Type/id`` of whom the request names as requester."""
    requester_name: str | None = None
    requester_is_ours: bool = False
    recipient: str = ""
    """To whom a report goes, by name; empty where that is not known, or a guess."""
    holds: tuple[Ground, ...] = ()
    """What holds a report for that recipient."""
    released_to: str = "owed"
    """Where a report on hold goes back to when it is released."""
    corrected: bool = True
    """Of a correction: whether the corrected letter was signed."""
    touched: str = ""
    """The digest of everybody whom an answer for that requester would touch."""
    certain: tuple[str, ...] = ()
    """Referrals that the chart ties to the visit for certain."""
    certain_because: str = ""
    referrals: frozenset[str] = frozenset()
    """Referrals of the visit's patient."""
    reports: Mapping[str, datetime] = field(default_factory=dict)
    """By referral: when the report that the visit owes for it, and that was not sent yet, is due."""
    seen: str = ""
    """The numbers, between dots, of what was decided about it and of how it moved: others once it did."""
    news: tuple[str, ...] = ()
    """By number: who decided what and when, last."""

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been sent or done by now."""
        return is_late(self.due_at, self.state, now)

    def is_by_its_author(self, actor: Actor) -> bool:
        """Whether that user is who writes the report."""
        return actor.reference is not None and actor.reference in self.author

    def news_since(self, seen: str) -> str:
        """The first thing that happened since somebody looked."""
        pairs = zip(seen.split("."), self.seen.split("."), self.news, strict=False)
        return next((news for was, now_is, news in pairs if was != now_is and news), "this changed")

    def could_be_sent_from(self) -> datetime | None:
        """The first moment at which the report can have been sent: the visit's end.

        Where only the day of the visit is known, it ends with that day: the report may have been sent on it.
        """
        if self.visit_end is None:
            return None
        day_alone = self.visit_end.astimezone(self.zone).time().replace(microsecond=0) == LAST_SECOND
        return self.visit_start if day_alone else self.visit_end


def only_of_the_requester(situation: Situation) -> bool:
    """Whether an answer may hold for the requester: one who is named, and none of ours."""
    return situation.requester is not None and not situation.requester_is_ours
