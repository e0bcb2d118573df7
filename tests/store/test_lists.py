"""The lists of what is owed: whom a filter means, in which order rows come, and what their tabs count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from loopclose.domain.clinician_key import clinician_key
from loopclose.domain.codes import KINDS, REPORT_STATES
from loopclose.flows.judging.rows import shown_row
from loopclose.store.base import Scope
from loopclose.store.closed import closed
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow
from loopclose.store.worklist import (
    author_name,
    authors,
    bucket,
    counts,
    open_by_kind,
    referrer_name,
    referrers,
    worklist,
)
from loopclose.store.worklist_query import Days, Filters, Page, buckets

MAIN = Scope("main")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = Days(NOW + 9 * HOUR, NOW + 2 * DAY, NOW - 17 * HOUR)
ALL = Filters()


def owed(name: str, **given: Any) -> Obligation:
    row = {
        "practice_id": "main",
        "id": name,
        "ehr": "one",
        "kind": "report",
        "patient": "Patient/1",
        "person": "Patient/1",
        "state": "owed",
        "due_at": NOW + DAY,
        "deadline_no": 1,
        "winner": "policy",
        "owner": "coordinator",
        "referrer": None,
        **given,
    }
    return Obligation(**row, **shown_row(row, {}))


def names(session: Session, tab: str, filters: Filters = ALL, kind: str = "report") -> list[str]:
    if tab == "closed":
        found = closed(session, MAIN, NOW, filters, 1000, kind).items
    else:
        found = bucket(session, MAIN, NOW, DAYS, tab, filters, Page(), kind)
    return [item.obligation.id for item in found]


def test_the_most_pressing_comes_first(db: Database) -> None:
    back = {"winner": "patient_returns"}
    expected = [
        owed("back today", due_at=NOW - 16 * HOUR, **back),
        owed("back later today", due_at=NOW - HOUR, **back),
        owed("stat, late", due_at=NOW - DAY, priority="stat"),
        owed("urgent, late for longer", due_at=NOW - 3 * DAY, priority="urgent"),
        owed("late for weeks", due_at=NOW - 20 * DAY),
        owed("was back days ago", due_at=NOW - 5 * DAY, **back),
        owed("late", due_at=NOW - HOUR, state="drafted"),
        owed("today", due_at=NOW + HOUR),
        owed("tomorrow, stat", due_at=NOW + DAY, priority="stat"),
        owed("sent long ago", due_at=NOW - 2 * DAY, state="sent", sent_at=NOW - 9 * DAY),
        owed("sent", due_at=NOW - 9 * DAY, state="sent", sent_at=NOW - DAY),
    ]
    done = [
        owed("confirmed", due_at=NOW - DAY, state="confirmed"),
        owed("waived before", due_at=NOW - 9 * DAY, state="waived"),
    ]
    with db.read() as session:
        session.add_all([*reversed(expected), *reversed(done)])
        session.flush()
        assert names(session, "open") == [one.id for one in expected]
        assert names(session, "late") == [one.id for one in expected[:7]]
        assert names(session, "sent") == ["sent long ago", "sent"]
        assert names(session, "closed") == ["confirmed", "waived before"], "the latest first"


def test_open_has_one_meaning_for_tabs_counts_and_the_command_line(db: Database) -> None:
    with db.read() as session:
        for kind in KINDS:
            for state in REPORT_STATES:
                for days in (-30, -1, 0.1, 1, 30):
                    session.add(owed(f"{kind} {state} {days}", kind=kind, state=state, due_at=NOW + days * DAY))
        session.flush()
        for kind in KINDS:
            tallies = counts(session, MAIN, NOW, DAYS, ALL, kind)
            assert tallies == {tab: len(names(session, tab, ALL, kind)) for tab in buckets(NOW, DAYS)}
            commanded = worklist(session, MAIN, NOW, kind=kind)
            assert {item.obligation.id for item in commanded} == {*names(session, "open", ALL, kind)}
            parts = [names(session, tab, ALL, kind) for tab in ("late", "today", "soon", "later", "sent")]
            assert sorted(name for part in parts for name in part) == sorted(names(session, "open", ALL, kind)), (
                "each in one part only"
            )
            assert open_by_kind(session, MAIN)[kind] == tallies["open"]


@pytest.fixture
def three(db: Database) -> Database:
    """Three EHRs that call somebody ``Practitioner/ref0``; one person of NPI in two of them."""
    with db.write() as session:
        for ehr, who in (("one", "Lee"), ("two", "Roy"), ("three", "Osei")):
            asked = {"name": f"Dr. {who} Sample", "reference": "Practitioner/ref0", "npi": None}
            session.add(owed(f"of {who}", ehr=ehr, referrer=asked, author="Practitioner/heart"))
            npi = None if ehr == "three" else "1093817465"
            session.add(
                ClinicianRow(practice_id="main", ehr=ehr, key="Practitioner/heart", name=f"Heart in {ehr}", npi=npi)
            )
        for ehr in ("one", "two"):
            asked = {"name": "Dr. Both Sample", "reference": f"Practitioner/{ehr}", "npi": "1245319599"}
            session.add(owed(f"both {ehr}", ehr=ehr, referrer=asked))
        session.add(owed("by name", referrer={"name": "Dr. Name Only", "reference": None, "npi": None}))
        session.add(owed("closed", state="confirmed", referrer={"name": "Dr. Gone", "reference": "Practitioner/g"}))
    return db


def test_a_filter_means_one_person_and_not_an_id_of_several_ehrs(three: Database) -> None:
    with three.read() as session:
        by_name = {name: key for key, name in referrers(session, MAIN)}
        assert by_name == {
            "Dr. Lee Sample": "one:Practitioner/ref0",
            "Dr. Roy Sample": "two:Practitioner/ref0",
            "Dr. Osei Sample": "three:Practitioner/ref0",
            "Dr. Both Sample": "npi:1245319599",
            "Dr. Name Only": clinician_key("one", None, None, "Dr. Name Only"),
        }
        found = {name: sorted(names(session, "open", Filters(referrer=key))) for name, key in by_name.items()}
        assert found == {
            "Dr. Lee Sample": ["of Lee"],
            "Dr. Roy Sample": ["of Roy"],
            "Dr. Osei Sample": ["of Osei"],
            "Dr. Both Sample": ["both one", "both two"],
            "Dr. Name Only": ["by name"],
        }
        assert all(referrer_name(session, MAIN, key) == name for name, key in by_name.items())
        assert referrer_name(session, MAIN, "one:Practitioner/g") == "Dr. Gone", "although nothing is open"
        assert referrer_name(session, MAIN, "two:Practitioner/g") is None


def test_an_author_is_one_person_too(three: Database) -> None:
    with three.read() as session:
        keys = dict(authors(session, MAIN))
        assert keys == {"npi:1093817465": "Heart in one", "three:Practitioner/heart": "Heart in three"}
        assert sorted(names(session, "open", Filters(author="npi:1093817465"))) == ["of Lee", "of Roy"]
        assert names(session, "open", replace(ALL, author="three:Practitioner/heart")) == ["of Osei"]
        assert author_name(session, MAIN, "three:Practitioner/heart") == "Heart in three"
        assert author_name(session, MAIN, "npi:1093817465") in ("Heart in one", "Heart in two")
        assert author_name(session, MAIN, "four:Practitioner/heart") is None
