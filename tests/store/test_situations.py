"""What a page shows as it was when it was drawn, and what a stale one is told has happened since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.domain import commands as c
from loopclose.domain.situation import Situation
from loopclose.flows.decisions.situations import of_answer, of_obligation, of_visit
from loopclose.store.loop import LinkRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation, TransitionRow
from loopclose.store.people import ClinicianRow, User
from loopclose.store.requester_answers import RequesterAnswerRow
from tests.store.desks import CORA, HEART, LEO, MAIN, Practices
from tests.store.line import NOW

FRESH, LATE = "Encounter/enc4", "Encounter/enc1"
ON = "Tue 24 Nov 2026"
"""The day of NOW, as it is written in full."""


def about(both: Practices, owed: Obligation) -> Situation:
    with both.db.read() as session:
        now_is = session.get_one(Obligation, (owed.practice_id, owed.id))
        return of_obligation(session, MAIN, both.desk().practice, now_is)


def about_visit(both: Practices, session: Session) -> Situation:
    return of_visit(session, MAIN, both.desk().practice, session.get_one(VisitRow, ("main", "main", FRESH)))


def test_what_happened_last_is_told_by_name_with_the_day(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    decided, moved, due, _ = about(both, owed).news
    assert decided == "" and moved.startswith(f"the rules made it owed on {ON}") and "deadline moved" in due
    both.desk().do(c.Waive(obligation=owed.id, code="duplicate"))
    decided, moved, *_ = about(both, owed).news
    assert decided.startswith(f"cora waived it on {ON}") and moved.startswith(f"cora made it waived on {ON}")
    both.desk(LEO).do(c.Reopen(obligation=owed.id))
    assert about(both, owed).news[1].startswith(f"leo made it owed on {ON}")
    sent = both.one(kind="report", visit="Encounter/enc10")
    assert about(both, sent).news[1].startswith(f"the chart made it sent on {ON}")


def test_each_decision_step_and_deadline_gives_another_number(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    assert about(both, owed).seen == "0.1.1.0"
    both.desk().do(c.Assign(obligation=owed.id, to=LEO))
    assert about(both, owed).seen == "1.1.1.0"
    both.desk().do(c.DueBy(obligation=owed.id, at=owed.due_at - timedelta(hours=3)))
    assert about(both, owed).seen == "2.1.2.0"
    both.desk().do(c.Waive(obligation=owed.id, code="duplicate"))
    assert about(both, owed).seen == "3.2.2.0"


def test_nothing_that_was_never_written_has_a_number(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    with both.db.write() as session:
        for table in (TransitionRow, DeadlineRow):
            for row in session.scalars(select(table).filter_by(practice_id="main", obligation=owed.id)):
                session.delete(row)
    found = about(both, owed)
    assert found.seen == "0.0.0.0" and found.news == ("", "", "", "")
    assert found.rules_due == owed.due_at and found.stood == "owed" and found.ground_gone is None


def test_the_time_of_the_rules_is_told_beside_one_by_hand(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    earlier = owed.due_at - timedelta(hours=3)
    both.desk().do(c.DueBy(obligation=owed.id, at=earlier))
    found = about(both, owed)
    assert (found.due_at, found.rules_due, found.due_by_hand) == (earlier, owed.due_at, earlier)
    assert found.rules_due.tzinfo is UTC


def test_an_author_is_known_by_reference_and_by_npi(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    with both.db.write() as session:
        session.get_one(ClinicianRow, ("main", "main", owed.author)).npi = "1234567893"
    assert about(both, owed).author == {owed.author, "1234567893"}
    with both.db.write() as session:
        session.get_one(ClinicianRow, ("main", "main", owed.author)).npi = None
    assert about(both, owed).author == {owed.author}
    with both.db.write() as session:
        session.get_one(Obligation, ("main", owed.id)).author = None
    assert about(both, owed).author == frozenset()


def test_who_attested_what_waits_is_told(both: Practices) -> None:
    owed = both.one(kind="report", visit=LATE)
    at = owed.due_at - timedelta(hours=1)
    assert about(both, owed).proposal is None
    both.desk().do(c.Attest(obligation=owed.id, channel="fax", recipient="Elm Street", sent_at=at))
    said = about(both, owed).proposal
    assert said is not None
    assert (said.by, said.channel, said.recipient, said.sent_at, said.name) == (
        CORA,
        "fax",
        "Elm Street",
        at,
        "cora",
    )


@pytest.mark.parametrize(
    ("baseline", "promoted", "state"),
    [(False, False, "counted"), (True, False, "baseline"), (True, True, "counted")],
)
def test_a_visit_counts_unless_it_was_before_go_live(
    both: Practices, baseline: bool, promoted: bool, state: str
) -> None:
    with both.db.write() as session:
        visit = session.get_one(VisitRow, ("main", "main", FRESH))
        visit.baseline, visit.promoted = baseline, promoted
        assert about_visit(both, session).state == state


def test_why_a_referral_is_certain_is_said_only_beside_one_that_is_there(both: Practices) -> None:
    with both.db.write() as session:
        (link,) = session.scalars(select(LinkRow).filter_by(practice_id="main", visit=FRESH, current=True))
        assert about_visit(both, session).certain_because == " ".join(link.because) != ""
        link.referrals = ["ServiceRequest/gone"]
        found = about_visit(both, session)
        assert (found.certain, found.certain_because) == ((), "")


def test_a_decision_about_a_visit_gives_another_number_and_is_told(both: Practices) -> None:
    with both.db.read() as session:
        first = about_visit(both, session)
    assert (first.seen, first.news[0]) == ("0.1", "")
    both.desk(HEART).do(c.Link(ehr="main", visit=FRESH, sure=True))
    with both.db.read() as session:
        second = about_visit(both, session)
    assert second.seen == "1.2"
    assert second.news[0].startswith(f"heart said that the visit answers no referral on {ON}")
    both.desk().do(c.Link(ehr="main", visit=FRESH, referrals=first.certain))
    with both.db.read() as session:
        assert f"the visit answers {', '.join(first.certain)} on" in about_visit(both, session).news[0]


def test_a_visit_without_a_link_has_a_number_too(both: Practices) -> None:
    with both.db.write() as session:
        for link in session.scalars(select(LinkRow).filter_by(practice_id="main", visit=FRESH)):
            session.delete(link)
    with both.db.read() as session:
        assert about_visit(both, session).seen == "0.0"


def answer(no: int, at: datetime, about: str, key: str, by: str = CORA) -> RequesterAnswerRow:
    """What somebody said of who asked."""
    return RequesterAnswerRow(practice_id="main", id=f"a{no}", ehr="main", no=no, about=about, key=key, by=by, at=at)


def test_the_newest_answer_of_who_asked_is_told_until_it_is_taken_back(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    assert owed.referral is not None
    requester = about(both, owed).requester
    assert requester is not None
    with both.db.write() as session:
        session.add(answer(1, NOW - timedelta(hours=1), "requester", requester, LEO))
    found = about(both, owed)
    assert found.seen.endswith(".1") and found.news[3].startswith(f"leo said who asked on {ON}")
    with both.db.write() as session:
        session.add(answer(2, NOW, "request", owed.referral))
    found = about(both, owed)
    assert found.seen.endswith(".2") and found.news[3].startswith(f"cora said who asked on {ON}")
    with both.db.write() as session:
        newest = session.get_one(RequesterAnswerRow, ("main", "a2"))
        assert of_answer(session, MAIN, newest).state == "holds"
        newest.taken_back_at, newest.taken_back_by = NOW, HEART
        assert of_answer(session, MAIN, newest).state == "taken_back"
    found = about(both, owed)
    assert found.seen.endswith(".2-") and found.news[3].startswith(f"heart took back who asked on {ON}")


def test_an_answer_that_another_follows_is_superseded(both: Practices) -> None:
    with both.db.write() as session:
        session.add(answer(1, NOW, "request", "ServiceRequest/sr1"))
        session.add(answer(2, NOW, "request", "ServiceRequest/sr1"))
        session.flush()
        first, second = (session.get_one(RequesterAnswerRow, ("main", name)) for name in ("a1", "a2"))
        states = [of_answer(session, MAIN, row).state for row in (first, second)]
        assert (states, of_answer(session, MAIN, second).seen) == (["superseded", "holds"], "2")


def test_a_page_offers_those_alone_who_may_be_given_a_report(both: Practices) -> None:
    with both.db.write() as session:
        no_role = session.scalars(select(User).filter_by(practice_id="main", email=HEART)).one()
        no_role.role = "visitor"
    found = about(both, both.one(kind="report", visit=FRESH))
    assert HEART not in found.users and {CORA, LEO} <= found.users


def test_why_the_rules_closed_it_is_said_however_often_it_was_closed_before(both: Practices) -> None:
    owed = both.one(kind="report", visit=FRESH)
    both.desk().do(c.Waive(obligation=owed.id, code="duplicate", note="A slip."))
    both.desk(LEO).do(c.Reopen(obligation=owed.id, note="No slip."))
    both.desk().do(c.Link(ehr="main", visit=FRESH, sure=True))
    steps = both.rows(TransitionRow, practice_id="main", obligation=owed.id)
    last = max(steps, key=lambda step: step.no)
    assert last.no > 2 and about(both, owed).ground_gone == last.note is not None


def test_a_link_a_person_decided_is_not_taken_for_a_certain_one(both: Practices) -> None:
    both.desk().do(c.Link(ehr="main", visit=FRESH, sure=True))
    (now_is,) = both.rows(LinkRow, practice_id="main", visit=FRESH, current=True)
    assert now_is.band == "decided"
    with both.db.read() as session:
        first = session.scalars(select(LinkRow).filter_by(practice_id="main", visit=FRESH, no=1)).one()
        certain = about_visit(both, session).certain
    assert first.band == "automatic" and certain == tuple(first.referrals) != ()


def test_a_certain_referral_that_is_gone_is_not_shown_as_one(both: Practices) -> None:
    with both.db.write() as session:
        (link,) = session.scalars(select(LinkRow).filter_by(practice_id="main", visit=FRESH, current=True))
        here = tuple(link.referrals)
        link.referrals = [*here, "ServiceRequest/gone"]
        assert about_visit(both, session).certain == here != ()


def test_a_visit_that_nothing_tied_for_certain_shows_nothing_certain(both: Practices) -> None:
    with both.db.write() as session:
        for link in session.scalars(select(LinkRow).filter_by(practice_id="main", visit=FRESH)):
            link.band = "person"
        assert about_visit(both, session).certain == ()
