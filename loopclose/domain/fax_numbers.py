"""Fax numbers: whether a fax may be dialled to one, and how it then stands in an order to a gateway.

Countries, lengths and premium ranges are those of Google's libphonenumber (PyPI ``phonenumberslite``, released
monthly). Of North America only the form is asked, and not whether the area code is known to it: new ones are opened
every year, and a real office would be refused until the next release.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

LONGEST = 40
EXPECTED = "write it like (212) 555-0100, or +44 20 7946 0958 outside North America"
_PREFIX = re.compile(r"(?:tel|fax)\s*:", re.IGNORECASE)
_EXTENSION = re.compile(r"[0-9]\s*(?:x|ext\b|extension\b|;ext=|#)", re.IGNORECASE)
_WRITTEN = re.compile(r"\+?[0-9 ()./\u00a0\u2010-\u2013-]+")
_NORTH_AMERICAN = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
"""Area code and exchange begin with 2 to 9 (North American Numbering Plan, nanpa.com)."""
_SERVICE = "11"
"""211 to 911 are services, never area codes or exchanges."""
_COSTLY = ("900", "976")
"""Pay-per-call: the area code 900, and the exchange 976 within any other (47 CFR 64.1502; the older local ranges)."""
_NOT_DIALLED = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PAGER,
    PhoneNumberType.VOICEMAIL,
}


class BadFaxNumber(ValueError):
    """No fax is sent to that number; the text is one sentence that says why, without the number."""


@dataclass(frozen=True)
class FaxNumber:
    """A number as gateways are told it."""

    country: int
    national: str

    def __str__(self) -> str:
        return f"+{self.digits}"

    @property
    def digits(self) -> str:
        """With the country's code, and without a plus: 11 digits in North America."""
        return f"{self.country}{self.national}"

    @property
    def is_north_american(self) -> bool:
        """Whether gateways that dial eleven digits reach it."""
        return self.country == 1


def parse_fax_number(text: str, region: str = "US") -> FaxNumber:
    """Read a number, of ``region`` where it says no country; raises ``BadFaxNumber`` for what is not dialled."""
    written = _PREFIX.sub("", text.strip(), count=1).strip()
    if len(written) > LONGEST:
        raise BadFaxNumber(f"The fax number is longer than {LONGEST} characters: {EXPECTED}.")
    if _EXTENSION.search(written):
        raise BadFaxNumber("A fax cannot dial an extension: ask the office for a fax number of its own.")
    if not _WRITTEN.fullmatch(written):
        raise BadFaxNumber(f"A fax number has digits, and no letters or other signs: {EXPECTED}.")
    if sum(character.isdigit() for character in written) < 7:
        raise BadFaxNumber(f"The number is too short, as emergency and service numbers are: {EXPECTED}.")
    try:
        read = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as problem:
        raise BadFaxNumber(f"This is no fax number: {EXPECTED}.") from problem
    found = FaxNumber(read.country_code or 0, phonenumbers.national_significant_number(read))
    _refuse_wrong(read, found)
    if phonenumbers.number_type(read) in _NOT_DIALLED:
        raise BadFaxNumber("This number costs whoever calls it, or belongs to no fax: ask the office for another one.")
    return found


def _refuse_wrong(read: phonenumbers.PhoneNumber, found: FaxNumber) -> None:
    if not found.is_north_american:
        if not phonenumbers.is_valid_number(read):
            raise BadFaxNumber(f"No such number exists in that country: {EXPECTED}.")
        return
    area, exchange = found.national[:3], found.national[3:6]
    if not _NORTH_AMERICAN.fullmatch(found.national):
        raise BadFaxNumber(f"A number of North America has ten digits after the 1: {EXPECTED}.")
    if area.endswith(_SERVICE) or exchange.endswith(_SERVICE):
        raise BadFaxNumber(f"A service number such as 411 or 911 takes no fax: {EXPECTED}.")
    if area == _COSTLY[0] or exchange == _COSTLY[1]:
        raise BadFaxNumber("This number costs whoever calls it: ask the office for another one.")
