"""Where letters for a referrer go: which address may be used, in which order, and from when. Pure.

An address belongs to one referrer at one location. The first letter to it, and the first after a year without one,
needs a person's check; one that bounced, or that somebody called wrong, is closed and stays closed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from loopclose.domain.addresses import BadAddress, parse_address
from loopclose.domain.channels import CHANNELS, IN_BOOK
from loopclose.domain.fax_numbers import BadFaxNumber, parse_fax_number

UNUSED = timedelta(days=365)
"""After as long without a letter, or a check, an address is checked again."""
SOURCES = {
    "role": "the directory of the EHR",
    "endpoint": "an Endpoint of the EHR",
    "letter": "a letter of the referrer",
    "person": "somebody said so",
}
"""How an address came to be known, by code."""
NOT_CHECKED = "Nobody has checked this address yet: compare it with the office, then say that it is right."
UNUSED_LONG = "No letter went there for a year: check it with the office again, then say that it is right."
WANTS_NONE = "Their office wants no letters this way: {words}"
COPIES, PAPER = "copies", "paper"
OPT_OUTS = {
    PAPER: "no more paper: neither fax nor print",
    COPIES: "no copies of letters to somebody else",
    **{name: f"nothing by {CHANNELS[name].called}" for name in IN_BOOK},
}
"""What an office can say that it does not want, by code."""
ON_PAPER = frozenset({"fax", "print"})
NO_CHANNEL = "Nothing is configured that could send there: see docs/delivery.md."


@dataclass(frozen=True)
class Entry:
    """One address of the book."""

    id: str
    referrer: str
    """Whose it is: ``clinician_key``."""
    channel: str
    """A key of ``CHANNELS``."""
    to: str
    rank: int = 1
    """1 is tried first."""
    checked_at: datetime | None = None
    checked_by: str | None = None
    used_at: datetime | None = None
    """When a letter last went there."""
    closed_at: datetime | None = None
    closed_because: str | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    """Local hours of the practice in which nothing that can wait is sent there; over midnight where they begin late."""


def why_not(entry: Entry, now: datetime, channels: Collection[str]) -> str | None:
    """Why nothing may be sent to an address now, in one sentence; None where it may. ``channels``: those configured."""
    if entry.closed_at is not None:
        return f"This address is closed: {entry.closed_because or 'somebody closed it.'}"
    if entry.channel not in channels:
        return NO_CHANNEL
    if entry.checked_at is None:
        return NOT_CHECKED
    if now - max(entry.checked_at, entry.used_at or entry.checked_at) > UNUSED:
        return UNUSED_LONG
    return None


def wants_none(channel: str, *, is_copy: bool, opted_out: Mapping[str, str]) -> str | None:
    """Why an office does not want a letter this way, in its words; None where it said nothing. ``opted_out``: by code
    of ``OPT_OUTS``, their words.
    """
    for code, words in opted_out.items():
        if code == channel or (code == PAPER and channel in ON_PAPER) or (code == COPIES and is_copy):
            return WANTS_NONE.format(words=words or OPT_OUTS[code])
    return None


def usable(entries: Iterable[Entry], now: datetime, channels: Collection[str]) -> list[Entry]:
    """Those to which something may be sent now, in the order in which they are tried."""
    found = [one for one in entries if why_not(one, now, channels) is None]
    order = list(CHANNELS)
    return sorted(found, key=lambda one: (one.rank, order.index(one.channel), one.to, one.id))


def not_before(entry: Entry, now: datetime, zone: ZoneInfo, *, is_urgent: bool) -> datetime:
    """From when something may be sent to an address: now, or the end of its quiet hours, for which nothing that is
    urgent waits.
    """
    if is_urgent or entry.quiet_from is None or entry.quiet_until is None or entry.quiet_from == entry.quiet_until:
        return now
    local = now.astimezone(zone)
    over_midnight = entry.quiet_from > entry.quiet_until
    at = local.time()
    is_quiet = (
        at >= entry.quiet_from or at < entry.quiet_until
        if over_midnight
        else entry.quiet_from <= at < entry.quiet_until
    )
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1 if over_midnight and at >= entry.quiet_from else 0)
    return datetime.combine(day, entry.quiet_until, tzinfo=zone).astimezone(now.tzinfo)


_KEY = re.compile(r"[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.-]{1,64}")
_PRINTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def checked(channel: str, text: str) -> str:
    """An address as the book keeps it; raises ``BadAddress`` with one sentence for what no channel could send to."""
    text = text.strip()
    if channel in ("direct", "mail"):
        return str(parse_address(text)).lower()
    if channel == "fax":
        try:
            return str(parse_fax_number(text))
        except BadFaxNumber as problem:
            raise BadAddress(str(problem)) from problem
    pattern = _KEY if channel == "fhir" else _PRINTER
    if not pattern.fullmatch(text):
        raise BadAddress(
            "A recipient in the EHR is written like Practitioner/7."
            if channel == "fhir"
            else "A printer is named as in the configuration: letters, digits, - and _."
        )
    return text


def address_words(to: str, channel: str) -> str:
    """An address as somebody reads it out: ``(617) 555-0142`` for a fax number of North America."""
    if channel == "fax" and to.startswith("+1") and len(to) == 12:
        return f"({to[2:5]}) {to[5:8]}-{to[8:]}"
    return to
