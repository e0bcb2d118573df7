"""Our mailbox, read by IMAP over TLS (RFC 3501): nothing is deleted, and a mail is seen once its notice was kept."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loopclose.outbound.channels.secure_mail.reports import MOST_BYTES
from loopclose.outbound.mail import SendError

_UID = re.compile(rb"[0-9]{1,10}")


@dataclass(frozen=True)
class Mail:
    """A mail in the mailbox; of one larger than any report only the beginning was read."""

    uid: int
    content: bytes


@dataclass(frozen=True)
class Mailbox:
    """Where answers come in: for Loopclose alone, since a mail that a person opened there is not read any more."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    folder: str = "INBOX"
    ca: Path | None = None
    timeout: float = 30
    table: str = "[direct]"
    """Of the configuration, for what is said of it."""

    @contextmanager
    def opened(self) -> Iterator[OpenMailbox]:
        """A signed-in connection; raises ``SendError`` (``at_server``, not final) where there is none."""
        server = self._connected()
        try:
            yield OpenMailbox(server)
        finally:
            _closed(server)

    def _connected(self) -> imaplib.IMAP4_SSL:
        where = f"The mailbox at {self.host}:{self.port}"
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
            server = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=self.timeout)
        except ssl.SSLCertVerificationError as problem:
            words = f"{where} shows a certificate that is not trusted: see ca in {self.table}."
            raise SendError(words, final=False, at_server=True) from problem
        except (imaplib.IMAP4.error, OSError, ValueError) as problem:
            raise SendError(f"{where} cannot be reached.", final=False, at_server=True) from problem
        try:
            words = f"{where} refuses user and password: see {self.table}."
            server.login(self.user, self.password)
            words = f"{where} has no folder as {self.table} names it."
            if server.select(_quoted(self.folder))[0] != "OK":
                raise server.error(words)
        except (imaplib.IMAP4.error, OSError, ValueError) as problem:  # letters beyond ASCII are a ValueError
            _closed(server)
            raise SendError(words, final=False, at_server=True) from problem
        return server


@dataclass(frozen=True)
class OpenMailbox:
    """The mailbox while it is open."""

    server: imaplib.IMAP4_SSL

    def unseen(self) -> Iterator[Mail]:
        """Every mail that is not marked as seen, the oldest first; asking for them marks none.

        Whoever takes one keeps what it says and then calls ``acknowledge``; after a crash in between it comes again.
        """
        found = self._asked("SEARCH", "UNSEEN")
        numbers = _UID.findall(b" ".join(one for one in found if isinstance(one, bytes)))
        for uid in sorted(map(int, numbers)):
            parts = self._asked("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
            content = [one[1] for one in parts if isinstance(one, tuple) and len(one) > 1]
            if content:  # one that was moved away since is no mail any more
                yield Mail(uid, content[0])

    def acknowledge(self, mail: Mail) -> None:
        """Mark one as seen, so that it does not come again; raises ``SendError`` where the server does not do it."""
        self._asked("STORE", str(mail.uid), "+FLAGS.SILENT", r"(\Seen)")

    def _asked(self, *command: str) -> list[Any]:
        try:
            answer, found = self.server.uid(*command)
        except (imaplib.IMAP4.error, OSError) as problem:
            raise SendError("The mailbox ended the connection.", final=False, at_server=True) from problem
        if answer != "OK":
            raise SendError(f"The mailbox refused {command[0]} ({answer}).", final=False, at_server=True)
        return found


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _closed(server: imaplib.IMAP4_SSL) -> None:
    """Say goodbye, and end the connection whatever is answered."""
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        server.shutdown()
