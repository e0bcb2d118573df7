"""What people decide is kept, judged, refused: on both databases, with a second practice beside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from loopclose.domain import commands as c
from loopclose.flows.decisions.desk import MoveRefused, NotSure, NotThere
from loopclose.flows.decisions.situations import of_obligation, of_visit
from loopclose.store import decisions
from loopclose.store.decisions import DecisionRow
from loopclose.store.loop import LinkDecisionRow, LinkRow, VisitRow
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import Audit
from tests.store.desks import (
    BEAT,
    CORA,
    DISABLED,
    HEART,
    LEO,
    MAIN,
    OTHER,
    STRANGER,
    NeverJudging,
    Practices,
)
from tests.store.line import NOW

LATE, FRESH = "Encounter/enc1", "Encounter/enc4"
"""Visits whose reports are late, and not yet due; by Dr. Beat, and by Dr. Heart."""


def seen(both: Practices, owed: Obligation) -> str:
    """What a page of it shows now."""
    with both.db.read() as session:
        now_is = session.get_one(Obligation, (owed.practice_id, owed.id))
        return of_obligation(session, MAIN, both.desk().practice, now_is).seen


def refused(both: Practices, command: c.Command, by: str = CORA, now: datetime = NOW) -> str:
    """The reason; nothing is changed by what is refused."""
    before = [both.rows(table) for table in (TransitionRow, DecisionRow, Audit)]
    with pytest.raises((MoveRefused, NotThere)) as problem:
        both.desk(by, now).do(command)
    assert [len(both.rows(table)) for table in (TransitionRow, DecisionRow, Audit)] == [len(rows) for rows in before]
    return str(problem.value)


def test_an_author_does_not_waive_a_late_report_of_her_own(both: Practices) -> None:
    late, fresh = both.one(visit=LATE), both.one(visit=FRESH)
    assert late.author == "Practitioner/beat" and late.due_at < NOW < fresh.due_at
    assert "author alone" in refused(both, c.Waive(obligation=late.id, code="duplicate"), BEAT)
    assert both.one(id=late.id).state == "owed"
    assert both.desk(HEART).do(c.Waive(obligation=fresh.id, code="duplicate")) == "waived"
    assert both.desk(HEART).do(c.Waive(obligation=late.id, code="duplicate")) == "waived"
    assert both.one(id=late.id).state == both.one(id=fresh.id).state == "waived"


@pytest.mark.parametrize(
    ("visit", "minutes", "says"),
    [(LATE, 1, "future"), (FRESH, 1, "future"), (FRESH, -61, "before the visit was over")],
)
def test_a_report_is_attested_between_the_visit_and_now(both: Practices, visit: str, minutes: int, says: str) -> None:
    owed = both.one(visit=visit)
    at = NOW + timedelta(minutes=minutes)
    sent = c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street", sent_at=at)
    assert says in refused(both, sent) and both.one(id=owed.id).state == "owed"


def test_an_attested_report_is_sent_in_time_or_not_and_owes_its_receipt(both: Practices) -> None:
    for visit, on_time in ((FRESH, True), (LATE, False)):
        owed = both.one(visit=visit)
        assert both.desk().do(c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street")) == "sent"
        now_is = both.one(id=owed.id)
        assert (now_is.state, now_is.sent_at, now_is.on_time) == ("sent", NOW, on_time)
        assert both.one(kind="receipt", visit=visit).state == "owed"


def back_dated(both: Practices, by: str = CORA) -> Obligation:
    """A late report that somebody says was sent in time."""
    owed = both.one(visit=LATE)
    sent = c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street", sent_at=owed.due_at - timedelta(hours=1))
    assert both.desk(by).do(sent) is None
    return owed


def test_a_back_dated_report_stays_late_until_a_second_person_stands_for_it(both: Practices) -> None:
    owed = back_dated(both)
    both.read()
    now_is = both.one(id=owed.id)
    assert (now_is.state, now_is.sent_at, now_is.on_time) == ("owed", None, None) and now_is.alert_after is not None
    assert "second person" in refused(both, c.Countersign(obligation=owed.id))
    assert "waits for a second person already" in refused(
        both,
        c.Attest(obligation=owed.id, channel="mail", recipient="Elm Street", sent_at=owed.due_at),
        LEO,
    )
    assert both.desk(LEO, NOW + timedelta(days=1)).do(c.Countersign(obligation=owed.id)) == "sent"
    now_is = both.one(id=owed.id)
    assert (now_is.state, now_is.on_time) == ("sent", True) and now_is.sent_at == owed.due_at - timedelta(hours=1)
    (sent,) = both.rows(TransitionRow, obligation=owed.id, to_state="sent")
    assert sent.actor == CORA and "leo@demo.example" in sent.note and "fax to Elm Street" in sent.evidence
    assert not both.rows(DecisionRow, waits=True)


def test_a_back_dated_report_may_be_declined_and_attested_anew(both: Practices) -> None:
    owed = back_dated(both)
    assert both.desk(LEO).do(c.Decline(obligation=owed.id)) is None
    assert not both.rows(DecisionRow, waits=True) and both.one(id=owed.id).state == "owed"
    assert "Nothing waits" in refused(both, c.Countersign(obligation=owed.id), HEART)
    back_dated(both, LEO)
    assert both.desk(CORA).do(c.Countersign(obligation=owed.id)) == "sent"


def test_a_report_sent_meanwhile_leaves_nothing_to_countersign(both: Practices) -> None:
    owed = back_dated(both)
    assert both.desk(LEO).do(c.Attest(obligation=owed.id, channel="portal", recipient="Elm Street")) == "sent"
    assert not both.rows(DecisionRow, waits=True) and both.one(id=owed.id).on_time is False
    assert "sent or closed" in refused(both, c.Countersign(obligation=owed.id), HEART)


@pytest.mark.parametrize(("visit", "stood"), [("Encounter/enc10", "sent"), (FRESH, "owed")])
def test_what_is_opened_again_stands_where_it_stood(both: Practices, visit: str, stood: str) -> None:
    owed = both.one(kind="report", visit=visit)
    assert owed.state == stood
    both.desk().do(c.Waive(obligation=owed.id, code="duplicate"))
    assert both.one(id=owed.id).alert_after is None
    assert both.desk(LEO).do(c.Reopen(obligation=owed.id)) == stood
    now_is = both.one(id=owed.id)
    assert now_is.state == stood and (now_is.alert_after is not None) == (stood == "owed")


def test_what_is_opened_again_begins_a_new_ladder(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    with both.db.write() as session:
        climbed = session.get_one(Obligation, ("main", owed.id))
        climbed.fired_rung, climbed.fired_on = 4, NOW.date()
    both.desk().do(c.Waive(obligation=owed.id, code="duplicate"))
    assert both.one(id=owed.id).fired_rung == 4
    both.desk(LEO).do(c.Reopen(obligation=owed.id))
    now_is = both.one(id=owed.id)
    assert (now_is.ladder_no, now_is.fired_rung, now_is.fired_on) == (2, 0, NOW.date())
    both.read()
    assert both.one(id=owed.id).ladder_no == 2


def test_a_confirmed_report_is_sent_again_when_opened(both: Practices) -> None:
    owed = both.one(kind="report", visit="Encounter/enc10")
    assert both.desk().do(c.Confirm(obligation=owed.id)) == "confirmed"
    assert both.one(kind="receipt", visit="Encounter/enc10").state == "confirmed"
    assert both.desk().do(c.Reopen(obligation=owed.id)) == "sent"


def test_what_the_rules_closed_is_not_opened_by_hand(both: Practices) -> None:
    owed = both.one(visit=FRESH)
    with pytest.raises(NotSure):
        both.desk().do(c.Link(ehr="main", visit=FRESH))
    both.desk().do(c.Link(ehr="main", visit=FRESH, sure=True))
    assert both.one(id=owed.id).state == "waived"
    assert "as the chart stands" in refused(both, c.Reopen(obligation=owed.id))


@pytest.mark.parametrize("to", ["", "nobody@demo.example", DISABLED, STRANGER])
def test_nothing_is_given_to_nobody(both: Practices, to: str) -> None:
    owed = both.one(visit=FRESH)
    assert refused(both, c.Assign(obligation=owed.id, to=to)) and both.one(id=owed.id).owner == HEART


def test_what_is_given_to_somebody_is_theirs(both: Practices) -> None:
    owed = both.one(visit=FRESH)
    both.desk().do(c.Assign(obligation=owed.id, to="LEO@demo.example"))
    both.read()
    assert both.one(id=owed.id).owner == LEO
    (kept,) = both.rows(DecisionRow, obligation=owed.id)
    assert (kept.move, kept.by, kept.given) == ("assign", CORA, {"to": "LEO@demo.example"})


@pytest.mark.parametrize("by", ["nobody@demo.example", DISABLED, STRANGER])
def test_only_a_user_of_the_practice_decides(both: Practices, by: str) -> None:
    owed = both.one(visit=FRESH)
    assert "There is no user" in refused(both, c.Waive(obligation=owed.id, code="duplicate"), by)


def test_a_return_that_is_entered_moves_the_deadline_and_can_be_taken_away(both: Practices) -> None:
    owed = both.one(visit=FRESH)
    both.desk().do(c.ReturnsOn(obligation=owed.id, day=date(2026, 11, 26)))
    soon = both.one(id=owed.id)
    assert (soon.winner, soon.return_by_hand) == ("patient_returns", date(2026, 11, 26)) and soon.due_at < owed.due_at
    both.desk().do(c.ReturnsOn(obligation=owed.id))
    again = both.one(id=owed.id)
    assert (again.due_at, again.winner, again.deadline_no) == (owed.due_at, owed.winner, 3)
    assert "later day" in refused(both, c.ReturnsOn(obligation=owed.id, day=date(2026, 11, 24)))


def test_a_time_by_hand_only_shortens(both: Practices) -> None:
    owed = both.one(visit=FRESH)
    for hours in (2, 5):  # later than the one before, and still nearer than the rules'
        both.desk().do(c.DueBy(obligation=owed.id, at=NOW + timedelta(hours=hours)))
        now_is = both.one(id=owed.id)
        assert (now_is.due_at, now_is.winner) == (NOW + timedelta(hours=hours), "by_hand")
    assert "as it is" in refused(both, c.DueBy(obligation=owed.id, at=owed.due_at))
    both.desk().do(c.DueBy(obligation=owed.id))
    assert both.one(id=owed.id).due_at == owed.due_at


def test_a_decision_on_a_stale_page_is_refused_with_who_decided_what(both: Practices) -> None:
    owed = both.one(visit=FRESH)
    page = seen(both, owed)
    both.desk(LEO).do(c.Assign(obligation=owed.id, to=LEO, seen=page))
    said = refused(both, c.Waive(obligation=owed.id, code="duplicate", seen=page))
    assert said.startswith("Meanwhile leo gave it to somebody on Tue 24 Nov 2026 at 10:00.")
    page = seen(both, owed)
    both.desk(LEO).do(c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street", seen=page))
    assert "leo attested" in refused(both, c.Waive(obligation=owed.id, code="duplicate", seen=page))
    both.desk(CORA).do(c.Confirm(obligation=owed.id, seen=seen(both, owed)))


def test_none_in_spite_of_a_certain_link_is_asked_twice(both: Practices) -> None:
    with pytest.raises(NotSure) as question:
        both.desk().do(c.Link(ehr="main", visit=FRESH))
    assert "ServiceRequest/sr4" in str(question.value) and not both.rows(LinkDecisionRow)
    both.desk().do(c.Link(ehr="main", visit=FRESH, referrals=("ServiceRequest/sr4",)))
    with pytest.raises(NotSure):  # a person's word does not hide what the chart says
        both.desk().do(c.Link(ehr="main", visit=FRESH))
    both.desk().do(c.Link(ehr="main", visit=FRESH, sure=True))
    assert [row.referrals for row in both.rows(LinkDecisionRow, visit=FRESH)] == [["ServiceRequest/sr4"], []]


def test_an_author_is_not_rid_of_a_late_report_by_saying_none(both: Practices) -> None:
    assert "author alone" in refused(both, c.Link(ehr="main", visit=LATE, sure=True), BEAT)
    both.desk(CORA).do(c.Link(ehr="main", visit=LATE, sure=True))


def test_a_link_on_a_stale_page_is_refused(both: Practices) -> None:
    def page() -> str:
        with both.db.read() as session:
            visit = decisions.visit(session, MAIN, "main", FRESH)
            assert visit is not None
            return of_visit(session, MAIN, both.desk().practice, visit).seen

    old = page()
    both.desk(LEO).do(c.Link(ehr="main", visit=FRESH, referrals=("ServiceRequest/sr4",), seen=old))
    said = refused(both, c.Link(ehr="main", visit=FRESH, sure=True, seen=old))
    assert "leo said that the visit answers ServiceRequest/sr4" in said
    both.desk().do(c.Link(ehr="main", visit=FRESH, sure=True, seen=page()))


@pytest.mark.parametrize("key", ["ServiceRequest/sr1", "ServiceRequest/none", "Encounter/enc4"])
def test_a_visit_answers_its_own_patients_referrals_only(both: Practices, key: str) -> None:
    assert "no referral of this patient" in refused(both, c.Link(ehr="main", visit=FRESH, referrals=(key,)))


def test_a_practice_never_sees_or_moves_what_another_owes(both: Practices) -> None:
    theirs, ours = both.one(OTHER, visit=FRESH), both.one(visit=FRESH)
    assert theirs.id != ours.id and theirs.referral == ours.referral
    moves: list[c.Command] = [
        c.Waive(obligation=theirs.id, code="duplicate"),
        c.Attest(obligation=theirs.id, channel="fax", recipient="Elm Street"),
        c.Assign(obligation=theirs.id, to=CORA),
        c.ReturnsOn(obligation=theirs.id, day=date(2026, 11, 26)),
        c.NameRequester(obligation=theirs.id, name="Dr. Outside"),
        c.Link(ehr="other", visit=FRESH, sure=True),
    ]
    for move in moves:
        assert "There is no" in refused(both, move), move
    both.desk().do(c.Waive(obligation=ours.id, code="duplicate"))
    both.desk().do(c.Link(ehr="main", visit=LATE, sure=True))
    assert both.one(OTHER, visit=FRESH).state == both.one(OTHER, visit=LATE).state == "owed"
    assert both.one(visit=LATE).state == "waived"


def test_a_visit_from_before_go_live_can_be_made_to_count(both: Practices) -> None:
    settings = both.work.config.practice
    settings["main"] = settings["main"].model_copy(update={"live_from": date(2026, 11, 24)})
    both.work.judge(MAIN, "main", [both.one(visit="Encounter/enc0").person])
    assert both.rows(VisitRow, practice_id="main", id="Encounter/enc0")[0].baseline
    assert both.one(visit="Encounter/enc0").state == "waived"
    both.desk().do(c.Promote(ehr="main", visit="Encounter/enc0"))
    assert both.one(visit="Encounter/enc0").state == "owed"
    assert "counts already" in refused(both, c.Promote(ehr="main", visit="Encounter/enc0"))


def test_a_decision_whose_judging_failed_is_followed_by_the_next_sync(both: Practices) -> None:
    both.work = NeverJudging(both.work.config, both.db, both.work.clock)
    both.desk().do(c.Link(ehr="main", visit=FRESH, sure=True))
    assert both.one(visit=FRESH).state == "owed"
    late = both.one(visit=LATE)
    both.desk().do(c.Attest(obligation=late.id, channel="fax", recipient="Elm Street"))
    assert both.one(id=late.id).on_time is False
    both.read()
    assert both.one(visit=FRESH).state == "waived"
    (link,) = both.rows(LinkRow, practice_id="main", visit=FRESH, current=True)
    assert link.band == "decided"


def test_every_move_is_audited_by_id(both: Practices) -> None:
    owed = both.one(visit=FRESH)
    both.desk().do(c.Waive(obligation=owed.id, code="other", note="Seen for a study."))
    (row,) = [one for one in both.rows(Audit) if one.action == "waive"]
    assert (row.actor, row.subject, row.detail) == (CORA, owed.id, {"code": "other"})
    assert row.at == NOW.astimezone(UTC)
