"""A letter written into the chart of an EHR (FHIR R4): filing, and delivery only where its reader reads that chart.

*Transmission*: the EHR keeps the document, and the message to its reader where it takes one. *Receipt*: the EHR says on
that message that it was received. In a chart that is the practice's own alone it is a copy, and neither of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.mail import SendError

FILED = "It is filed in the practice's own chart, which is no delivery: send it to the referrer as well."
NOT_SAID = "The EHR took the document, and says nothing of who read it."


class Outcome(Protocol):
    """What became of something written."""

    @property
    def state(self) -> str:
        """``written``, ``absent``, ``gone``, ``refused``, ``not now`` or ``unknown``."""

    @property
    def keys(self) -> tuple[str, ...]:
        """``Type/id`` of what stands there."""

    @property
    def words(self) -> str:
        """Why not, in one sentence that names nobody."""

    @property
    def at_server(self) -> bool:
        """Whether nothing else of ours would be taken either."""

    @property
    def received(self) -> datetime | None:
        """When the other side received it."""


class Ehr(Protocol):
    """An EHR that may be written to (``fhir_adapters.writing.chart.WritableChart`` is one)."""

    def hindrance(self, letter: Sending, tell: bool) -> str | None:
        """Why a letter cannot be written there."""

    def pack(self, letter: Sending, tell: bool) -> bytes:
        """The finished resources; raises ``ValueError``."""

    def write(self, content: bytes) -> Outcome:
        """Write them, as far as they don't stand there yet."""

    def look_up(self, delivery: str, keys: Sequence[str], content: bytes, tell: bool) -> Outcome:
        """Whether they stand there; ``content`` may be empty."""


@dataclass(frozen=True)
class FhirChannel:
    """One EHR as a channel."""

    ehr: Ehr
    reads_same_ehr: bool = False
    """Whether the referrer is known to read this very chart. Without it whatever is written is filing: nothing that
    this channel says of it is ever a transmission or a receipt."""
    name: str = "fhir"
    forms: tuple[str, ...] = ("pdf", "text")

    def pack(self, sending: Sending) -> bytes:
        """The document, and for a reader of this chart the message; raises ``SendError`` (final) where this EHR does
        not take such a letter. The first time, the EHR is asked what it takes.
        """
        if why := self.ehr.hindrance(sending, self.reads_same_ehr):
            raise SendError(why, final=True)
        try:
            return self.ehr.pack(sending, self.reads_same_ehr)
        except ValueError as problem:
            raise SendError(str(problem), final=True) from problem

    def send(self, parcel: Parcel) -> Taken:
        """Write it; raises ``SendError``, ``unknown`` where no good answer came or a part of it stands there."""
        done = self.ehr.write(parcel.content)
        if done.state == "written":
            remote = " ".join(done.keys) or None
            return Taken(remote) if self.reads_same_ehr else Taken(remote, FILED, is_sent=False)
        raise _error(done)

    def look_up(self, parcel: Parcel) -> Fate | None:
        """What stands in the chart; None where nobody can tell, or the EHR does not let us look. Raises ``SendError``
        where it cannot be asked now.
        """
        met = self.ehr.look_up(parcel.delivery, (parcel.remote or "").split(), parcel.content, self.reads_same_ehr)
        remote = " ".join(met.keys) or parcel.remote
        if met.state in ("unknown", "refused") and not met.at_server:
            return None
        if met.state == "absent":
            return Fate("absent")
        if met.state == "gone":
            return Fate("failed", words=met.words, remote=remote)
        if met.state != "written":
            raise _error(met)
        if not self.reads_same_ehr:
            return Fate("underway", words=FILED, remote=remote)
        if met.received is not None:
            return Fate("received", met.received, "The EHR says that the message was received.", remote)
        return Fate("transmitted", words=NOT_SAID, remote=remote)


def channel_of(ehr: Ehr, reads_same_ehr: bool) -> FhirChannel:
    """The channel of one EHR; ``reads_same_ehr``: whether the one it goes to reads that chart (``write_back`` is
    ``deliver``, and the address is of that EHR)."""
    return FhirChannel(ehr, reads_same_ehr)


def _error(done: Outcome) -> SendError:
    unknown = done.state == "unknown"
    return SendError(
        done.words or "Nobody knows whether the EHR took it.",
        final=done.state == "refused" and not done.at_server,
        at_server=done.at_server,
        unknown=unknown,
    )
