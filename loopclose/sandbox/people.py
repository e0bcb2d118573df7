"""Made-up people: the practice's clinicians, the referrers, and patients. Every name says that it is a sample."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

NPI = "http://hl7.org/fhir/sid/us-npi"
SNOMED = "http://snomed.info/sct"
GIVEN = (
    "Alma",
    "Tomas",
    "June",
    "Victor",
    "Ines",
    "Samuel",
    "Mei",
    "Omar",
    "Rosa",
    "Peter",
    "Nadia",
    "Karl",
    "Lena",
    "Hugo",
    "Iris",
    "Jonas",
    "Paula",
    "Ravi",
    "Sofia",
    "Emil",
    "Clara",
    "Diego",
    "Hanna",
    "Luis",
)
FAMILY = (
    "Sample",
    "Testcase",
    "Specimen",
    "Mockley",
    "Demoson",
    "Example",
    "Placeholder",
    "Fixture",
    "Trialby",
    "Dummond",
)
REFERRERS = ("Lin", "Rita", "Paul", "Sena", "Marta", "Ivan", "Greta", "Noel", "Ada", "Bruno")
OUR_ORGANIZATION = "Organization/harbor"


@dataclass(frozen=True)
class Clinician:
    """One of ours, or a referrer: the practitioner, the role and the practice."""

    id: str
    name: str
    npi: str
    organization: str
    specialty: str
    code: str

    @property
    def key(self) -> str:
        """``Practitioner/id``."""
        return f"Practitioner/{self.id}"

    @property
    def role(self) -> str:
        """``PractitionerRole/id``."""
        return f"PractitionerRole/{self.id}-role"


OURS = (
    Clinician("heart", "Hana Heart Sample, MD", "", OUR_ORGANIZATION, "Cardiology", "394579002"),
    Clinician("beat", "Ben Beat Sample, MD", "", OUR_ORGANIZATION, "Electrophysiology", "207RC0001X"),
    Clinician("vessel", "Vera Vessel Sample, MD", "", OUR_ORGANIZATION, "Vascular surgery", "408463005"),
    Clinician("pump", "Paul Pump Sample, MD", "", OUR_ORGANIZATION, "Cardiology", "394579002"),
)


def npi(number: int) -> str:
    """A made-up NPI with a right check digit (Luhn over 80840 and nine digits)."""
    body = f"1{number:08d}"
    digits = [int(d) for d in "80840" + body]
    total = sum(sum(divmod(d * 2, 10)) if n % 2 == 0 else d for n, d in enumerate(reversed(digits)))
    return f"{body}{(10 - total % 10) % 10}"


def ours() -> tuple[Clinician, ...]:
    """Our clinicians, with NPIs."""
    return tuple(
        Clinician(c.id, c.name, npi(90000000 + n), c.organization, c.specialty, c.code) for n, c in enumerate(OURS)
    )


def referrers(count: int, rng: Random) -> list[Clinician]:
    """Referring physicians in practices of three."""
    found = []
    for n in range(count):
        name = f"{REFERRERS[n % len(REFERRERS)]} {rng.choice(FAMILY)}-{n + 1}, MD"
        found.append(
            Clinician(f"ref{n}", name, npi(n + 1), f"Organization/clinic{n // 3}", "Family medicine", "419772000")
        )
    return found


def person_resources(clinicians: list[Clinician]) -> list[dict[str, Any]]:
    """Practitioner, PractitionerRole and Organization of everybody."""
    made: list[dict[str, Any]] = []
    for organization in sorted({c.organization for c in clinicians}):
        fhir_id = organization.split("/")[1]
        name = "Harbor Heart Sample Practice" if fhir_id == "harbor" else f"Elm Street Sample Clinic {fhir_id[6:]}"
        made.append(
            {
                "resourceType": "Organization",
                "id": fhir_id,
                "name": name,
                "active": True,
                "telecom": [{"system": "fax", "value": "617-555-0199"}, {"system": "phone", "value": "617-555-0110"}],
            }
        )
    for clinician in clinicians:
        given, _, family = clinician.name.removesuffix(", MD").rpartition(" ")
        made.append(
            {
                "resourceType": "Practitioner",
                "id": clinician.id,
                "identifier": [{"system": NPI, "value": clinician.npi}],
                "name": [{"text": clinician.name, "family": family, "given": given.split()}],
            }
        )
        made.append(
            {
                "resourceType": "PractitionerRole",
                "id": clinician.role.split("/")[1],
                "active": True,
                "practitioner": {"reference": clinician.key},
                "organization": {"reference": clinician.organization},
                "specialty": [{"coding": [{"system": SNOMED, "code": clinician.code}], "text": clinician.specialty}],
            }
        )
    return made


def patient(n: int, rng: Random) -> dict[str, Any]:
    """A made-up patient."""
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    return {
        "resourceType": "Patient",
        "id": f"pat{n}",
        "identifier": [
            {
                "system": "urn:oid:2.16.840.1.113883.3.9999",
                "value": f"{700000 + n}",
                "type": {"coding": [{"code": "MR"}]},
            }
        ],
        "name": [{"use": "official", "text": f"{given} {family}-{n}", "family": f"{family}-{n}", "given": [given]}],
        "gender": rng.choice(("female", "male")),
        "birthDate": f"{rng.randint(1938, 2000)}-{rng.randint(1, 12):02d}-15",
    }
