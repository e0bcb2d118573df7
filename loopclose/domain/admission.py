"""Whether a resource is acted on, and what was missed: the words in which the rules of admission answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class Admission(msgspec.Struct, frozen=True):
    """Whether a resource is acted on; ``code`` is one of REFERRAL_IGNORED or VISIT_IGNORED when it is not."""

    disposition: Literal["admitted", "ignored", "undecided"]
    code: str | None
    because: str

    @property
    def kept_as(self) -> tuple[str, str | None]:
        """(disposition, reason) under which the resource is kept: what nobody has mapped is kept as admitted."""
        if self.disposition == "ignored":
            return "ignored", self.code
        return "admitted", "undecided" if self.disposition == "undecided" else None


class Missed(msgspec.Struct, frozen=True):
    """An appointment with us under a referral that did not take place."""

    appointment: str
    referral: str
    at: datetime
    status: str
