"""What a page shows of a patient."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.patients import name_of, record_number, shown_of
from tests.spec.cast import fact

SSN = "http://hl7.org/fhir/sid/us-ssn"


def typed(code: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": {"coding": [{"code": code}]}, "value": value, **more}


@pytest.mark.parametrize(
    ("identifiers", "shown"),
    [
        ([], (None, None)),
        ([typed("PI", "1"), typed("MR", "2"), typed("MR", "3")], ("MRN", "2")),
        ([typed("MR", "1", use="old"), typed("MR", "2")], ("MRN", "2")),
        ([typed("MR", " "), typed("PI", " 2 ")], ("Patient no.", "2")),
        ([typed("SS", "078-05-1120"), typed("DL", "D1")], (None, None)),
        ([{"system": SSN, "value": "078-05-1120"}, {"system": "urn:x", "value": "7"}], ("urn:x", "7")),
        ([{"type": {"text": "EPI"}, "system": "urn:oid:1.2", "value": "E7"}], ("EPI", "E7")),
        ([{"value": "7"}], ("Record no.", "7")),
        (
            [{"type": {"coding": [{"system": "urn:x"}, {"code": "AA"}, {"code": "PI"}]}, "value": "7"}],
            ("Patient no.", "7"),
        ),
        ([{"system": "urn:" + "x" * 99, "value": "7"}], (("urn:" + "x" * 99)[:60], "7")),
    ],
)
def test_the_record_number_and_what_it_is_called(identifiers: list[Any], shown: tuple[str | None, str | None]) -> None:
    assert record_number(fact("Patient", "p", identifier=identifiers).identifier) == shown


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ([], None),
        ([{"use": "old", "text": "Alma Before"}, {"text": "Alma Now"}], "Alma Now"),
        ([{"text": "Al"}, {"use": "official", "text": "Alma Sample"}], "Alma Sample"),
        ([{"use": "official"}, {"use": "old", "text": "Alma Before"}], "Alma Before"),
    ],
)
def test_the_name_that_is_used_now(names: list[Any], name: str | None) -> None:
    assert name_of(fact("Patient", "p", name=names)) == name


def test_what_is_kept_for_the_screens() -> None:
    alma = fact("Patient", "p", name=[{"text": "Dr. Ánna Sample"}], birthDate="1950-03", gender="female")
    assert shown_of(alma) == {
        "name": "Dr. Ánna Sample",
        "alike": "anna sample",
        "birth_date": "1950-03",
        "gender": "female",
        "mrn": None,
        "mrn_kind": None,
    }
