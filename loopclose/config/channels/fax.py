"""What may be configured of a practice's fax gateway."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from loopclose.config.expected import ExactAddress, ReadableFile, Secret, SharedSecret, Text, is_loopback
from loopclose.config.section import Section
from loopclose.domain.addresses import checked_address
from loopclose.domain.fax_numbers import parse_fax_number

NUMBER = "{number}"
_NEEDS = {
    "srfax": ("user", "password", "sender", "sender_mail"),
    "documo": ("password",),
    "mail": ("address_template",),
}


def _checked_number(value: str) -> str:
    parse_fax_number(value)
    return value


def _template(value: str) -> str:
    if value.count(NUMBER) != 1 or "@" in value.partition("@")[2]:
        raise ValueError('an address with "{number}" in it is expected, such as "{number}@fax.example"')
    checked_address(value.replace(NUMBER, "16175550100"))
    return value


class FaxConfig(Section):
    """Who dials for a practice: SRFax, Documo, or a gateway that is written to by mail."""

    gateway: Literal["srfax", "documo", "mail"]
    url: ExactAddress | None = None
    """In place of the gateway's public address."""
    user: Text | None = None
    """The account number (SRFax)."""
    password: Secret | None = None
    """The password of the account, or the API key (Documo)."""
    sender: Annotated[str, AfterValidator(_checked_number)] | None = None
    """The practice's own fax number, which the other side is shown."""
    sender_mail: Annotated[str, AfterValidator(checked_address)] | None = None
    """Where SRFax writes to about the account."""
    address_template: Annotated[str, AfterValidator(_template)] | None = None
    webhook_secret: SharedSecret | None = None
    """What the gateway proves that it has when it tells how a fax went."""
    confirmation_counts: bool = False
    """Whether the gateway's word that every page went through is receipt."""
    listing_minutes: int | None = Field(default=None, ge=10, le=1440)
    """After how long the gateway lists every fax that it took, as it told the practice in writing."""
    ca: ReadableFile | None = None
    timeout_seconds: float = Field(default=60, gt=0, le=600)

    @model_validator(mode="after")
    def _whole(self) -> FaxConfig:
        for key in _NEEDS[self.gateway]:
            if getattr(self, key) is None:
                raise ValueError(f'gateway = "{self.gateway}" needs {key}')
        parts = urlsplit(self.url or "https:")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("url: an https address is expected, unless the gateway is on this machine")
        return self
