"""Who a reference means: the people and organizations read from one EHR, looked up by every form of reference."""

from __future__ import annotations

from collections.abc import Mapping

from fhir_adapters.facts import CodeableConcept, Identifier, Organization, Practitioner, PractitionerRole, Reference
from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.references import Target, resolve
from loopclose.domain.chart import Person
from loopclose.domain.practice import Practice

NPI = "http://hl7.org/fhir/sid/us-npi"
NOBODY = Person()


class Directory:
    """People and organizations by ``Type/id``."""

    def __init__(
        self,
        practitioners: Mapping[str, Practitioner],
        roles: Mapping[str, PractitionerRole],
        organizations: Mapping[str, Organization],
        base_url: str = "",
    ) -> None:
        self._practitioners, self._roles, self._organizations = practitioners, roles, organizations
        self._base_url = base_url
        self._known: dict[tuple[str | None, str | None], Person] = {}
        self._specialties: dict[str, tuple[str, ...]] | None = None
        self._identified: dict[tuple[str | None, str | None], str] | None = None
        self._organization_of: dict[str, str] | None = None

    def person(self, reference: Reference | None, contained: tuple[Contained, ...] = ()) -> Person:
        """The clinician or organization that a reference means, as far as it can be told; empty for none."""
        if reference is None:
            return NOBODY
        name = (reference.reference, reference.display)
        known = self._known.get(name)
        if known is not None:
            return known
        target = resolve(reference, self._base_url)
        if target.kind == "local" and target.key is not None:
            found = self._known[name] = self._by_key(target.key, target.display)
            return found
        if target.kind == "contained":
            return self._contained(target, contained)
        if target.kind == "identifier":
            return self._by_identifier(target)
        return Person(name=target.display) if target.display else NOBODY

    def is_ours(self, person: Person, practice: Practice) -> bool:
        """Whether that person is one of our clinicians; working at the same organization does not make it so."""
        return (person.key is not None and person.key in practice.clinicians) or (
            person.npi is not None and person.npi in practice.npis
        )

    def is_our_organization(self, reference: Reference | None, practice: Practice) -> bool:
        """Whether the reference names one of our organizations."""
        key = resolve(reference, self._base_url).key
        if key is None:
            return False
        if key in practice.organizations:
            return True
        organization = self._organizations.get(key)
        return organization is not None and npi_of(organization.identifier) in practice.npis

    def specialties_of(self, key: str) -> tuple[str, ...]:
        """Texts and tokens of the specialties in the roles of ``Practitioner/id``."""
        if self._specialties is None:
            self._specialties = {}
            for role in self._roles.values():
                who = resolve(role.practitioner, self._base_url).key
                if who is not None:
                    self._specialties[who] = self._specialties.get(who, ()) + _marks(role.specialty)
        return self._specialties.get(key, ())

    def with_npi(self, npi: str) -> str | None:
        """``Practitioner/id`` of the clinician with that NPI."""
        return next((key for key, who in self._practitioners.items() if npi_of(who.identifier) == npi), None)

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
        if kind in ("Practitioner", "Organization"):
            return Person(key, display, None, None, key if kind == "Organization" else None)
        return Person(name=display, role=key if kind == "PractitionerRole" else None)

    def _by_role(self, role: PractitionerRole, display: str | None) -> Person:
        organization = resolve(role.organization, self._base_url).key
        base = self.person(role.practitioner, role.contained)
        if base == NOBODY:
            base = Person(organization, self.organization_name(organization) or display)
        npi = base.npi or npi_of(role.identifier)
        marks = _marks(role.specialty) or base.specialties
        return Person(base.key, base.name or display, npi, role.key, organization or base.organization, marks)

    def _contained(self, target: Target, contained: tuple[Contained, ...]) -> Person:
        found = next((one for one in contained if one.id == target.value), None)
        if found is None:
            return Person(name=target.display) if target.display else NOBODY
        if found.practitioner is not None:
            inner = self.person(found.practitioner, tuple(one for one in contained if one is not found))
            return Person(
                inner.key,
                inner.name or target.display,
                inner.npi,
                None,
                resolve(found.organization, self._base_url).key or inner.organization,
                inner.specialties,
            )
        name = found.name if isinstance(found.name, str) else next((n.full for n in found.name or () if n.full), None)
        ids = found.identifier or ()
        return Person(None, name or target.display, npi_of(ids if isinstance(ids, tuple) else (ids,)))

    def _by_identifier(self, target: Target) -> Person:
        if self._identified is None:
            self._identified = {
                (one.system, one.value): key
                for people in (self._organizations, self._practitioners)
                for key, who in people.items()
                for one in who.identifier
            }
        key = self._identified.get((target.system, target.value))
        if key is not None:
            return self._by_key(key, target.display)
        return Person(name=target.display, npi=target.value if target.system == NPI else None)

    def _only_organization(self, practitioner: str) -> str | None:
        """The practice of a practitioner who has roles at one organization only."""
        if self._organization_of is None:
            places: dict[str, set[str]] = {}
            for role in self._roles.values():
                who = resolve(role.practitioner, self._base_url).key
                where = resolve(role.organization, self._base_url).key
                if who and where:
                    places.setdefault(who, set()).add(where)
            self._organization_of = {who: next(iter(w)) for who, w in places.items() if len(w) == 1}
        return self._organization_of.get(practitioner)


def npi_of(identifiers: tuple[Identifier, ...]) -> str | None:
    """The National Provider Identifier among some identifiers."""
    return next((one.value for one in identifiers if one.system == NPI and one.value), None)


def npi_is_plausible(npi: str) -> bool:
    """Luhn check with the prefix 80840. Real data fails it now and then: a reason to warn, never to reject."""
    if len(npi) != 10 or not npi.isdigit():
        return False
    digits = [int(digit) for digit in "80840" + npi]
    doubled = [n * 2 - 9 if n * 2 > 9 else n * 2 for n in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _marks(concepts: tuple[CodeableConcept, ...]) -> tuple[str, ...]:
    marks: list[str] = []
    for concept in concepts:
        marks += [concept.text] if concept.text else []
        for coding in concept.coding:
            marks += [part for part in (coding.display, coding.token, coding.code) if part]
    return tuple(marks)
