"""What a fax gateway is, for the channel: two HTTP services, or a mail address."""

from __future__ import annotations

from typing import Protocol

from loopclose.outbound.channels.channel import Fate, Parcel, Sending, Taken


class Gateway(Protocol):
    """One service that dials."""

    def pack(self, sending: Sending, pdf: bytes) -> bytes:
        """What is frozen. Raises ``SendError`` (final)."""

    def send(self, parcel: Parcel) -> Taken:
        """Hand it over, in exactly one request. Raises ``SendError``."""

    def look_up(self, parcel: Parcel) -> Fate | None:
        """What became of it; None where the gateway cannot tell. Raises ``SendError``."""
