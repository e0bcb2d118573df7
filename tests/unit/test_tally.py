"""The counts of a run: nothing vanishes, nothing counts twice, and the whole is the sum of its types."""

from __future__ import annotations

from loopclose.flows.reading.tally import Tally


def test_the_whole_is_the_sum_of_the_types() -> None:
    tally = Tally()
    for kind, fhir_id, disposition, reason in (
        ("Encounter", "1", "admitted", None),
        ("Encounter", "2", "ignored", "class"),
        ("ServiceRequest", "1", "ignored", "class"),
        ("ServiceRequest", "2", "quarantined", "odd"),
        ("Patient", "1", "unchanged", None),
    ):
        tally.meet(kind, fhir_id)
        tally.count(kind, fhir_id, disposition, reason)
    found = tally.as_json()
    assert {name: found[name] for name in ("fetched", "admitted", "unchanged", "quarantined", "ignored")} == {
        "fetched": 5,
        "admitted": 1,
        "unchanged": 1,
        "quarantined": 1,
        "ignored": {"class": 2},
    }
    assert found["by_type"]["Encounter"]["ignored"] == {"class": 1} and tally.adds_up


def test_what_is_met_twice_counts_once_and_what_became_of_nothing_is_noticed() -> None:
    tally = Tally()
    for _ in range(2):
        tally.meet("Encounter", "1")
        tally.count("Encounter", "1", "admitted", None)
    assert tally.as_json()["fetched"] == tally.as_json()["admitted"] == 1 and tally.adds_up
    tally.meet("Encounter", "2")
    assert not tally.adds_up
