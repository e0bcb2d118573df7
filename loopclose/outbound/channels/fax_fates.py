"""What fax gateways say became of a fax, as a fate: their words for a failure are a table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loopclose.domain.fax_numbers import parse_fax_number
from loopclose.outbound.channels.channel import Fate, Parcel

LONGEST = 60
_SAFE = re.compile(r"[^A-Za-z ,.'/-]+")


@dataclass(frozen=True)
class Ending:
    """A failure: by what a gateway's words are known, without capitals and marks, and what it means for the number."""

    said: re.Pattern[str]
    words: str
    final: bool = False
    address_is_bad: bool = False


ENDINGS = (
    Ending(
        re.compile(r"\b(?:blocked|blacklist|do not fax|opt out)"), "The gateway does not dial this number.", final=True
    ),
    Ending(
        re.compile(r"\b(?:no ?answer|not answered|did not answer|no user respon)"), "Nobody answered at this number."
    ),
    Ending(
        re.compile(r"\b(?:no remote fax|no fax|not a fax|not fax|voice|human)"),
        "No fax machine answered at this number.",
        final=True,
        address_is_bad=True,
    ),
    Ending(
        re.compile(
            r"\b(?:(?:invalid|bad|undialable|no such) (?:fax |phone |destination )?number"
            r"|not a valid (?:fax |phone )?number|number (?:is )?not (?:valid|operational)|not in service"
            r"|disconnected number|wrong number|number changed|unallocated|unassigned"
            r"|number (?:is |was |(?:[a-z]+ ){0,3}has been )?disconnected(?! (?:after|before|during|while))"
            r"|number (?:[a-z]+ ){0,3}does not exist)"
        ),
        "There is no such number, or it is out of service.",
        final=True,
        address_is_bad=True,
    ),
    Ending(re.compile(r"\b(?:line ?|user ?|signal ?)?busy"), "The line was busy."),
    Ending(re.compile(r"\b(?:cancel|stopped by)"), "Somebody stopped this fax at the gateway.", final=True),
    Ending(
        re.compile(r"\b(?:[a-z]*conversion|convert|unsupported file|rendering)"),
        "The gateway could not read the letter.",
        final=True,
    ),
)
"""SRFax names "Busy", "No Answer" and "No Remote Fax" as the most frequent of a wide range (srfax.com/developers,
Get_FaxStatus); the others are what such networks say (Q.850 causes 1, 17, 18, 19, 22, 27). The first that fits counts;
words that nobody knows are quoted, and are taken for a trouble that passes: that a call, or the other side, was
disconnected is one."""


def failed(said: str, *, sent: int | None = None, of: int | None = None, at: datetime | None = None) -> Fate:
    """A fax that failed, after ``sent`` of its pages; as many as it has are no word of a part."""
    plain = _plain(said)
    found = next((one for one in ENDINGS if one.said.search(plain)), None)
    words = found.words if found else _quoted(said)
    if sent and (of is None or sent < of):
        words = f"{partly(sent, of)} {words}"
        return Fate("failed", at=at, words=words, final=False)
    return Fate(
        "failed", at, words, final=bool(found and found.final), address_is_bad=bool(found and found.address_is_bad)
    )


def count_of(value: object) -> int | None:
    """A number of pages, as a number or in words ("2", "2.0", "1 of 2": the first); None for none."""
    found = re.match(r"\s*([0-9]{1,5})(?![0-9])", str(value)) if not isinstance(value, bool) else None
    return int(found.group(1)) if found else None


def partly(sent: int, of: int | None) -> str:
    """That some pages arrived: the office has a part of the letter, and gets it whole with the next try."""
    whole = f" of {of}" if of and of >= sent else ""
    return f"Only {sent}{whole} page{'' if (of or sent) == 1 else 's'} went through."


def dialled(number: object, parcel: Parcel) -> bool:
    """Whether the number that a gateway names, where it names one, is that of the parcel: as far as it shows it."""
    digits = "".join(character for character in str(number or "") if character.isdecimal())
    return not digits or parse_fax_number(parcel.to).digits[-10:].endswith(digits[-10:])


def _plain(said: str) -> str:
    """In small letters, with a blank for every mark and before each capital within a word: "NO_ANSWER", "NoAnswer"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", said)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", apart.lower()).split())


def _quoted(said: str) -> str:
    """Without digits and anything that may be somebody's."""
    words = _SAFE.sub(" ", said[:LONGEST]).split()
    plain = " ".join(word for word in words if any(map(str.isalpha, word))).rstrip(".")
    return f"The gateway says that it failed: “{plain}”." if plain else "The gateway says that it failed."


def of_all(fates: list[Fate], parcel: Parcel) -> Fate | None:
    """One fate of everything that a gateway lists under our label: what arrived counts, then what still may.

    None for a failure that may be that of an earlier try, while the last one, which is not listed yet, goes through.
    """
    order = ("received", "transmitted", "underway", "failed", "absent")
    best = min(fates, key=lambda one: order.index(one.state))
    if best.state == "failed" and parcel.attempt is None:
        return None
    if len(fates) == 1:
        return best
    return replace(best, words=f"The gateway lists this fax {len(fates)} times. {best.words}".strip())


def absent_by_listing(parcel: Parcel, now: datetime, minutes: int | None) -> Fate | None:
    """What it means that a listing, read to its end, has no such fax: nothing, as a rule. One that lags would lead to a
    second fax.

    Absent only where the practice has it from the gateway that a fax is listed ``minutes`` after it was taken at the
    latest, and so much time has passed since it was handed over.
    """
    if minutes is None or parcel.tried_at is None:
        return None
    if now - parcel.tried_at < timedelta(minutes=minutes):
        return Fate("underway", words="The gateway does not list this fax yet; it is asked again.")
    return Fate("absent", words="The gateway never took this fax.")
