"""What a decision leaves behind: who made it so, by what, in which words, and whom alerts still tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopclose.domain import commands as c
from loopclose.flows.decisions import on_visits
from loopclose.store.loop import LinkDecisionRow, VisitRow
from loopclose.store.obligations import Obligation, TransitionRow
from tests.store.desks import CORA, HEART, LEO, MAIN, NeverJudging, Practices
from tests.store.line import NOW

LATE, FRESH, SENT = "Encounter/enc1", "Encounter/enc4", "Encounter/enc10"
"""Visits whose reports are late, not yet due, and sent."""


def last_step(both: Practices, owed: Obligation) -> TransitionRow:
    steps: list[TransitionRow] = both.rows(TransitionRow, practice_id="main", obligation=owed.id)
    return max(steps, key=lambda step: step.no)


def test_a_step_says_who_made_it_by_which_code_and_in_whose_words(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    both.desk().do(c.Waive(obligation=owed.id, code="other", note="  Seen for a study. "))
    step = last_step(both, owed)
    said = (step.to_state, step.actor, step.code, step.note, step.evidence)
    assert said == ("waived", CORA, "other", "Seen for a study.", None)
    both.desk(LEO).do(c.Reopen(obligation=owed.id, note="   "))
    step = last_step(both, owed)
    assert (step.to_state, step.actor, step.code, step.note) == ("owed", LEO, "reopened", None)


def test_what_is_confirmed_names_who_said_so(both: Practices) -> None:
    owed = both.one(kind="report", visit=SENT)
    both.desk().do(c.Confirm(obligation=owed.id))
    step = last_step(both, owed)
    assert (step.to_state, step.evidence, step.code) == ("confirmed", "said by cora", None)


def test_a_countersigned_report_was_sent_by_whoever_said_so_first(both: Practices) -> None:
    owed = both.one(kind="report", visit=LATE)
    at = owed.due_at - timedelta(hours=1)
    both.desk().do(c.Attest(obligation=owed.id, channel="fax", recipient=" Elm Street ", sent_at=at))
    both.desk(LEO).do(c.Countersign(obligation=owed.id))
    step = last_step(both, owed)
    assert (step.actor, step.code, step.evidence) == (CORA, "attested", "attested by cora: fax to Elm Street")


def test_what_waits_for_a_second_person_can_be_waived_all_the_same(both: Practices) -> None:
    owed = both.one(kind="report", visit=LATE)
    at = owed.due_at - timedelta(hours=1)
    both.desk().do(c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street", sent_at=at))
    both.desk(LEO).do(c.Waive(obligation=owed.id, code="duplicate"))
    step = last_step(both, owed)
    assert (step.actor, step.code, step.evidence) == (LEO, "duplicate", None)


def test_a_report_sent_on_the_stroke_of_its_deadline_is_in_time(both: Practices) -> None:
    both.work = NeverJudging(both.work.config, both.db, both.work.clock)
    owed = both.one(kind="report", visit=FRESH)
    sent = c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street")
    assert both.desk(now=owed.due_at).do(sent) == "sent"
    assert both.one(id=owed.id).on_time is True


def test_nobody_is_told_of_what_is_closed_and_of_what_is_opened_again_at_once(both: Practices) -> None:
    """As it stands the moment the decision is written, whatever judging makes of it afterwards."""
    both.work = NeverJudging(both.work.config, both.db, both.work.clock)
    owed = both.one(kind="report", visit=FRESH)
    assert owed.alert_after is not None
    both.desk().do(c.Waive(obligation=owed.id, code="duplicate"))
    assert both.one(id=owed.id).alert_after is None
    both.desk(LEO).do(c.Reopen(obligation=owed.id))
    assert both.one(id=owed.id).alert_after == NOW


def hide_a_request(both: Practices, named: bool) -> None:
    """A request of the visit's patient that nobody can read, and the visit names it, or not."""
    store = both.server.store
    encounter = store.get("Encounter", FRESH.removeprefix("Encounter/"))
    assert encounter is not None
    hidden = {"resourceType": "ServiceRequest", "id": "hidden", "status": "active", "intent": "order"}
    unknown = [{"url": "https://other.example/may-mean-the-opposite", "valueBoolean": True}]
    store.put({**hidden, "subject": encounter["subject"], "modifierExtension": unknown}, NOW)
    if named:
        store.put({**encounter, "basedOn": [{"reference": "ServiceRequest/hidden"}]}, NOW)
    both.read()


@pytest.mark.parametrize(
    ("named", "outcome", "expected"),
    [
        (True, "report", ["ServiceRequest/hidden"]),
        (False, "resolve", ["ServiceRequest/hidden"]),
        (False, "report", []),
    ],
)
def test_what_a_decision_could_not_see_is_kept_with_it(
    both: Practices, named: bool, outcome: str, expected: list[str]
) -> None:
    hide_a_request(both, named)
    with both.db.write() as session:
        visit = session.get_one(VisitRow, ("main", "main", FRESH))
        visit.outcome = outcome
        assert on_visits.unread_named(session, MAIN, visit) == expected


def test_of_two_that_nobody_can_read_only_the_one_that_is_named_counts(both: Practices) -> None:
    hide_a_request(both, named=True)
    store = both.server.store
    hidden = store.get("ServiceRequest", "hidden")
    assert hidden is not None
    store.put({**hidden, "id": "another"}, NOW)
    both.read()
    with both.db.read() as session:
        visit = session.get_one(VisitRow, ("main", "main", FRESH))
        assert visit.outcome == "resolve"
        assert on_visits.unread_named(session, MAIN, visit) == ["ServiceRequest/hidden"]


def test_with_nothing_in_quarantine_a_decision_saw_everything(both: Practices) -> None:
    with both.db.read() as session:
        visit = session.get_one(VisitRow, ("main", "main", FRESH))
        assert on_visits.unread_named(session, MAIN, visit) == []
    both.desk(HEART).do(c.Link(ehr="main", visit=FRESH, sure=True))
    (said,) = both.rows(LinkDecisionRow, practice_id="main", visit=FRESH)
    assert [*said.unseen] == []
