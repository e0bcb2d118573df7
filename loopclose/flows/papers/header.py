"""Who, where and which, as the store knows it: practice, clinicians, referrer, patient and referral of a letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import structs
from sqlalchemy.orm import Session

from fhir_adapters.facts import Encounter, Identifier, Patient, Practitioner, Resource, ServiceRequest
from fhir_adapters.facts.contact import Contact, contact_of
from fhir_adapters.facts.elements import HumanName
from fhir_adapters.facts.reading import read
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Referrer
from loopclose.domain.npi import npi_of
from loopclose.domain.patients import may_be_shown, name_of
from loopclose.domain.practice import Practice
from loopclose.letters.letter import Party, Person
from loopclose.store import records
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

F = TypeVar("F", bound=Resource)


class Kept:
    """Single resources that are kept of one EHR, by ``Type/id``."""

    def __init__(self, session: Session, scope: Scope, ehr: str, base_url: str) -> None:
        self.session, self.scope, self.ehr, self.base_url = session, scope, ehr, base_url

    def raw(self, key: str | None) -> bytes | None:
        """Its bytes."""
        return records.kept(self.session, self.scope, self.ehr, key, None) if key else None

    def fact(self, cls: type[F], key: str | None) -> F | None:
        """What it says; None where it is not kept, or cannot be read safely."""
        raw = self.raw(key) if key and key.startswith(f"{cls.__name__}/") else None
        found = read(cls.__name__, raw) if raw is not None else None
        return found if isinstance(found, cls) else None

    def contact(self, *keys: str | None) -> Contact:
        """Where the first of those that is reached anywhere is reached."""
        found = (contact_of(raw) for key in keys if (raw := self.raw(key)) is not None)
        return next((one for one in found if one.address or one.phone), Contact())


def practice_party(kept: Kept, practice: Practice, encounter: Encounter | None) -> Party:
    """Our practice: the organization that the visit names where it is one of ours, else the first that is."""
    ours = sorted(practice.organizations)
    named = local_key(encounter.service_provider) if encounter else None
    key = named if named in ours or (named and not ours) else next(iter(ours), None)
    contact = kept.contact(key)
    return Party(name=practice.name, key=key, contact=structs.replace(contact, phone=practice.phone or contact.phone))


def clinician_of(kept: Kept, key: str | None) -> Party | None:
    """A clinician of ours, or the referrer's own record; None where it is not kept."""
    found = kept.fact(Practitioner, key)
    if found is None:
        return None
    name = next((one for one in found.name if one.use != "old"), HumanName())
    return Party(
        name=name.full or "Name not recorded",
        key=key,
        npi=npi_of(found.identifier),
        given=_given(name),
        family=name.family,
        contact=kept.contact(key),
    )


def referrer_of(kept: Kept, said: Mapping[str, Any] | None) -> Party:
    """To whom a letter goes."""
    if said is None:
        return Party(name="Referrer not known")
    who = Referrer(**said)
    person = clinician_of(kept, who.reference)
    return Party(
        name=who.name,
        key=who.reference,
        npi=who.npi,
        given=person.given if person else (),
        family=person.family if person else None,
        organization=who.organization_name,
        contact=kept.contact(who.organization, who.reference),
    )


def patient_of(kept: Kept, owed: Obligation) -> Person:
    """Whom it is about."""
    found = kept.fact(Patient, owed.patient)
    if found is None:
        return Person(key=owed.patient, name=owed.patient_name, born=owed.patient_birth_date)
    called = name_of(found)
    name = next((one for one in found.name if one.full == called), HumanName())
    return Person(
        key=owed.patient,
        name=called,
        given=_given(name),
        family=name.family,
        born=found.birth_date,
        gender=found.gender,
        identifiers=tuple(one for one in found.identifier if may_be_shown(one)),
        contact=kept.contact(owed.patient),
    )


def _given(name: HumanName) -> tuple[str, ...]:
    return tuple(one for one in name.given if one)


def known_as(kept: Kept, key: str | None) -> tuple[Identifier, ...]:
    """The identifiers of the request that is answered: what the referrer gave it first, its id in our EHR last."""
    request = kept.fact(ServiceRequest, key)
    if request is None:
        return ()
    here = Identifier(system=f"{kept.base_url}/ServiceRequest", value=request.id)
    placed = sorted((one for one in request.identifier if one.value), key=lambda one: not _is_placer(one))
    group = [request.requisition] if request.requisition and request.requisition.value else []
    return (*placed, *group, here)


def _is_placer(one: Identifier) -> bool:
    return one.type is not None and any(coding.code == "PLAC" for coding in one.type.coding)
