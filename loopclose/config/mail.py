"""What may be configured of a mail server: the one that alerts leave through, and those of encrypted letters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from loopclose.config.expected import Host, ReadableFile, Secret, Text, is_loopback
from loopclose.config.section import Section
from loopclose.domain.addresses import checked_address


class MailConfig(Section):
    """The mail server that alerts leave through."""

    host: Host
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: Text | None = None
    password: Secret | None = None
    sender: Annotated[str, AfterValidator(checked_address)]
    ca: ReadableFile | None = None

    @model_validator(mode="after")
    def _kept_secret(self) -> MailConfig:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password (or password_file) are expected together, or neither")
        if self.password is not None and self.tls == "none" and not is_loopback(self.host):
            raise ValueError('a password needs tls = "starttls" or "tls", unless host is this machine')
        return self
