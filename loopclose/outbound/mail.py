"""Transports: a mail server, or a folder. A failure says whether another try may help, and whose trouble it is."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from loopclose.domain.addresses import Address, BadAddress, parse_address
from loopclose.outbound.smtp import Refusal, greeted, hand_over, take_leave


@dataclass(frozen=True)
class FrozenMail:
    """A message as it was planned: the same bytes and Message-ID however often it is sent."""

    message_id: str
    recipients: tuple[str, ...]
    content: bytes
    envelope_id: str | None = None
    """By which a server that reports on deliveries (RFC 3461) shall name it; without one it is asked for no report."""


class SendError(Exception):
    """A mail did not leave, or nobody knows whether it did. The text is a sentence without an address.

    ``final``: another try will not help. ``at_server``: the trouble is the mail server's, and no mail of ours would
    have left. ``unknown``: everything was handed over and no answer came, so the server may have taken it.
    """

    def __init__(self, text: str, *, final: bool, at_server: bool = False, unknown: bool = False) -> None:
        super().__init__(text)
        self.final, self.at_server, self.unknown = final, at_server, unknown


class Mailer(Protocol):
    """Something that takes a mail; returning means that it was accepted."""

    def send(self, mail: FrozenMail) -> str | None:
        """Hand over one mail; raises ``SendError``. Gives a note on what went wrong after it was accepted."""


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
    table: str = "[mail]"
    """Of the configuration, for what is said of it."""

    def send(self, mail: FrozenMail) -> str | None:
        """Hand over one mail, in a connection of its own.

        The server's answer to the whole of it decides: from a 2yz on it is the server's to deliver (RFC 5321 4.2.5),
        and nothing that happens afterwards makes it unsent.
        """
        sender, recipients = _read(self.sender), [_read(one) for one in mail.recipients]
        server = self._connected()
        try:
            hand_over(server, sender, recipients, mail.content, mail.envelope_id)
        except Refusal as problem:
            raise SendError(
                str(problem), final=problem.final, at_server=problem.at_server, unknown=problem.unknown
            ) from problem
        else:
            return take_leave(server)
        finally:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        """A greeted server, behind TLS where that is asked for; whatever goes wrong here is the server's trouble."""
        where = f"The mail server at {self.host}:{self.port}"
        try:
            return self._open()
        except smtplib.SMTPAuthenticationError as problem:
            words = f"{where} refuses user and password ({problem.smtp_code}): see {self.table}."
        except smtplib.SMTPNotSupportedError as problem:
            words = f"{where} offers no {'STARTTLS' if 'STARTTLS' in str(problem) else 'sign-in'}: see {self.table}."
        except smtplib.SMTPResponseException as problem:
            words = f"{where} refuses us ({problem.smtp_code})."
        except ssl.SSLCertVerificationError:
            words = f"{where} shows a certificate that is not trusted: see ca in {self.table}."
        except (smtplib.SMTPException, ssl.SSLError, ConnectionResetError, BrokenPipeError):
            words = f"{where} ended the connection before it took anything."
        except (OSError, ValueError):  # a port or a host name that is none is a ValueError
            words = f"{where} cannot be reached."
        raise SendError(words, final=False, at_server=True)

    def _open(self) -> smtplib.SMTP:
        context = _trust(self.ca, self.ca.stat().st_mtime_ns if self.ca else 0)
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=_own_name(), timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, local_hostname=_own_name(), timeout=self.timeout)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            greeted(server)
            if self.user is not None and self.password is not None:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True)
class FolderMailer:
    """Mails as files, for the demo; sending one again writes the same file."""

    folder: Path

    def send(self, mail: FrozenMail) -> str | None:
        """Write one mail."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{mail.message_id.strip('<>').split('@')[0]}.eml").write_bytes(mail.content)
        except OSError as problem:
            words = f"The folder for mails cannot be written ({problem.strerror}): see mail_folder in [web]."
            raise SendError(words, final=False, at_server=True) from problem
        return None


def _read(text: str) -> Address:
    try:
        return parse_address(text)
    except BadAddress as problem:
        raise SendError(str(problem), final=True) from problem


@lru_cache(maxsize=4)
def _trust(ca: Path | None, _changed: int) -> ssl.SSLContext:
    """Reading every authority takes longer than a mail: once for each state of the file."""
    return ssl.create_default_context(cafile=str(ca) if ca else None)


@lru_cache(maxsize=1)
def _own_name() -> str:
    """Asked once: on some networks it takes seconds."""
    return socket.getfqdn()
