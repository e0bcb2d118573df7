"""A report that went to somebody who turns out not to have referred is not with who did; one and the same person is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import to_builtins

from loopclose.domain.chart import Referrer
from loopclose.domain.readdressed import known_as, sent_to_another
from loopclose.domain.states import BOUNCED, Transition, first_sent

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SIGNED = Transition("drafted", "signed", AT, "heart@demo.example")
SENT = Transition("signed", "sent", AT, "loopclose", "d1", "transmitted")
ARRIVED = Transition("sent", "confirmed", AT, "loopclose", "d1", "receipt")
ATTESTED = Transition("signed", "sent", AT, "cora@demo.example", "attested by Cora: fax to Dr. Lee", "attested")
BY_EHR = Transition("signed", "sent", AT, "ehr", "Communication/1")


def who(name: str = "Dr. Lee", **more: Any) -> Referrer:
    return Referrer(name=name, how="requester", **{"guessed": False, "reference": "Practitioner/lee", **more})


LEE, FAMILY = who(), who("Dr. Family", reference="Practitioner/family")


@pytest.mark.parametrize(
    ("steps", "before", "now", "goes_back"),
    [
        ([SIGNED, SENT], LEE, FAMILY, True),
        ([SIGNED, SENT, ARRIVED], LEE, FAMILY, True),
        ([SIGNED], LEE, FAMILY, False),
        ([SIGNED, ATTESTED], LEE, FAMILY, False),
        ([SIGNED, BY_EHR], LEE, FAMILY, False),
        ([SIGNED, SENT], LEE, who("Dr. Lee-Park"), False),
        ([SIGNED, SENT], LEE, who(npi="1093817465"), False),
        ([SIGNED, SENT], who(npi="1093817465"), who(npi="1093817465", reference="Practitioner/lee2"), False),
        ([SIGNED, SENT], who(reference=None), who("dr.  LEE", reference=None), False),
        ([SIGNED, SENT], who(reference=None), who("Dr. Family", reference=None), True),
        ([SIGNED, SENT], LEE, who("Dr. Family", reference="Practitioner/family", guessed=True), False),
        ([SIGNED, SENT], LEE, None, False),
        ([SIGNED, SENT], None, FAMILY, False),
    ],
)
def test_a_report_goes_back_where_another_referred(
    steps: list[Transition], before: Referrer | None, now: Referrer | None, goes_back: bool
) -> None:
    found = sent_to_another(steps, to_builtins(before) if before else None, now, AT)
    assert [(one.to_state, one.code) for one in found] == ([("signed", BOUNCED)] if goes_back else [])
    assert not found or first_sent([*steps, *found]) is None


def test_a_letter_that_left_before_a_number_was_known_is_to_the_same_person() -> None:
    assert known_as("main", "npi:1093817465", to_builtins(who(npi="1093817465"))) == {
        "npi:1093817465",
        "main:Practitioner/lee",
    }
    assert known_as("main", None, None) == frozenset()
