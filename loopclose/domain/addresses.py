"""E-mail addresses: whether a mail can be written to one, and how it then stands in the mail and on the wire."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna

LONGEST, LONGEST_LOCAL = 254, 64
"""Octets (RFC 5321 4.5.3.1; a path of 256 less its angle brackets)."""
_LETTERS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOTTED = re.compile(rf"{_LETTERS}(?:\.{_LETTERS})*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\[ -~])*"')
EXPECTED = "write it like name@practice.example"


class BadAddress(ValueError):
    """No mail can be written to that address; the text is one sentence that says why, without the address."""


@dataclass(frozen=True)
class Address:
    """An address, as a mail server is told it."""

    local: str
    """In quotes where it must be; letters beyond ASCII as they are (RFC 6531)."""
    domain: str
    """In ASCII (IDNA 2008)."""

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        """Whether every mail server can take it; others need SMTPUTF8."""
        return self.local.isascii()


def parse_address(text: str) -> Address:
    """Read an address; raises ``BadAddress`` for what no mail can be sent to.

    A control character, a line break among them, or one that turns the direction of writing never passes, so that
    nothing which is put into a header can begin another one.
    """
    if len(text) > LONGEST:
        raise BadAddress(f"The address is longer than {LONGEST} characters: {EXPECTED}.")
    if not text.isprintable():
        raise BadAddress(f"An address has no line breaks or control characters: {EXPECTED}.")
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    if not at or not local or not domain:
        raise BadAddress(f"An address has a name, an @ and a domain: {EXPECTED}.")
    if not (_DOTTED.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise BadAddress(f"The part before the @ has characters that an address cannot have: {EXPECTED}.")
    if len(local.encode()) > LONGEST_LOCAL:
        raise BadAddress(f"The part before the @ is longer than {LONGEST_LOCAL} characters: {EXPECTED}.")
    found = Address(local, _in_ascii(domain))
    if len(str(found).encode()) > LONGEST:
        raise BadAddress(f"The address is longer than {LONGEST} characters: {EXPECTED}.")
    return found


def checked_address(text: str) -> str:
    """The same text; raises ``BadAddress`` as ``parse_address`` does."""
    parse_address(text)
    return text


def _in_ascii(domain: str) -> str:
    try:
        found = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as problem:
        raise BadAddress(f"The part after the @ is no domain name: {EXPECTED}.") from problem
    if found.endswith(".") or found.rpartition(".")[2].isdigit():
        raise BadAddress(f"The part after the @ is no domain name: {EXPECTED}.")
    return found
