"""The count of both sides: what an EHR lists and we never met is read after all, within a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from loopclose.flows.reading.sync import SyncResult
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from tests.store.gently import NIGHT, Practice
from tests.store.line import NOW, sandbox, site


@pytest.fixture
def practice(db: Database) -> Iterator[Practice]:
    box = sandbox("tidy", 20)
    with serve(box) as server:
        found = Practice(db, site(box, server), box, server)
        found.settle()
        yield found


def add_unseen(practice: Practice) -> None:
    """A referral and its visit, of somebody new, that came with a time before the marks: an import, a slow index."""
    order, visit = practice.server.store.get("ServiceRequest", "sr1"), practice.server.store.get("Encounter", "enc1")
    assert order is not None and visit is not None
    subject = {"subject": {"reference": "Patient/unseen"}}
    basis = {"basedOn": [{"reference": "ServiceRequest/unseen"}]}
    person = {"resourceType": "Patient", "id": "unseen", "name": [{"text": "Una Unseen Sample"}]}
    for one in (person, {**order, "id": "unseen", **subject}, {**visit, "id": "unseen", **subject, **basis}):
        practice.server.store.put(one, NOW - timedelta(days=90))


def lists_read(asked: list[str]) -> int:
    """How often a list was read from its beginning."""
    lists = [f"{path}&" for path in asked if "/Encounter?" in path or "/ServiceRequest?" in path]
    narrow = ("_lastUpdated", "patient=", "_count=1&")
    return sum(not any(word in path for word in narrow) for path in lists)


def test_what_the_marks_passed_by_is_found_by_the_count_of_the_next_night(practice: Practice) -> None:
    add_unseen(practice)
    practice.sync()
    assert not [visit for visit, _, _ in practice.owed() if visit == "Encounter/unseen"]
    result = practice.sync(NIGHT)
    assert result.complete and ("Encounter/unseen", "ServiceRequest/unseen", "report") in practice.owed()
    there, kept = practice.kept()["counted"]["Encounter"]
    assert there <= kept and not [words for words in result.counts["warnings"] if "own count" in words]


def test_where_nothing_was_passed_by_no_list_is_read_again(practice: Practice) -> None:
    asked = practice.asked(lambda: practice.sync(NIGHT))
    assert lists_read(asked) == 0 and sum("_count=1&" in f"{path}&" for path in asked) >= 2


def test_a_list_that_counts_more_than_it_gives_is_said_and_read_again_once(practice: Practice) -> None:
    results: list[SyncResult] = []
    practice.server.faults.faults.append(Fault("short", where="Encounter"))
    first = practice.asked(lambda: results.append(practice.sync(NIGHT)))
    second = practice.asked(lambda: results.append(practice.sync(NIGHT)))
    assert lists_read(first) > 0 and lists_read(second) == 0
    assert all("own count" in " ".join(one.counts["warnings"]) for one in results)


def test_an_ehr_that_gives_no_totals_is_not_counted(practice: Practice) -> None:
    before = practice.kept()["counted"]
    practice.server.faults.faults.append(Fault("total", how="absent"))
    add_unseen(practice)
    assert practice.sync(NIGHT).complete
    assert practice.kept()["counted"] == before
