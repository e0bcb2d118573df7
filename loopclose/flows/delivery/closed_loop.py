"""The message of IHE 360X that goes along with a Direct message, where the request came that way: it bears an OID.

A referrer's system that speaks 360X files the outcome with its order by the order's own number; any other finds one
more file in the package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime

from fhir_adapters.facts import Identifier
from loopclose.domain.letter_kinds import INTERIM
from loopclose.letters.letter import Letter, Person, name_parts
from loopclose.outbound.channels.channel import Enclosure
from loopclose.outbound.channels.secure_mail.closed_loop import Numbered, Referral, Subject, about_referral, no_show

OID = "urn:oid:"
SEX = {"female": "F", "male": "M", "other": "O"}
CONTROL = 20
"""Characters of MSH-10 (HL7 2.5.1, 2.15.9.10)."""


def message_of(letter: Letter, us: str | None, delivery: str, at: datetime) -> Enclosure | None:
    """The outcome, the interim note or the missed visit of a request that bears an OID; None where it bears none, or
    the practice has none (``us``).
    """
    header = letter.header
    number, patient = _numbered(header.referral), _subject(header.patient)
    if us is None or number is None or patient is None:
        return None
    control = hashlib.sha256(delivery.encode()).hexdigest()[:CONTROL]
    referral = Referral(number, patient, us, number.authority)
    if not letter.is_notice:
        return about_referral("interim note" if letter.kind.code == INTERIM else "outcome", referral, control, at)
    booked = _numbered(header.seen.identifiers)
    if booked is None:
        return None
    contact = header.practice.name
    return no_show(referral, control, at, appointment=booked, start=header.seen.start, contact=contact)


def _numbered(identifiers: Iterable[Identifier]) -> Numbered | None:
    """The first number that an OID stands behind."""
    for one in identifiers:
        if one.value and one.system and one.system.startswith(OID):
            return Numbered(one.value, one.system.removeprefix(OID))
    return None


def _subject(patient: Person) -> Subject | None:
    number = _numbered(patient.identifiers)
    given, family, _ = name_parts(patient.given, patient.family, patient.name or "")
    if number is None or not family:
        return None
    return Subject(number, family, " ".join(given), _day(patient.born), SEX.get(patient.gender or "", "U"))  # type: ignore[arg-type]


def _day(born: str | None) -> date | None:
    try:
        return date.fromisoformat(born) if born else None
    except ValueError:  # a year, or a month
        return None
