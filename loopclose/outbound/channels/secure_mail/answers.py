"""Mails that are no reports: of what kind they seem to be, for whoever reads them, and what they quote."""

from __future__ import annotations

from email.message import Message

from loopclose.outbound.channels.secure_mail.reports import header

ANSWER = "It is an automatic answer, such as an absence notice."
BY_A_SYSTEM = "It is from a mail system, in words of its own: perhaps the letter did not arrive."
NO_REPORT = "It is no report: perhaps somebody wrote an answer."
_DAEMONS = ("mailer-daemon", "postmaster", "mail delivery s")
_AUTOMATIC = {"auto_reply", "bulk", "junk", "auto-reply"}
"""What the header Precedence says of mails that no person wrote, before there was Auto-Submitted (RFC 3834)."""
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
MOST_CHARACTERS = 200_000
"""Of a part, of which what it quotes is looked for."""


def kind_of(*mails: Message) -> str:
    """What a mail without a report in it seems to be, in one sentence; of one that was opened outside and inside."""
    if any(_is_of_a_system(one) for one in mails):
        return BY_A_SYSTEM
    return ANSWER if any(_is_automatic(one) for one in mails) else NO_REPORT


def answered_by(mail: Message) -> str:
    """The Message-IDs of what a mail answers."""
    return " ".join(header(mail, name) for name in ("In-Reply-To", "References"))


def words_of(mail: Message) -> str:
    """Whatever words and headers stand in a mail and its parts."""
    found: list[str] = []
    for part in mail.walk():
        found += [str(value) for value in part.values()]
        words = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(words, bytes):
            found.append(words[:MOST_CHARACTERS].decode("utf-8", "replace"))
    return " ".join(found)


def _is_of_a_system(mail: Message) -> bool:
    sender = header(mail, "From").lower()
    return any(one in sender for one in _DAEMONS)


def _is_automatic(mail: Message) -> bool:
    if header(mail, "Auto-Submitted").lower() not in ("", "no") or any(header(mail, name) for name in _MARKS):
        return True
    return header(mail, "Precedence").lower() in _AUTOMATIC
