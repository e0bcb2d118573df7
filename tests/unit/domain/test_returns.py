"""With whom the patient returns, and when."""

from __future__ import annotations

from typing import Any

from loopclose.domain.chart import Chart, Referrer
from loopclose.domain.returns import Return, first_return
from tests.spec.cast import DIRECTORY, PRACTICE, fact, local, visit

LEE = Referrer("Dr. Lee Sample", "requester", False, "Practitioner/lee")


def planned(who: dict[str, Any], start: str = "2026-11-20T09:00:00-05:00") -> Any:
    """A planned encounter with somebody."""
    return fact("Encounter", "w", status="planned", period={"start": start}, participant=[{"individual": who}])


def returns(referrer: Referrer, encounter: Any) -> Return | None:
    """The return after a visit that ended on 19 November at 10:30."""
    chart = Chart(encounters=(encounter,))
    return first_return(visit("2026-11-19 10:30"), referrer, chart, PRACTICE, DIRECTORY)


def test_a_planned_visit_with_the_referrer_counts_only_when_it_begins_after_ours_ends() -> None:
    lee = {"reference": "Practitioner/lee"}
    assert returns(LEE, planned(lee)) == Return(local("2026-11-20 09:00"), "the referrer", "Encounter/w")
    assert returns(LEE, planned(lee, "2026-11-19T10:30:00-05:00")) is None


def test_a_name_of_one_word_is_nobody_in_particular() -> None:
    assert returns(Referrer("Sample", "display", True), planned({"display": "Sample"})) is None
    assert returns(Referrer("Dr. Lee", "display", True), planned({"display": "Lee Dr."})) is None
    found = returns(Referrer("Ann Sample", "display", True), planned({"display": "ann  SAMPLE"}))
    assert found is not None
    assert found.with_whom == "somebody who is probably the referrer"
