"""Which letters take a message of 360X along: those that answer a request with an OID, of a practice that has one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fhir_adapters.facts import Identifier
from loopclose.flows.delivery.closed_loop import message_of
from loopclose.letters.letter import Letter
from tests.unit.letters.sample import letter as sample

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LETTER = sample(signed=True)
OURS = "2.16.840.1.113883.3.1"
PLACED = Identifier(system="urn:oid:2.16.840.1.113883.3.2", value="REF-7")
MRN = Identifier(system="urn:oid:2.16.840.1.113883.3.2.1", value="MRN-9")


def letter(*referral: Identifier, patient: tuple[Identifier, ...] = (MRN,)) -> Letter:
    header = replace(LETTER.header, referral=referral, patient=replace(LETTER.header.patient, identifiers=patient))
    return replace(LETTER, header=header)


def test_the_outcome_names_the_order_by_the_referrers_own_number() -> None:
    found = message_of(letter(PLACED), OURS, "d1", NOW)
    assert found is not None and found.form == "hl7-omg"
    assert b"REF-7^^2.16.840.1.113883.3.2^ISO" in found.content and b"MRN-9" in found.content
    again = message_of(letter(PLACED), OURS, "d1", NOW)
    assert again == found, "the same delivery is the same message"


@pytest.mark.parametrize(
    ("given", "us"),
    [
        (letter(), OURS),
        (letter(Identifier(system="https://ehr.example/orders", value="7")), OURS),
        (letter(PLACED, patient=()), OURS),
        (letter(PLACED), None),
    ],
    ids=["no number", "no OID", "no patient number", "no OID of ours"],
)
def test_any_other_goes_without(given: Letter, us: str | None) -> None:
    assert message_of(given, us, "d1", NOW) is None
