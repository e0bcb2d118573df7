"""A mail server on loopback that does what it is told to do with each recipient, and keeps account of what it took."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import trustme

TAKE, GREYLIST, REFUSE = "take", "greylist", "refuse"
REFUSE_DATA, PUT_OFF_DATA, CLOSE_AFTER_DATA = "refuse data", "put data off", "close after data"
CLOSE_AT_RCPT, QUIT_421, CLOSE_AT_QUIT = "close at rcpt", "421 to quit", "close at quit"


@dataclass(frozen=True)
class Mail:
    """A mail as the server read it."""

    recipient: str
    content: bytes

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.content)["Message-ID"])


@dataclass
class Script:
    """What the server does, and what it saw. ``manner`` says by recipient and how often it was asked for before."""

    manner: Callable[[str, int], str] = lambda recipient, asked: TAKE
    drops_tls: Callable[[], bool] = lambda: False
    smtputf8: bool = True
    dsn: bool = False
    """Whether it offers reports on deliveries (RFC 3461)."""
    envelopes: list[str] = field(default_factory=list)
    """What stood behind each MAIL and RCPT."""
    tls: ssl.SSLContext | None = None
    greeting: str = "220 scripted"
    sender_answer: str = "250 fine"
    accepted: list[Mail] = field(default_factory=list)
    """What it answered with 250: from then on its own to deliver."""
    unanswered: list[Mail] = field(default_factory=list)
    """What it read to the end, and then closed the connection."""
    asked: Counter[str] = field(default_factory=Counter)
    """By recipient: how often it was asked to take a mail."""
    connections: int = 0
    on_mail: Callable[[Mail], Any] = lambda mail: None
    """Called with each mail before it is answered."""


class _Session(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        script = self.server.script
        script.connections += 1
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.request.makefile("rb")
        self.secure, self.manner, self.recipient, self.utf8 = False, TAKE, "", False
        self._say(script.greeting)
        while line := self.file.readline():
            command, _, rest = line.decode("utf-8").strip().partition(" ")
            step = getattr(self, f"_{command.lower()}", None)
            if step is None:
                self._say("502 what?")
            elif step(rest) is False:
                break
        self.request.close()

    def _say(self, words: str) -> None:
        self.request.sendall(words.encode() + b"\r\n")

    def _ehlo(self, rest: str) -> None:
        script = self.server.script
        offers = ["scripted", "8BITMIME"]
        offers += ["SMTPUTF8"] if script.smtputf8 else []
        offers += ["DSN"] if script.dsn else []
        offers += ["STARTTLS"] if script.tls is not None and not self.secure else []
        lines = [f"250-{offer}" for offer in offers[:-1]]
        self._say("\r\n".join([*lines, f"250 {offers[-1]}"]))

    def _starttls(self, rest: str) -> bool | None:
        script = self.server.script
        assert script.tls is not None
        self._say("220 go on")
        if script.drops_tls():
            return False
        self.request = script.tls.wrap_socket(self.request, server_side=True)
        self.file, self.secure = self.request.makefile("rb"), True
        return None

    def _mail(self, rest: str) -> None:
        self.utf8 = "SMTPUTF8" in rest
        self.server.script.envelopes.append(rest)
        assert self.secure or self.server.script.tls is None
        self._say(self.server.script.sender_answer)

    def _rcpt(self, rest: str) -> bool | None:
        script = self.server.script
        script.envelopes.append(rest)
        self.recipient = rest.partition("<")[2].rpartition(">")[0]
        assert self.utf8 or self.recipient.isascii()
        self.manner = script.manner(self.recipient, script.asked[self.recipient])
        script.asked[self.recipient] += 1
        if self.manner == CLOSE_AT_RCPT:
            return False
        answers = {
            GREYLIST: "451 4.7.1 Greylisted, come back later",
            REFUSE: f"550 5.1.1 <{self.recipient}> is unknown here",
        }
        self._say(answers.get(self.manner, "250 fine"))
        return None

    def _data(self, rest: str) -> bool | None:
        script = self.server.script
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = Mail(self.recipient, b"".join(lines))
        script.on_mail(mail)
        if self.manner == CLOSE_AFTER_DATA:
            script.unanswered.append(mail)
            return False
        if self.manner in (REFUSE_DATA, PUT_OFF_DATA):
            self._say("554 5.7.1 Not this one" if self.manner == REFUSE_DATA else "452 4.3.1 No room")
            return None
        script.accepted.append(mail)
        self._say("250 2.0.0 Taken")
        return None

    def _rset(self, rest: str) -> None:
        self._say("250 fine")

    def _quit(self, rest: str) -> bool:
        if self.manner != CLOSE_AT_QUIT:
            self._say("421 4.3.2 Going down" if self.manner == QUIT_421 else "221 bye")
        return False


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.script = script

    def handle_error(self, request: Any, client_address: Any) -> None:
        import sys

        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away is no news
            super().handle_error(request, client_address)


@contextmanager
def listening(script: Script) -> Iterator[int]:
    """Listen while the block runs; gives the port."""
    with _Server(script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS for 127.0.0.1, and the file by which a client trusts it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    return context, trusted
