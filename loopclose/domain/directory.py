"""Who a reference means: the people and organizations read from one EHR, looked up by every form of reference."""

from __future__ import annotations

from collections.abc import Mapping

from fhir_adapters.facts import CodeableConcept, Identifier, Organization, Practitioner, PractitionerRole, Reference
from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.references import Target, resolve
from loopclose.domain.chart import Person
from loopclose.domain.npi import npi_of
from loopclose.domain.practice import Practice

NOBODY = Person()
NOT_CLINICIANS = ("Patient", "RelatedPerson", "Device")
"""Who may ask for a service without being a clinician (R4 ServiceRequest.requester)."""


class Directory:
    """People and organizations by ``Type/id``."""

    def __init__(
        self,
        practitioners: Mapping[str, Practitioner],
        roles: Mapping[str, PractitionerRole],
        organizations: Mapping[str, Organization],
    ) -> None:
        self._practitioners, self._roles, self._organizations = practitioners, roles, organizations
        self._known: dict[tuple[str | None, str | None], Person] = {}
        self._specialties: dict[str, tuple[str, ...]] | None = None
        self._identified: dict[tuple[str | None, str | None], str] | None = None
        self._places: dict[str, frozenset[str]] | None = None
        self._by_npi: dict[str, tuple[str, ...]] | None = None

    def person(self, reference: Reference | None, contained: tuple[Contained, ...] = ()) -> Person:
        """The clinician or organization that a reference means, as far as it can be told; empty for none."""
        if reference is None:
            return NOBODY
        name = (reference.reference, reference.display)
        known = self._known.get(name)
        if known is not None:
            return known
        target = resolve(reference)
        if target.kind == "local" and target.key is not None:
            found = self._known[name] = self._by_key(target.key, target.display)
            return found
        if reference.type in NOT_CLINICIANS:
            return NOBODY
        if target.kind == "contained":
            return self._contained(target, contained)
        if target.kind == "identifier":
            return self._by_identifier(target, reference.identifier)
        return Person(name=target.display) if target.display else NOBODY

    def is_ours(self, person: Person, practice: Practice) -> bool:
        """Whether that person is one of our clinicians; working at the same organization does not make it so.

        Records with one NPI are one person.
        """
        if person.key is not None and person.key in practice.clinicians:
            return True
        if person.npi is None:
            return False
        return person.npi in practice.npis or not practice.clinicians.isdisjoint(self.with_npi(person.npi))

    def is_one_of_us(self, key: str, practice: Practice) -> bool:
        """Whether ``Type/id`` is one of our organizations, or a clinician of ours or the role of one."""
        reference = Reference(reference=key)
        return self.is_our_organization(reference, practice) or self.is_ours(self.person(reference), practice)

    def is_our_organization(self, reference: Reference | None, practice: Practice) -> bool:
        """Whether the reference names one of our organizations."""
        target = resolve(reference)
        written = reference.identifier if reference else None
        who = self._by_identifier(target, written) if target.kind == "identifier" else NOBODY
        key = target.key or who.key
        if key in practice.organizations or (who.npi is not None and who.npi in practice.npis):
            return True
        organization = self._organizations.get(key) if key else None
        return organization is not None and npi_of(organization.identifier) in practice.npis

    def specialties_of(self, key: str) -> tuple[str, ...]:
        """Texts and tokens of the specialties in the roles of ``Practitioner/id``."""
        if self._specialties is None:
            self._specialties = {}
            for role in self._roles.values():
                who = resolve(role.practitioner).key
                if who is not None:
                    self._specialties[who] = self._specialties.get(who, ()) + _marks(role.specialty)
        return self._specialties.get(key, ())

    def with_npi(self, npi: str) -> tuple[str, ...]:
        """``Practitioner/id`` of every record with that NPI, in order: they are one person."""
        if self._by_npi is None:
            self._by_npi = {}
            for key in sorted(self._practitioners):
                found = npi_of(self._practitioners[key].identifier)
                if found is not None:
                    self._by_npi[found] = (*self._by_npi.get(found, ()), key)
        return self._by_npi.get(npi, ())

    def organization_name(self, key: str | None) -> str | None:
        """The organization's name, if it was read."""
        found = self._organizations.get(key) if key else None
        return found.name if found else None

    def _by_key(self, key: str, display: str | None) -> Person:
        if key in self._practitioners:
            who = self._practitioners[key]
            name = next((n.full for n in who.name if n.full), display)
            return Person(
                key, name, npi_of(who.identifier), None, self._only_organization(key), self.specialties_of(key)
            )
        if key in self._roles:
            return self._by_role(self._roles[key], display)
        if key in self._organizations:
            found = self._organizations[key]
            return Person(key, found.name or display, npi_of(found.identifier), None, key)
        kind = key.split("/", 1)[0]
        if kind in ("Practitioner", "Organization", *NOT_CLINICIANS):
            return Person(key, display, None, None, key if kind == "Organization" else None)
        return Person(name=display, role=key if kind == "PractitionerRole" else None)

    def _by_role(self, role: PractitionerRole, display: str | None) -> Person:
        organization = resolve(role.organization).key
        base = self.person(role.practitioner, role.contained)
        if base == NOBODY:
            base = Person(organization, self.organization_name(organization) or display)
        npi = base.npi or npi_of(role.identifier)
        marks = _marks(role.specialty) or base.specialties
        return Person(base.key, base.name or display, npi, role.key, organization or base.organization, marks)

    def _contained(self, target: Target, contained: tuple[Contained, ...]) -> Person:
        found = next((one for one in contained if one.id == target.value), None)
        if found is not None and found.resource_type in NOT_CLINICIANS:
            return NOBODY
        if found is None:
            return Person(name=target.display) if target.display else NOBODY
        if found.practitioner is not None:
            inner = self.person(found.practitioner, tuple(one for one in contained if one is not found))
            return Person(
                inner.key,
                inner.name or target.display,
                inner.npi or npi_of(found.identifiers),
                None,
                resolve(found.organization).key or inner.organization,
                inner.specialties,
            )
        name = found.name if isinstance(found.name, str) else next((n.full for n in found.name or () if n.full), None)
        return Person(None, name or target.display, npi_of(found.identifiers))

    def _by_identifier(self, target: Target, written: Identifier | None) -> Person:
        """``written``: the identifier as the reference has it; a conditional one has its system and value alone."""
        if self._identified is None:
            self._identified = {
                (one.system, one.value): key
                for people in (self._organizations, self._practitioners)
                for key, who in people.items()
                for one in who.identifier
            }
        key = self._identified.get((target.system, target.value))
        npi = npi_of((written or Identifier(system=target.system, value=target.value),))
        if key is None and npi is not None:
            key = next(iter(self.with_npi(npi)), None)
        if key is not None:
            return self._by_key(key, target.display)
        return Person(name=target.display, npi=npi)

    def organizations_of(self, practitioner: str) -> frozenset[str]:
        """Every organization at which ``Practitioner/id`` has a role."""
        if self._places is None:
            places: dict[str, set[str]] = {}
            for role in self._roles.values():
                who = resolve(role.practitioner).key
                where = resolve(role.organization).key
                if who and where:
                    places.setdefault(who, set()).add(where)
            self._places = {who: frozenset(where) for who, where in places.items()}
        return self._places.get(practitioner, frozenset())

    def _only_organization(self, practitioner: str) -> str | None:
        """The practice of a practitioner who has roles at one organization only."""
        places = self.organizations_of(practitioner)
        return next(iter(places)) if len(places) == 1 else None


def _marks(concepts: tuple[CodeableConcept, ...]) -> tuple[str, ...]:
    marks: list[str] = []
    for concept in concepts:
        marks += [concept.text] if concept.text else []
        for coding in concept.coding:
            marks += [part for part in (coding.display, coding.token, coding.code) if part]
    return tuple(marks)
