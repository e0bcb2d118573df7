"""The charts of several EHRs as one channel: each letter goes into the chart of its own EHR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken
from loopclose.outbound.channels.fhir import FhirChannel
from loopclose.outbound.mail import SendError

NOT_WRITTEN = "This EHR is not written to: see write_back of its table in the configuration."


@dataclass(frozen=True)
class Charts:
    """By the name of an EHR: its chart as a channel."""

    by_ehr: Mapping[str, FhirChannel]
    name: str
    """``fhir``: to those who read that chart; ``chart``: a copy is filed there, and that is all."""
    forms: tuple[str, ...] = ("pdf", "text")

    def pack(self, sending: Sending) -> bytes:
        """As the EHR takes it; raises ``SendError``."""
        return self._of(sending.about.ehr).pack(sending)

    def send(self, parcel: Parcel) -> Taken:
        """Write it; raises ``SendError``."""
        taken = self._of(parcel.ehr).send(parcel)
        return Taken(taken.remote, taken.note) if self.name == "chart" else taken

    def look_up(self, parcel: Parcel) -> Fate | None:
        """What stands there; raises ``SendError``."""
        return self._of(parcel.ehr).look_up(parcel)

    def _of(self, ehr: str) -> FhirChannel:
        found = self.by_ehr.get(ehr)
        if found is None:
            raise SendError(NOT_WRITTEN, final=True)
        return found
