"""What may be configured of sending letters."""

from __future__ import annotations

from pydantic import Field, model_validator

from loopclose.config.expected import HttpAddress
from loopclose.config.section import Section


class DeliveryConfig(Section):
    """How letters leave, and how their arrival is proved."""

    automatic: bool = True
    """Whether a letter leaves by itself once it is signed; without it somebody sends each."""
    page_address: HttpAddress | None = None
    """The address, from the outside, of the page on which a recipient confirms a letter; none: no such page."""
    page_port: int | None = Field(default=None, ge=1, le=65535)
    """Where ``serve`` offers that page, and nothing else."""

    @model_validator(mode="after")
    def _page_has_an_address(self) -> DeliveryConfig:
        if self.page_port is not None and self.page_address is None:
            raise ValueError("page_port needs page_address, which is printed on the letters")
        return self
