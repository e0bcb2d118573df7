"""What a person asks for, as small frozen objects: one a move. Screens, command line and interfaces build them.

``seen`` names what the person was looking at (``Situation.seen``); None where nobody looked at a page. ``sure``
answers a question that was asked back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Command:
    """What every command carries."""

    seen: str | None = None
    sure: bool = False


@dataclass(frozen=True, kw_only=True)
class OnObligation(Command):
    """About one thing owed, by its id."""

    obligation: str


@dataclass(frozen=True, kw_only=True)
class OnVisit(Command):
    """About one visit of an EHR."""

    ehr: str
    visit: str
    """``Encounter/id``, or ``Appointment/id`` where no Encounter came."""


@dataclass(frozen=True, kw_only=True)
class Confirm(OnObligation):
    """It arrived, or it is done."""

    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Attest(OnObligation):
    """A report was sent outside Loopclose."""

    channel: str
    recipient: str
    sent_at: datetime | None = None
    """None: now."""


@dataclass(frozen=True, kw_only=True)
class Countersign(OnObligation):
    """A second person stands for a back-dated attestation."""


@dataclass(frozen=True, kw_only=True)
class Decline(OnObligation):
    """A back-dated attestation is dropped: by a second person, or by whoever made it."""

    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Waive(OnObligation):
    """Nothing is owed after all, for a coded reason."""

    code: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Reopen(OnObligation):
    """What was closed is owed again."""

    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Assign(OnObligation):
    """It is the move of another user, by e-mail."""

    to: str


@dataclass(frozen=True, kw_only=True)
class ReturnsOn(OnObligation):
    """The local day on which the patient sees the referrer again, and how that is known (a key of
    ``returns.SOURCES``, or nothing); no day: nobody knows any more."""

    day: date | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class DueBy(OnObligation):
    """A nearer time to be done by; None: by the rules alone."""

    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Hold(OnObligation):
    """A report must not go out as it is, for a coded reason."""

    code: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Release(OnObligation):
    """A report on hold may go to its recipient, for a coded reason and in words."""

    code: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NameRequester(OnObligation):
    """Who really asked for the visit; ``internal``: somebody of ours did."""

    name: str = ""
    npi: str = ""
    internal: bool = False
    for_requester: bool = False
    """Whether it holds for everything that this requester asked and asks for, not for the one request alone."""
    listed: str = ""
    """The digest of the list of those whom that touches, as the person saw it."""


@dataclass(frozen=True, kw_only=True)
class TakeBack(Command):
    """An answer to "who really asked?" does not hold any more."""

    answer: str


@dataclass(frozen=True, kw_only=True)
class Link(OnVisit):
    """The referrals (``ServiceRequest/id``) that a visit answers; none where empty."""

    referrals: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Promote(OnVisit):
    """A visit from before the practice went live counts all the same."""
