"""What may be configured of Direct messages, and of letters by ordinary encrypted e-mail, of a practice."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from loopclose.config.expected import AsciiText, Folder, Host, KeyFile, ReadableFile, Secret, Text
from loopclose.config.mail import MailConfig

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,39})){1,30}")


def _oid(value: str) -> str:
    if not _OID.fullmatch(value):
        raise ValueError("an OID is expected, such as 2.16.840.1.113883.3.4848")
    return value


class DirectConfig(MailConfig):
    """The mail server (of a HISP) that letters leave through, by whose certificates, and the mailbox of the answers."""

    certificate_file: ReadableFile
    """PEM: the sender's certificate, and those between it and an anchor."""
    key_file: KeyFile
    """PEM, without a password."""
    recipients: Folder
    """Certificates of those we write to."""
    anchors_file: ReadableFile
    """PEM: the authorities that are trusted."""
    oid: Annotated[str, AfterValidator(_oid)] | None = None
    """The practice's own OID: with it messages of IHE 360X go along with letters whose request bears such a number."""
    answers_requests: bool = False
    """Whether referrers are told by messages of 360X that a request is accepted or declined: EHRs give numbers with
    an OID to orders of their own as well, so ``oid`` alone does not prove that the other side speaks 360X."""
    mailbox_host: Host | None = None
    """Without one nothing is known of a letter but that the server took it."""
    mailbox_port: int = Field(default=993, ge=1, le=65535)
    mailbox_user: Text | None = None
    mailbox_password: Secret | None = None
    mailbox_folder: AsciiText = "INBOX"

    @model_validator(mode="after")
    def _whole_mailbox(self) -> DirectConfig:
        of_mailbox = (self.mailbox_host, self.mailbox_user, self.mailbox_password)
        if any(one is None for one in of_mailbox) and any(one is not None for one in of_mailbox):
            raise ValueError("mailbox_host, mailbox_user and mailbox_password are expected together, or none of them")
        return self

    @model_validator(mode="after")
    def _answers_with_an_oid(self) -> DirectConfig:
        if self.answers_requests and self.oid is None:
            raise ValueError("answers_requests needs oid")
        return self

    @property
    def answering_oid(self) -> str | None:
        """The OID in whose name requests are answered, where they are."""
        return self.oid if self.answers_requests else None
