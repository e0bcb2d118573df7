"""Addresses that the EHR tells of a referrer and that are not in the book: candidates, which a person takes over.

They are looked for in what was read already: who the request names (``ServiceRequest.requester``), a role or a
contained resource too, the clinician's own record, and their organization. Nothing is asked of the EHR for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from fhir_adapters.facts.reached import Reached, cared_for_by, reached_at, requester_of
from loopclose.domain.address_book import checked
from loopclose.domain.addresses import BadAddress
from loopclose.domain.clinician_key import clinician_key
from loopclose.store import records
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow

PEOPLE = ("Practitioner/", "PractitionerRole/", "Organization/")
BY_REQUEST = frozenset({"requester", "role"})
"""How a referrer was found (``domain.codes.HOW``) who is the one that the request names."""


@dataclass(frozen=True)
class Suggestion:
    """One address that nobody has put into the book."""

    channel: str
    to: str
    """As the book would keep it."""
    element: str
    """Where the EHR has it."""

    @property
    def source(self) -> str:
        """A key of ``domain.address_book.SOURCES``."""
        return "endpoint" if "Endpoint" in self.element else "role"


@dataclass(frozen=True)
class CaresFor:
    """The patient's primary care physician, where that is not the referrer."""

    key: str
    """``clinician_key``."""
    name: str


def suggest(
    session: Session, scope: Scope, reports: Sequence[Obligation], book: Iterable[AddressRow], today: date
) -> list[Suggestion]:
    """What the EHR tells of the referrer of some reports, without what is in the book, closed addresses too."""
    known = {(row.channel, row.to) for row in book}
    found: dict[tuple[str, str], Suggestion] = {}
    for owed in reports:
        for place in _places(session, scope, owed, today):
            try:
                to = checked(place.channel, place.to)
            except BadAddress:
                continue  # no channel could send there: whoever looks at the record in the EHR mends it
            if (place.channel, to) not in known:
                found.setdefault((place.channel, to), Suggestion(place.channel, to, place.element))
    return list(found.values())


def cares_for(session: Session, scope: Scope, owed: Obligation) -> CaresFor | None:
    """The first primary care physician that the patient's record names by reference and that is not the referrer."""
    raw = records.kept(session, scope, owed.ehr, owed.patient, None)
    for key in cared_for_by(raw) if raw is not None else ():
        row = session.get(ClinicianRow, (scope.practice_id, owed.ehr, key))
        if row is None or not row.name or row.ours:
            continue
        whose = clinician_key(owed.ehr, row.npi, row.key, row.name)
        if whose is not None and whose != owed.referrer_key:
            return CaresFor(whose, row.name)
    return None


def _places(session: Session, scope: Scope, owed: Obligation, today: date) -> list[Reached]:
    """Of the clinician first, then of whom the request names, then of the organization."""
    said: Mapping[str, Any] = owed.referrer or {}
    asks = owed.referral if said.get("how") in BY_REQUEST else None
    request = records.kept(session, scope, owed.ehr, asks, None) if asks else None
    asker = requester_of(request) if request is not None else None
    found = list(reached_at(request, today, asker)) if request and asker and asker.startswith("#") else []
    for key in dict.fromkeys((asker, said.get("reference"), said.get("organization"))):
        raw = records.kept(session, scope, owed.ehr, key, None) if key and key.startswith(PEOPLE) else None
        found += reached_at(raw, today) if raw is not None else ()
    return found
