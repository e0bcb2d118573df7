"""The reports of one referrer in a period, with the steps they took and when their referral was settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from loopclose.domain.lateness import UNMATCHED, summed_up, waits
from loopclose.flows.judging.rows import UNKNOWN, shown_row
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import ClinicianRow
from loopclose.store.referrer_reports import fell_due

MAIN = Scope("main")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LEE = {"name": "Dr. Lee Sample", "reference": "Practitioner/lee", "npi": "1093817465"}


def report(name: str, seen: float, due: float, *steps: tuple[str, float], **given: Any) -> list[Any]:
    """A report with its visit and its steps; times in days before the present."""
    sent = [NOW - at * DAY for state, at in steps if state == "sent"]
    row = {
        "practice_id": "main",
        "id": name,
        "ehr": "one",
        "kind": "report",
        "patient": "Patient/1",
        "person": "Patient/1",
        "visit": f"Encounter/{name}",
        "state": steps[-1][0] if steps else "owed",
        "due_at": NOW - due * DAY,
        "deadline_no": 1,
        "winner": "policy",
        "owner": "coordinator",
        "author": "Practitioner/heart",
        "referrer": LEE,
        "sent_at": sent[0] if sent else None,
        **given,
    }
    owed = Obligation(**row, **shown_row(row, {"Patient/1": {**UNKNOWN, "patient_name": "Ann Sample"}}))
    at = NOW - seen * DAY
    visit = VisitRow(
        practice_id="main",
        ehr=owed.ehr,
        id=owed.visit,
        patient="Patient/1",
        person="Patient/1",
        start=at - timedelta(hours=1),
        end=at,
        assumed=False,
        baseline=False,
        clinicians=[],
        outcome="report",
    )
    return [owed, visit, *taken(name, ("owed", seen), *steps)]


def taken(name: str, *steps: tuple[str, float]) -> list[TransitionRow]:
    return [
        TransitionRow(
            practice_id="main",
            obligation=name,
            no=no,
            to_state=state,
            effective_at=NOW - at * DAY,
            detected_at=NOW - at * DAY,
            actor="ehr",
        )
        for no, (state, at) in enumerate(steps, start=1)
    ]


def test_each_report_of_the_period_comes_with_what_it_waited_for(db: Database) -> None:
    asked = {"kind": "resolve", "referrer": None, "state": "confirmed"}
    with db.read() as session:
        session.add_all(
            [
                ClinicianRow(practice_id="main", ehr="one", key="Practitioner/heart", name="Hana Heart Sample"),
                *report("in time", 12, 9, ("drafted", 11), ("sent", 10)),
                *report("late", 20, 17, ("drafted", 19), ("signed", 12), ("sent", 11)),
                *report("matched late", 30, 27, ("drafted", 15), ("sent", 14)),
                *report("the question", 30, 29, **asked)[:1],
                *report("not sent", 8, 5),
                *report("before the period", 120, 117),
                *report("not due", 1, -2),
                *report("waived", 20, 17, ("waived", 16)),
                *report("of another", 20, 17, referrer={**LEE, "npi": None}, ehr="two"),
                *taken("the question", ("owed", 30), ("confirmed", 16)),
            ]
        )
        session.flush()
        question = session.get_one(Obligation, ("main", "the question"))
        question.visit = "Encounter/matched late"
        session.flush()
        found = fell_due(session, MAIN, "npi:1093817465", NOW - 90 * DAY, NOW)
        assert [one.waited.report for one in found] == ["matched late", "late", "in time", "not sent"]
        assert {(one.patient, one.author) for one in found} == {("Ann Sample", "Hana Heart Sample")}
        spent = {one.waited.report: waits(one.waited, NOW) for one in found}
        assert spent["late"] == {"owed": DAY, "drafted": 7 * DAY, "signed": DAY}
        assert spent["matched late"] == {UNMATCHED: 14 * DAY, "owed": DAY, "drafted": DAY}
        assert spent["not sent"] == {"owed": 8 * DAY}
        figures = summed_up([one.waited for one in found], NOW)
        assert (figures.owed, figures.in_time, figures.median_late, figures.slowest) == (4, 1, 6 * DAY, UNMATCHED)
        assert [one.waited.report for one in fell_due(session, MAIN, "two:Practitioner/lee", NOW - 90 * DAY, NOW)] == [
            "of another"
        ]
        assert [one.waited.report for one in fell_due(session, MAIN, "npi:1093817465", NOW - 6 * DAY, NOW)] == [
            "not sent"
        ]
