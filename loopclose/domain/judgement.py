"""What the rules are given beside a chart, and what they make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from loopclose.domain.admission import Admission
from loopclose.domain.chart import LinkVerdict, Referral, Referrer, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.deadlines import Deadline, Policy
from loopclose.domain.linking import LinkDecision
from loopclose.domain.practice import Practice
from loopclose.domain.states import Evidence


@dataclass(frozen=True)
class Rules:
    """What the practice and its EHR settle for every patient."""

    practice: Practice
    code_map: CodeMap
    policy: Policy = field(default_factory=Policy)
    docstatus_absent_counts: bool = False
    routes_notes: bool = False
    """Whether this EHR sends each signed note to the referrer by itself."""


class ByHand(msgspec.Struct, frozen=True):
    """What a person entered for one obligation: a return date, or a nearer time to be done by."""

    returns_on: date | None = None
    returns_source: str | None = None
    """How that is known: a key of ``returns.SOURCES``."""
    due_at: datetime | None = None


class Decisions(msgspec.Struct, frozen=True):
    """What people have said before; it is applied again to every judgement."""

    links: Mapping[str, LinkDecision] = msgspec.field(default_factory=dict)
    """By visit."""
    requests: Mapping[str, Referrer | None] = msgspec.field(default_factory=dict)
    """Who really asked, by ``ServiceRequest/id``; None: an internal request."""
    requesters: Mapping[str, Referrer | None] = msgspec.field(default_factory=dict)
    """The same by the requester that the request names, where nothing was said of the request itself."""
    promoted: frozenset[str] = frozenset()
    """Baseline visits that a person made count."""
    by_hand: Mapping[tuple[str, str], ByHand] = msgspec.field(default_factory=dict)
    """By (visit, referral)."""

    def who_asked(self, referral: Referral) -> tuple[bool, Referrer | None]:
        """Whether a person said who really asked for it, and who that was; nobody: it came from within."""
        if referral.id in self.requests:
            return True, self.requests[referral.id]
        key = referral.requester.key
        return (True, self.requesters[key]) if key is not None and key in self.requesters else (False, None)


class Owed(msgspec.Struct, frozen=True):
    """One thing owed, as the chart stands now."""

    kind: str
    patient: str
    deadline: Deadline
    since: datetime
    """The event from which it is owed: the visit's end, the missed appointment, the order."""
    visit: str | None = None
    referral: str | None = None
    appointment: str | None = None
    referrer: Referrer | None = None
    scope: str = "full"
    priority: str = "routine"
    author: str | None = None
    first_seen: bool = False
    """Nothing tells when it came about: its deadline stays the one it got when it was first found."""
    evidence: tuple[Evidence, ...] = ()
    item: str | None = None
    """Which of the things that one letter owes; None of what a visit or a referral owes once."""


class Unmapped(msgspec.Struct, frozen=True):
    """A code that no map knows, whatever people said of it on the screen: for the site to map."""

    resource: str
    element: str
    """A name of ``code_elements.ELEMENTS``."""
    code: str
    """``system|code`` and its display, as far as there are any; "(none)" where the element is missing."""
    token: str = ""
    """By what a map can name it (see ``code_elements.token_of``)."""


class Judgement(msgspec.Struct, frozen=True):
    """Everything the rules say of one person."""

    requests: Mapping[str, Admission]
    encounters: Mapping[str, Admission]
    referrals: tuple[Referral, ...]
    visits: tuple[Visit, ...]
    verdicts: Mapping[str, LinkVerdict]
    outcomes: Mapping[str, str]
    """By visit: ``report``, ``resolve`` or a code of NOTHING_OWED."""
    owed: tuple[Owed, ...]
    undecided: tuple[Referral, ...] = ()
    """Requests of which nobody knows yet whether they are referrals."""
    unmapped: tuple[Unmapped, ...] = ()
