"""What every channel is: it packs a letter once, hands the same bytes over at each try, and says what that proves.

*Transmission*: the channel took it. *Receipt*: evidence that it arrived. Neither is ever taken for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

STATUS_FORM = "hl7-osu"
"""The form of a message that says whether a request is accepted (IHE 360X, OSU^O51)."""


@dataclass(frozen=True)
class Enclosure:
    """One file of a letter. Nothing of the patient stands in its name."""

    form: str
    """A key of ``letters.forms.FORMS``, or of ``secure_mail.closed_loop.FORMS``."""
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class About:
    """What a letter is about, by the keys of its EHR, for channels whose envelope says it."""

    document: str
    """The id of the document (a UUID)."""
    title: str
    loinc: str
    display: str
    patient: str
    """``Patient/id``."""
    signed_at: datetime
    visit: str | None = None
    referral: str | None = None
    author: str | None = None
    recipient: str | None = None
    recipient_name: str | None = None
    visit_end: datetime | None = None
    ehr: str = ""
    """Its EHR, by name."""


@dataclass(frozen=True)
class Sending:
    """A letter for one address, before it is packed."""

    delivery: str
    """Our id of the delivery (a UUID): the key by which a channel, where it can, tells a repeat."""
    to: str
    """The address as the address book has it: an e-mail address, a number, a printer's name, ``Type/id``."""
    code: str
    """The short code that is printed on the letter."""
    at: datetime
    about: About
    enclosures: tuple[Enclosure, ...]

    @property
    def is_status(self) -> bool:
        """Whether it is word of a request, for the other side's system, and no letter."""
        return {one.form for one in self.enclosures} == {STATUS_FORM}

    def of_form(self, form: str) -> Enclosure | None:
        """The first file of that form."""
        return next((one for one in self.enclosures if one.form == form), None)


@dataclass(frozen=True)
class Parcel:
    """What was packed: frozen before the first try, and handed over as it is by every try."""

    delivery: str
    to: str
    content: bytes
    remote: str | None = None
    """What the channel called it when it took the last try; None where that one ended without an answer, whatever it
    called an earlier one."""
    ehr: str = ""
    """The EHR whose report it is, by name; for channels that are one of several EHRs."""
    tried_at: datetime | None = None
    """When it was last handed over, for channels whose listing lags; without it they never say ``absent``."""
    attempt: int | None = None
    """Which try this is, from 1; of a look-up: which was the last. Without it an earlier try that failed cannot be told
    from the last one, and a channel that finds nothing else says nothing."""

    @property
    def label(self) -> str:
        """Our name of this very try, for channels that can put one on what they take: 36 characters, or a few more."""
        return self.delivery if self.attempt is None else f"{self.delivery}-{self.attempt}"


@dataclass(frozen=True)
class Taken:
    """The channel took it."""

    remote: str | None = None
    """What the channel calls it, to ask for it later."""
    note: str | None = None
    """What happened after it was taken, in one sentence."""
    is_sent: bool = True
    """Whether taking it is the transmission; False: the channel tells later how it went, and is asked (``look_up``)."""


@dataclass(frozen=True)
class Fate:
    """What a channel says became of a parcel."""

    state: Literal["underway", "transmitted", "received", "failed", "absent"]
    """``absent``: the channel knows of no such parcel, so that it was not taken."""
    at: datetime | None = None
    """When, as the channel says."""
    words: str = ""
    """One sentence for a person, without an address or anything of the patient."""
    remote: str | None = None
    final: bool = True
    """Of ``failed``: whether the same address will fail again (a wrong number), or may not (it was busy)."""
    address_is_bad: bool = False
    """Of ``failed``: whether the address itself is wrong, so that it is closed."""


class Channel(Protocol):
    """One way to send. Every method but ``pack`` may take the time of a network; none is called in a transaction."""

    @property
    def name(self) -> str:
        """A key of ``domain.channels.CHANNELS``."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of a letter that it carries."""

    def pack(self, sending: Sending) -> bytes:
        """The finished message. Raises ``SendError`` (final) where this letter cannot go this way."""

    def send(self, parcel: Parcel) -> Taken:
        """Hand it over. Raises ``SendError``; ``unknown`` where nobody knows whether it was taken."""

    def look_up(self, parcel: Parcel) -> Fate | None:
        """Ask what became of it, by ``remote`` or else by our own id; None where this channel cannot be asked.

        Raises ``SendError`` where it cannot be asked now.
        """
