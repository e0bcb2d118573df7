"""The Task that we write makes CMS50's numerator true where a receipt is known, by every stored version of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fhir_adapters.writing.resources import CONSULT_NOTE, fulfilment_of
from loopclose.domain.cms50 import counted_as
from tests.interop.cms50 import NUMERATORS, denominator, first_referral
from tests.unit.fhir_adapters.writing.letters import letter

Json = dict[str, Any]
BOSTON = ZoneInfo("America/New_York")
REFERRED = "2026-10-30T09:00:00-04:00"
CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "103696004"}]}
REFERRAL: Json = {
    "resourceType": "ServiceRequest", "id": "r", "status": "active", "intent": "order", "code": CODE,
    "authoredOn": REFERRED,
}  # fmt: skip
VISIT: Json = {
    "resourceType": "Encounter", "id": "v", "status": "finished",
    "type": [{"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]}],
    "period": {"start": "2026-10-30T09:00:00-04:00", "end": "2026-10-30T09:30:00-04:00"},
}  # fmt: skip
by_version = pytest.mark.parametrize("holds", NUMERATORS.values(), ids=NUMERATORS)
Holds = Callable[..., bool]


def task(at: datetime, **more: Any) -> Json:
    """Ours, of a report that was received then."""
    return {**fulfilment_of(letter(), "DocumentReference/d", at), "id": "t", **more}


def test_the_cast_is_in_the_denominator() -> None:
    assert denominator([REFERRAL, VISIT], 2026)
    assert not denominator([REFERRAL, VISIT], 2025)


@by_version
@pytest.mark.parametrize(
    ("at", "zone", "counts"),
    [
        (datetime(2026, 11, 21, 9, tzinfo=BOSTON), UTC, True),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), UTC, True),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), UTC, False),
        (datetime(2026, 12, 31, 20, 0, tzinfo=BOSTON), BOSTON, True),
        (datetime(2026, 12, 31, 20, 0, tzinfo=BOSTON), UTC, False),  # the same instant, to who reckons in UTC
        (datetime.fromisoformat(REFERRED), UTC, False),  # at the instant of the referral is not after it
        (datetime.fromisoformat(REFERRED) + timedelta(seconds=1), UTC, True),
        (datetime.fromisoformat(REFERRED) - timedelta(days=1), UTC, False),
    ],
)
def test_the_time_of_receipt_decides(holds: Holds, at: datetime, zone: Any, counts: bool) -> None:
    assert holds([REFERRAL, VISIT, task(at)], 2026, zone) == counts


@by_version
def test_without_a_receipt_nothing_counts(holds: Holds) -> None:
    received = datetime(2026, 11, 21, 9, tzinfo=BOSTON)
    assert not holds([REFERRAL, VISIT], 2026)
    for status in ("in-progress", "requested", "entered-in-error"):
        assert not holds([REFERRAL, VISIT, task(received, status=status)], 2026)


@by_version
def test_only_the_first_referral_of_the_year_counts(holds: Holds) -> None:
    earlier = {**REFERRAL, "id": "r0", "authoredOn": "2026-10-30T08:59:00-04:00"}
    received = datetime(2026, 11, 21, 9, tzinfo=BOSTON)
    assert not holds([earlier, REFERRAL, VISIT, task(received)], 2026)
    assert first_referral([{**REFERRAL, "authoredOn": "2026-11-01"}], 2026) is None


@by_version
def test_a_letter_whose_own_type_is_not_counted_counts_by_its_reason(holds: Holds) -> None:
    """The measure's guidance takes a progress or procedural report; its document keeps its own type."""
    made = fulfilment_of(
        letter(loinc="11506-3", display="Progress note"), "DocumentReference/d", datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert made["output"][0]["type"]["coding"][0]["code"] == "11506-3"
    assert holds([REFERRAL, VISIT, {**made, "id": "t"}], 2026)


def test_each_version_needs_its_own_coding() -> None:
    whole = task(datetime(2026, 11, 21, tzinfo=UTC))
    fulfill, consult = whole["code"]["coding"]
    one = {**whole, "code": {"coding": [fulfill]}}
    other = {**whole, "code": {"coding": [consult]}}
    assert [holds([REFERRAL, VISIT, one], 2026) for holds in NUMERATORS.values()] == [False, True]
    assert [holds([REFERRAL, VISIT, other], 2026) for holds in NUMERATORS.values()] == [True, False]


def test_the_reason_is_the_letters_own_type_where_the_value_set_has_it() -> None:
    assert counted_as("34099-2", "Cardiology Consult note") == ("34099-2", "Cardiology Consult note")
    assert counted_as("11506-3", "Progress note") == counted_as("28570-0", "Procedure note") == CONSULT_NOTE
