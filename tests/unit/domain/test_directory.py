"""Whom a reference means, in every form of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fhir_adapters.facts import Encounter, Organization, Practitioner, PractitionerRole, Reference
from loopclose.domain.chart import Person
from loopclose.domain.directory import NOBODY, Directory
from tests.spec.cast import DIRECTORY, PRACTICE, fact

SYSTEM = "http://hl7.org/fhir/sid/us-npi"
HOST = "https://ehr.example/fhir"


def reference(**elements: Any) -> Reference:
    """A reference as a resource carries it."""
    seen: Encounter = fact("Encounter", "x", serviceProvider=elements)
    assert seen.service_provider is not None
    return seen.service_provider


def contained(*resources: dict[str, Any]) -> Any:
    """Contained resources as a resource carries them."""
    return fact("Encounter", "x", contained=list(resources)).contained


def _directory(*roles: tuple[str, str, str]) -> Directory:
    """Dr. A and Dr. B; roles as (id, practitioner, organization)."""
    practitioners: dict[str, Practitioner] = {
        f"Practitioner/{key}": fact("Practitioner", key, name=[{"text": f"Dr. {key.upper()} Sample"}]) for key in "ab"
    }
    known: dict[str, PractitionerRole] = {
        f"PractitionerRole/{key}": fact(
            "PractitionerRole",
            key,
            identifier=[{"system": SYSTEM, "value": f"99{key}"}],
            practitioner={"reference": f"Practitioner/{who}"} if who else {"display": "Dr. Shown Sample"},
            organization={"reference": f"Organization/{where}"} if where else None,
            specialty=[{"text": f"Specialty {key}", "coding": [{"system": "urn:s", "code": key, "display": "S"}]}],
        )
        for key, who, where in roles
    }
    places: dict[str, Organization] = {"Organization/elm": fact("Organization", "elm", name="Elm Sample Clinic")}
    return Directory(practitioners, known, places)


def test_a_practitioner_has_the_organization_of_its_only_one() -> None:
    who = reference(reference="Practitioner/a")
    assert _directory().person(who).organization is None
    assert _directory(("r", "a", "elm")).person(who).organization == "Organization/elm"
    assert _directory(("r", "a", "elm"), ("s", "a", "elm")).person(who).organization == "Organization/elm"
    assert _directory(("r", "a", "elm"), ("s", "a", "oak")).person(who).organization is None
    assert _directory(("r", "b", "elm")).person(who).organization is None


def test_a_role_names_its_practitioner_and_where() -> None:
    found = _directory(("r", "a", "elm"), ("s", "a", "oak")).person(reference(reference="PractitionerRole/r"))
    assert found == Person(
        "Practitioner/a",
        "Dr. A Sample",
        "99r",
        "PractitionerRole/r",
        "Organization/elm",
        ("Specialty r", "S", "urn:s|r", "r"),
    )


def test_a_role_without_a_practitioner_is_its_organization_or_the_name_shown() -> None:
    roles = _directory(("r", "", "elm"), ("s", "", ""))
    shown = roles.person(reference(reference="PractitionerRole/r"))
    assert (shown.name, shown.organization, shown.npi) == ("Dr. Shown Sample", "Organization/elm", "99r")
    nobody: PractitionerRole = fact("PractitionerRole", "t", organization={"reference": "Organization/elm"})
    alone = Directory({}, {"PractitionerRole/t": nobody}, {"Organization/elm": fact("Organization", "elm", name="Elm")})
    assert alone.person(reference(reference="PractitionerRole/t")) == Person(
        "Organization/elm", "Elm", None, "PractitionerRole/t", "Organization/elm"
    )


def test_somebody_who_was_not_read_keeps_key_and_display() -> None:
    asked = {
        "Practitioner/x": Person("Practitioner/x", "Shown"),
        "Organization/x": Person("Organization/x", "Shown", organization="Organization/x"),
        "PractitionerRole/x": Person(name="Shown", role="PractitionerRole/x"),
        "Patient/x": Person("Patient/x", "Shown"),
        "CareTeam/x": Person(name="Shown"),
    }
    for key, person in asked.items():
        assert _directory().person(reference(reference=key, display="Shown")) == person


def test_no_reference_or_an_empty_one_names_nobody() -> None:
    assert _directory().person(None) == _directory().person(reference(reference="#gone")) == NOBODY
    assert _directory().person(reference(display="Dr. C")) == Person(name="Dr. C")
    assert _directory().person(reference(reference="#gone", display="Dr. C")) == Person(name="Dr. C")
    assert _directory().person(reference(reference="urn:uuid:1", display="Dr. C")) == Person(name="Dr. C")
    assert _directory().person(reference(reference="urn:uuid:1")) == NOBODY


def test_a_contained_practitioner_role_or_organization() -> None:
    inside = contained(
        {"resourceType": "Practitioner", "id": "p", "name": [{"text": "Dr. In"}], "identifier": [_npi("17")]},
        {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#p"}, "organization": _elm()},
        {"resourceType": "PractitionerRole", "id": "s", "practitioner": {"reference": "Practitioner/a"}},
        {
            "resourceType": "PractitionerRole",
            "id": "t",
            "practitioner": {"display": "Dr. T"},
            "identifier": [_npi("18")],
        },
        {"resourceType": "Organization", "id": "o", "name": "Oak"},
        {"resourceType": "Practitioner", "id": "n"},
    )
    found = {key: _directory(("r", "a", "elm")).person(reference(reference=f"#{key}"), inside) for key in "prstno"}
    assert found["p"] == Person(None, "Dr. In", "17")
    assert found["r"] == Person(None, "Dr. In", "17", None, "Organization/elm")
    assert (found["s"].key, found["s"].organization) == ("Practitioner/a", "Organization/elm")
    assert found["t"] == Person(None, "Dr. T", "18")
    assert (found["o"], found["n"]) == (Person(None, "Oak"), NOBODY)


def test_an_identifier_names_who_carries_it() -> None:
    by_npi = reference(identifier={"system": SYSTEM, "value": "1000000002"})
    assert DIRECTORY.person(by_npi).key == "Practitioner/lee"
    by_type = reference(identifier={"type": {"text": "NPI"}, "value": "1000000002"})
    assert DIRECTORY.person(by_type).key == "Practitioner/lee"
    unknown = reference(identifier={"system": "urn:local", "value": "7"}, display="Dr. C")
    assert DIRECTORY.person(unknown) == Person(name="Dr. C")
    assert DIRECTORY.with_npi("1000000002") == ("Practitioner/lee",) and DIRECTORY.with_npi("7") == ()
    local: Organization = fact("Organization", "o", identifier=[{"system": "urn:local", "value": "7"}], name="Oak")
    assert Directory({}, {}, {"Organization/o": local}).person(unknown).key == "Organization/o"


def test_ours_is_by_reference_or_npi_and_never_by_the_place_of_work() -> None:
    heart, lee = (DIRECTORY.person(reference(reference=f"Practitioner/{key}")) for key in ("heart", "lee"))
    assert DIRECTORY.is_ours(heart, PRACTICE) and not DIRECTORY.is_ours(lee, PRACTICE)
    named = replace(PRACTICE, clinicians=frozenset(), npis=frozenset({"1000000002"}))
    assert DIRECTORY.is_ours(lee, named) and not DIRECTORY.is_ours(heart, named)
    assert not DIRECTORY.is_ours(Person("Practitioner/new", organization="Organization/harbor"), PRACTICE)
    assert not DIRECTORY.is_ours(NOBODY, PRACTICE)


def test_our_organization_is_known_by_reference_npi_or_identifier() -> None:
    place: Organization = fact("Organization", "hq", identifier=[_npi("1992999999")])
    people = Directory({}, {}, {"Organization/hq": place})
    ours = replace(PRACTICE, npis=frozenset({"1992999999"}))
    assert people.is_our_organization(reference(reference="Organization/harbor"), ours)
    assert people.is_our_organization(reference(reference="Organization/hq"), ours)
    assert people.is_our_organization(reference(identifier=_npi("1992999999")), ours)
    assert Directory({}, {}, {}).is_our_organization(reference(identifier=_npi("1992999999")), ours)
    assert not people.is_our_organization(reference(reference="Organization/elm"), ours)
    assert not people.is_our_organization(reference(identifier=_npi("17")), ours)
    assert not people.is_our_organization(reference(display="Harbor"), ours)
    assert not people.is_our_organization(None, replace(ours, npis=frozenset()))
    assert not people.is_our_organization(reference(reference="Organization/hq"), PRACTICE)


def test_names_of_organizations() -> None:
    assert DIRECTORY.organization_name("Organization/elm") == "Elm Sample Clinic"
    assert DIRECTORY.organization_name("Organization/gone") is DIRECTORY.organization_name(None) is None


def _npi(value: str) -> dict[str, str]:
    return {"system": SYSTEM, "value": value}


def _elm() -> dict[str, str]:
    return {"reference": "Organization/elm"}


def _person(*identifiers: dict[str, str], key: str = "n") -> Directory:
    """One practitioner whose first name entry has no full name."""
    who: Practitioner = fact(
        "Practitioner", key, name=[{"use": "old"}, {"text": "Dr. N Sample"}], identifier=list(identifiers)
    )
    return Directory({f"Practitioner/{key}": who}, {}, {})


def test_a_name_is_the_first_that_is_written_out() -> None:
    assert _person().person(reference(reference="Practitioner/n", display="Shown")).name == "Dr. N Sample"
    inside = contained({"resourceType": "Practitioner", "id": "n", "name": [{"use": "old"}, {"text": "Dr. In"}]})
    assert _person().person(reference(reference="#n", display="Shown"), inside).name == "Dr. In"


def test_an_organization_has_its_own_name_else_the_one_shown() -> None:
    unnamed: Organization = fact("Organization", "oak")
    named: Organization = fact("Organization", "elm", name="Elm Sample Clinic")
    places = Directory({}, {}, {"Organization/oak": unnamed, "Organization/elm": named})
    assert places.person(reference(reference="Organization/elm", display="Shown")).name == "Elm Sample Clinic"
    assert places.person(reference(reference="Organization/oak", display="Shown")).name == "Shown"


def test_a_contained_role_that_names_itself_ends_with_the_name_shown() -> None:
    inside = contained({"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#r"}})
    assert _directory().person(reference(reference="#r", display="Dr. C"), inside) == Person(name="Dr. C")


def test_an_npi_written_in_another_form_names_the_same_practitioner() -> None:
    other = reference(identifier={"system": "urn:oid:2.16.840.1.113883.4.6", "value": "1000000002"})
    assert DIRECTORY.person(other).key == "Practitioner/lee"


def test_an_npi_told_by_its_type_alone_names_the_same_practitioner() -> None:
    typed = reference(identifier={"type": {"text": "NPI"}, "value": "1000 000 002"}, display="Dr. L")
    assert DIRECTORY.person(typed).key == "Practitioner/lee"


def test_an_organization_is_found_by_its_npi() -> None:
    place: Organization = fact("Organization", "hq", identifier=[_npi("1992999999")])
    people = Directory({}, {}, {"Organization/hq": place})
    assert people.person(reference(identifier=_npi("1992999999"))).key == "Organization/hq"


def test_a_role_without_an_organization_leaves_the_only_one() -> None:
    roles = _directory(("r", "a", "elm"), ("s", "a", ""), ("t", "", "oak"))
    assert roles.person(reference(reference="Practitioner/a")).organization == "Organization/elm"


def test_a_clinician_of_ours_without_an_npi_is_ours() -> None:
    assert DIRECTORY.is_ours(Person("Practitioner/heart"), PRACTICE)
