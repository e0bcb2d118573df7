"""What may be configured of writing into an EHR."""

from __future__ import annotations

from typing import Literal

from loopclose.config.section import Section


class WrittenEhr(Section):
    """The part of an EHR's table that is about what is written to it, and what it sends by itself."""

    write_back: Literal["none", "file", "deliver"] = "none"
    """``none``: nothing is written. ``file``: a copy of each letter that was sent otherwise is filed in this chart,
    which is no delivery. ``deliver``: besides, a letter may be delivered by this chart to a referrer whose address in
    the address book says that they read it; nobody is taken to read it for having an account there."""

    routes_notes: bool = False
    """Whether the EHR sends each signed note to the referrer by itself and shows nothing of it: a note that is signed
    there counts as sent then, and its receipt is awaited."""

    @property
    def files_copies(self) -> bool:
        """Whether a copy of each letter is filed."""
        return self.write_back != "none"

    @property
    def delivers(self) -> bool:
        """Whether it is a way to those who read this chart."""
        return self.write_back == "deliver"
