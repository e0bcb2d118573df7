"""One mail to one SMTP server, step by step, so that it is known how far it got when something goes wrong."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Sequence

from loopclose.domain.addresses import Address

MOST_WORDS = 160
NO_SMTPUTF8 = (
    "The mail server takes no address with letters beyond ASCII before the @ (SMTPUTF8):"
    " give this user an address without."
)


class Refusal(Exception):
    """A server did not take a mail: ``final``, ``at_server`` and ``unknown`` as ``mail.SendError`` has them."""

    def __init__(self, text: str, *, final: bool = False, at_server: bool = False, unknown: bool = False) -> None:
        super().__init__(text)
        self.final, self.at_server, self.unknown = final, at_server, unknown


def greeted(server: smtplib.SMTP) -> None:
    """Greet the server, anew after STARTTLS; raises what smtplib raises."""
    server.ehlo_or_helo_if_needed()


def hand_over(
    server: smtplib.SMTP,
    sender: Address,
    recipients: Sequence[Address],
    content: bytes,
    envelope_id: str | None = None,
) -> None:
    """Hand over one mail; returning means that the server took it. Raises ``Refusal``.

    With an envelope id (letters, digits and dashes) a server that offers it is asked to report what becomes of the mail
    (RFC 3461); one that does not is never asked.

    5yz to a recipient, or to the mail itself, is final (RFC 5321 4.2.1); to our sender it is a matter of our
    configuration, and of every mail. 421 says that the server is closing, whatever was asked.
    """
    addresses = [str(one) for one in recipients]
    if not (sender.is_ascii and all(one.is_ascii for one in recipients)):
        if not server.has_extn("smtputf8"):
            raise Refusal(NO_SMTPUTF8, final=True)
        server.command_encoding = "utf-8"
        options = " SMTPUTF8 BODY=8BITMIME"
    else:
        options = "" if content.isascii() else " BODY=8BITMIME"
    notify = ""
    if envelope_id is not None and server.has_extn("dsn"):
        options += f" RET=HDRS ENVID={envelope_id}"
        notify = " NOTIFY=SUCCESS,FAILURE,DELAY"
    code, words = _asked(server, f"MAIL FROM:<{sender}>{options}")
    if not 200 <= code < 300:
        raise _refusal(code, words, "our sender", at_server=code >= 500)
    for one in addresses:
        code, words = _asked(server, f"RCPT TO:<{one}>{notify}")
        if not 200 <= code < 300:
            raise _refusal(code, words, "the recipient")
    code, words = _asked(server, "DATA")
    if code != 354:
        raise _refusal(code, words, "the mail")
    code, words = _answer_to(server, content)
    if not 200 <= code < 300:
        raise _refusal(code, words, "the mail, after reading it")


def take_leave(server: smtplib.SMTP) -> str | None:
    """Say goodbye; gives a note where the server answers it with anything but a goodbye."""
    try:
        code, _ = server.docmd("QUIT")
    except (smtplib.SMTPException, OSError):
        return "The mail server took it, and then closed the connection without a word."
    return None if code == 221 else f"The mail server took it, and then answered {code} to our goodbye."


def _asked(server: smtplib.SMTP, command: str) -> tuple[int, bytes]:
    try:
        return server.docmd(command)
    except (smtplib.SMTPException, OSError) as problem:
        raise Refusal("The mail server ended the connection before it took the mail.") from problem


def _answer_to(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    try:
        server.send(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    except (smtplib.SMTPException, OSError) as problem:  # the end of it was not handed over
        raise Refusal("The mail server ended the connection while it read the mail.") from problem
    try:
        code, words = server.getreply()
    except (smtplib.SMTPException, OSError) as problem:
        raise _unknown() from problem
    if not 200 <= code < 600:
        raise _unknown()
    return code, words


def _unknown() -> Refusal:
    return Refusal("The mail server ended the connection without saying whether it took the mail.", unknown=True)


def _refusal(code: int, words: bytes, what: str, *, at_server: bool = False) -> Refusal:
    """What it refused, with its number and its words, from which addresses are taken out."""
    said = words[:MOST_WORDS].decode("utf-8", errors="replace")
    printable = "".join(character if character.isprintable() else " " for character in said)
    said = " ".join("…" if "@" in word else word for word in printable.split()).rstrip(".")
    how = "refused" if code >= 500 else "put off" if code >= 400 else "did not understand"
    quoted = f": “{said}”" if said else ""
    text = f"The mail server {how} {what} ({code}){quoted}."
    return Refusal(text, final=code >= 500 and not at_server, at_server=at_server)
