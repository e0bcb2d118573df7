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
from loopclose.domain.request_answers import OID, numbered
from loopclose.letters.letter import Letter, Person, name_parts
from loopclose.outbound.channels.channel import Enclosure
from loopclose.outbound.channels.secure_mail.closed_loop import Numbered, Referral, Subject, about_referral, no_show

SEX = {"female": "F", "male": "M", "other": "O"}
CONTROL = 20
"""Characters of MSH-10 (HL7 2.5.1, 2.15.9.10)."""


def message_of(letter: Letter, us: str | None, delivery: str, at: datetime) -> Enclosure | None:
    """The outcome, the interim note or the missed visit of a request that bears an OID; None where it bears none, or
    the practice has none (``us``).
    """
    header = letter.header
    referral, control = _referral(header.referral, header.patient, us), _control(delivery)
    if referral is None:
        return None
    if not letter.is_notice:
        return about_referral("interim note" if letter.kind.code == INTERIM else "outcome", referral, control, at)
    booked = _numbered(header.seen.identifiers)
    if booked is None:
        return None
    contact = header.practice.name
    return no_show(referral, control, at, appointment=booked, start=header.seen.start, contact=contact)


def status_message(
    request: Iterable[Identifier],
    patient: Person,
    us: str | None,
    delivery: str,
    at: datetime,
    *,
    is_accepted: bool,
    expected: datetime | None = None,
) -> Enclosure | None:
    """That a request was accepted or declined (PCC-56), by its numbers; None where it, the patient or the practice
    (``us``) has none. ``expected``: when the visit is booked.
    """
    referral = _referral(request, patient, us)
    if referral is None:
        return None
    if not is_accepted:
        return about_referral("declined", referral, _control(delivery), at)
    return about_referral("accepted", referral, _control(delivery), at, expected=expected)


def _referral(request: Iterable[Identifier], patient: Person, us: str | None) -> Referral | None:
    number, subject = _numbered(request), _subject(patient)
    if us is None or number is None or subject is None:
        return None
    return Referral(number, subject, us, number.authority)


def _control(delivery: str) -> str:
    return hashlib.sha256(delivery.encode()).hexdigest()[:CONTROL]


def _numbered(identifiers: Iterable[Identifier]) -> Numbered | None:
    """The first number that an OID stands behind."""
    found = numbered(identifiers)
    if found is None or not found.value or not found.system:
        return None
    return Numbered(found.value, found.system.removeprefix(OID))


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
