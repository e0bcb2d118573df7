"""Vendors' own CapabilityStatements: whose each is, and what it leaves open to try."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from fhir_adapters.capabilities import Capabilities, read_capabilities
from fhir_adapters.errors import FinalError
from fhir_adapters.vendors import detect
from fhir_adapters.worklist.encounters import encounters
from fhir_adapters.worklist.orders import orders
from fhir_adapters.worklist.schedule import schedule
from tests.interop.loading import DATA

FOLDER = DATA / "capabilities"
DAY, NOW = date(2026, 6, 1), datetime(2026, 11, 24, 15, tzinfo=UTC)
NOT_BOOKED = "The EHR has no Appointment."
STATEMENTS = {
    "athenahealth-r4": (
        "athena",
        "The EHR finds ServiceRequest by _id or patient only.",
        "The EHR finds Encounter by patient or _id only.",
        "The EHR finds Appointments neither by practitioner nor by location.",
    ),
    "eclinicalworks-r4": ("ecw", None, None, NOT_BOOKED),
    "eclinicalworks-healow-r4": ("ecw", None, None, NOT_BOOKED),
    "epic-r4": ("epic", None, None, None),
    "epic-r4-2023-edited": ("epic", None, None, "The EHR finds Appointments neither by practitioner nor by location."),
    "meditech-greenfield-r4": ("meditech", None, None, None),
    "nextgen-enterprise-r4": ("nextgen", None, None, NOT_BOOKED),
    "nextgen-office-r4": ("nextgen-office", None, None, NOT_BOOKED),
    "oracle-health-r4-open": ("oracle", None, None, None),
    "oracle-health-r4-secure": ("oracle", None, None, None),
}
"""By statement: the vendor, and why it cannot be asked by orders, encounters and schedule; None: it has to be tried."""


def statement(name: str) -> Capabilities:
    """One of them."""
    return read_capabilities((FOLDER / f"{name}.json").read_bytes())


def test_every_statement_there_is_stands_in_the_table() -> None:
    there = {path.stem for path in FOLDER.glob("*.json") if re.search(r"-r4(?!.*smart)", path.stem)}
    assert there == {*STATEMENTS}


@pytest.mark.parametrize("name", STATEMENTS)
def test_whose_statement_it_is_and_what_it_leaves_to_try(name: str) -> None:
    said, (vendor, *expected) = statement(name), STATEMENTS[name]
    assert detect(said.marks).name == vendor
    found: list[str | None] = []
    for ask in (
        lambda: orders(said, DAY, None),
        lambda: encounters(said, DAY, None),
        lambda: schedule(said, ["Practitioner/a"], [], NOW, NOW.replace(hour=16)),
    ):
        try:
            ask()
            found.append(None)
        except FinalError as problem:
            found.append(str(problem))
    assert found == expected


def test_types_that_are_read_by_id_alone_are_told() -> None:
    assert "Task" in statement("meditech-greenfield-r4").read_only
    assert "Practitioner" in statement("nextgen-office-r4").read_only
    assert "Encounter" not in statement("nextgen-office-r4").read_only


def test_what_athenahealth_demands_of_each_search_is_told() -> None:
    said = statement("athenahealth-r4")
    assert said.is_enough("MedicationRequest", ["patient", "intent"])
    assert not said.is_enough("MedicationRequest", ["patient"])
    assert said.finds_by("DocumentReference", "patient") and not said.finds_by("Appointment", "patient")
