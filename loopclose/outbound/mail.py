"""Transports: a mail server, or a folder. A failure says whether another try may help."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class FrozenMail:
    """A message as it was planned: the same bytes and Message-ID however often it is sent."""

    message_id: str
    recipients: tuple[str, ...]
    content: bytes


class SendError(Exception):
    """A mail did not leave; ``final`` where another try will not help. The text holds no address."""

    def __init__(self, text: str, *, final: bool) -> None:
        super().__init__(text)
        self.final = final


class Mailer(Protocol):
    """Something that takes a mail; returning means that it was accepted."""

    def send(self, mail: FrozenMail) -> None:
        """Hand over one mail; raises ``SendError``."""


@dataclass(frozen=True)
class SmtpMailer:
    """A mail server (RFC 5321). ``tls``: none (loopback only), starttls or tls."""

    host: str
    port: int
    sender: str
    tls: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    timeout: float = 30

    def send(self, mail: FrozenMail) -> None:
        """Hand over one mail; refused recipients are final."""
        try:
            with self._connect() as server:
                server.sendmail(self.sender, list(mail.recipients), mail.content)
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _ in problem.recipients.values()]
            raise SendError(
                "The mail server refused the recipient.", final=all(code >= 500 for code in codes)
            ) from problem
        except smtplib.SMTPResponseException as problem:
            raise SendError(
                f"The mail server answered {problem.smtp_code}.", final=problem.smtp_code >= 500
            ) from problem
        except (smtplib.SMTPException, OSError) as problem:
            raise SendError(f"The mail server at {self.host} cannot be reached.", final=False) from problem

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
            if self.tls == "starttls":
                server.starttls(context=context)
        if self.user is not None and self.password is not None:
            server.login(self.user, self.password)
        return server


@dataclass(frozen=True)
class FolderMailer:
    """Mails as files, for the demo; sending one again writes the same file."""

    folder: Path

    def send(self, mail: FrozenMail) -> None:
        """Write one mail."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{mail.message_id.strip('<>').split('@')[0]}.eml").write_bytes(mail.content)
