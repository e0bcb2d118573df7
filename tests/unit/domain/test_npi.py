"""NPIs in every form in which they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_adapters.facts import Practitioner
from loopclose.domain.npi import npi_is_plausible, npi_of
from tests.spec.cast import fact

SYSTEM, OID = "http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"
TYPED = {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NPI"}]}}


@pytest.mark.parametrize(
    ("identifiers", "npi"),
    [
        ([], None),
        ([{"system": SYSTEM, "value": "1245319599"}], "1245319599"),
        ([{"system": f"{SYSTEM}/", "value": "1245319599"}], "1245319599"),
        ([{"system": OID, "value": "1245319599"}], "1245319599"),
        ([{"system": SYSTEM, "value": " 1245 319 599 "}], "1245319599"),
        ([{"value": "1245319599", **TYPED}], "1245319599"),
        ([{"value": "1245319599", "type": {"text": " npi "}}], "1245319599"),
        ([{"system": "urn:local", "value": "17", **TYPED}], None),
        ([{"value": "1245319599"}], None),
        ([{"value": "17", "type": {"coding": [{"code": "MD"}]}}], None),
        ([{"system": SYSTEM, "value": " "}, {"system": OID, "value": "1245319599"}], "1245319599"),
        ([{"value": "1", **TYPED}, {"system": SYSTEM, "value": "1245319599"}], "1245319599"),
        ([{"system": SYSTEM}], None),
        ([{"value": "1245319599", "type": {"coding": [{"code": "PRN"}, {"code": "NPI"}]}}], "1245319599"),
        ([{"value": "17", "type": {"text": "MD"}}], None),
        ([{"system": "URN:OID:2.16.840.1.113883.4.6", "value": "1245319599"}], "1245319599"),
        ([{"system": "2.16.840.1.113883.4.6", "value": "1245319599"}], "1245319599"),
        ([{"system": "NPI", "value": "1245319599"}], "1245319599"),
        ([{"system": "https://npiregistry.cms.hhs.gov", "value": "1245319599"}], "1245319599"),
        ([{"system": "urn:vendor:npi", "value": "1245319598"}], None),
        ([{"system": "urn:vendor:inpatient", "value": "1245319599"}], None),
        ([{"system": "https://www.hl7.org/fhir/sid/US-NPI", "value": "1245319599"}], "1245319599"),
        ([{"system": "urn:oid:2.16.840.1.113883.4.61", "value": "1245319599"}], None),
        ([{"system": "urn:oid:1.2.840.114350", "value": "1245319599", **TYPED}], "1245319599"),
        ([{"value": "1245319599", "type": {"text": "National Provider Identifier"}}], "1245319599"),
        ([{"system": SYSTEM, "value": "1245-319-599"}], "1245319599"),
        ([{"system": SYSTEM, "value": "NPI: 1245319599"}], "1245319599"),
        ([{"system": SYSTEM, "value": "1003000126", "use": "old"}, {"value": "1245319599", **TYPED}], "1245319599"),
        ([{"system": SYSTEM, "value": "1245319599", "use": "old"}], "1245319599"),
        ([{"system": SYSTEM, "value": "17-4"}], "17-4"),
        ([{"system": "https://HL7.org/fhir/sid/us-NPI", "value": "1245319599"}], "1245319599"),
        ([{"system": "2.16.840.1.113883.4.6", "value": "1245319599"}], "1245319599"),
        ([{"system": "URN:OID:2.16.840.1.113883.4.6", "value": "1245-319-599"}], "1245319599"),
        ([{"system": SYSTEM, "value": "NPI: 1245319599"}], "1245319599"),
        ([{"system": SYSTEM, "value": "\u200b１２４５３１９５９９"}], "1245319599"),
        ([{"system": SYSTEM, "value": "NP 17"}], "NP17"),
        ([{"system": "urn:local", "value": "1245319599", **TYPED}], "1245319599"),
        ([{"system": "urn:local", "value": "1245319590", **TYPED}], None),
        ([{"value": "1245319599", "type": {"coding": [{"display": "National Provider Identifier"}]}}], "1245319599"),
        (
            [{"use": "old", "system": SYSTEM, "value": "1003000126"}, {"system": SYSTEM, "value": "1245319599"}],
            "1245319599",
        ),
    ],
)
def test_an_npi_is_taken_in_any_form(identifiers: list[dict[str, Any]], npi: str | None) -> None:
    who: Practitioner = fact("Practitioner", "x", identifier=identifiers)
    assert npi_of(who.identifier) == npi


@pytest.mark.parametrize(
    ("npi", "plausible"),
    [
        ("1234567893", True),
        ("1245319599", True),
        ("1003000126", True),
        ("1234567890", False),
        ("1245319598", False),
        ("2145319599", False),
        ("123456789", False),
        ("12345678933", False),
        ("12345678X3", False),
        ("١٢٣٤٥٦٧٨٩٣", False),
    ],
)
def test_the_check_digit_only_warns(npi: str, plausible: bool) -> None:
    assert npi_is_plausible(npi) is plausible
