"""Who really asked: for one request, for a requester, and taken back; and decisions taken without what is unread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from loopclose.domain import commands as c
from loopclose.flows.decisions.desk import MoveRefused, NotThere
from loopclose.flows.decisions.situations import of_obligation
from loopclose.sandbox.model import Sandbox
from loopclose.store import quarantine, requester_answers
from loopclose.store.engine import Database
from loopclose.store.loop import LinkDecisionRow
from loopclose.store.obligations import Obligation
from loopclose.store.requester_answers import REQUESTER, RequesterAnswerRow, digest_of, touched
from tests.store.desks import CORA, LEO, MAIN, OTHER, STRANGER, Practices, practices
from tests.store.line import NOW, sandbox

OURS = {"reference": "Practitioner/heart"}
CLERK = {"reference": "Practitioner/clerk", "display": "Referral Desk Sample"}
REQUESTERS: dict[str, dict[str, str] | None] = {"sr0": OURS, "sr4": OURS, "sr9": None, "sr1": CLERK, "sr2": CLERK}
UNREAD = "sr3"


def box() -> Sandbox:
    """Two requests in the name of one of ours, two by a clerk, one by nobody, and one that cannot be read."""
    found = sandbox("tidy", 12)
    for resource in found.resources:
        if resource["resourceType"] == "ServiceRequest":
            if resource["id"] in REQUESTERS:
                resource.pop("requester")
                if (named := REQUESTERS[resource["id"]]) is not None:
                    resource["requester"] = named
            if resource["id"] == UNREAD:
                resource["reasonCode"] = {"text": "must be a list"}
    return found


@pytest.fixture
def both(db: Database) -> Iterator[Practices]:
    with practices(db, box()) as found:
        yield found


def asks(both: Practices, number: int) -> Obligation:
    """What a person has to say of that visit."""
    return both.one(kind="resolve", visit=f"Encounter/enc{number}", referral=f"ServiceRequest/sr{number}")


def referrer(both: Practices, number: int, **more: Any) -> str | None:
    """To whom the visit's report is owed."""
    found = both.one(kind="report", visit=f"Encounter/enc{number}", **more).referrer
    return found["name"] if found else None


def numbers(both: Practices, owed: Obligation) -> str:
    """Of the last decision, step and deadline of it."""
    with both.db.read() as session:
        found = session.get_one(Obligation, ("main", owed.id))
        return of_obligation(session, MAIN, both.desk().practice, found).seen.rpartition(".")[0]


def listed(both: Practices, key: str = "Practitioner/clerk") -> str:
    """The digest of the list that a page shows."""
    with both.db.read() as session:
        return digest_of(touched(session, MAIN, "main", REQUESTER, key))


def test_an_answer_holds_for_that_one_request(both: Practices) -> None:
    first, second = asks(both, 0), asks(both, 4)
    both.desk().do(c.NameRequester(obligation=first.id, name="Dr. Outside", npi="1234567893"))
    both.read()
    assert referrer(both, 0) == "Dr. Outside" and asks(both, 0).state == "confirmed"
    assert both.one(id=second.id).state == "owed"  # the other one in the same name is asked on its own
    assert both.one(OTHER, id=both.one(OTHER, kind="resolve", visit="Encounter/enc0").id).state == "owed"
    both.desk().do(c.NameRequester(obligation=second.id, internal=True))
    assert both.one(id=second.id).state == "confirmed" and referrer(both, 0) == "Dr. Outside"


def test_a_request_that_names_nobody_can_be_answered(both: Practices) -> None:
    owed = asks(both, 9)
    both.desk().do(c.NameRequester(obligation=owed.id, name="Dr. Outside"))
    assert referrer(both, 9) == "Dr. Outside" and both.one(id=owed.id).state == "confirmed"
    told = both.one(kind="report", visit="Encounter/enc9").referrer
    assert told is not None and (told["how"], told["guessed"], told["npi"]) == ("person", False, None)


def test_a_name_of_one_of_ours_holds_for_no_more_than_the_request(both: Practices) -> None:
    for number in (0, 9):
        command = c.NameRequester(
            obligation=asks(both, number).id,
            name="Dr. Outside",
            for_requester=True,
            listed=listed(both, "Practitioner/heart"),
        )
        with pytest.raises(MoveRefused, match="this one request only"):
            both.desk().do(command)
    assert not both.rows(RequesterAnswerRow)


def test_an_answer_for_a_requester_needs_the_list_of_everybody_it_touches(both: Practices) -> None:
    owed = both.one(kind="report", visit="Encounter/enc1")
    for seen in ("", "0" * 20):
        with pytest.raises(MoveRefused, match="look at the list again"):
            both.desk().do(c.NameRequester(obligation=owed.id, name="Dr. Lee", for_requester=True, listed=seen))
    both.desk().do(c.NameRequester(obligation=owed.id, name="Dr. Lee", for_requester=True, listed=listed(both)))
    assert referrer(both, 1) == referrer(both, 2) == "Dr. Lee"
    with both.db.read() as session:
        found = touched(session, MAIN, "main", REQUESTER, "Practitioner/clerk")
    assert [one.referral for one in found] == ["ServiceRequest/sr1", "ServiceRequest/sr2"]
    assert [visit for one in found for visit, _ in one.visits] == ["Encounter/enc1", "Encounter/enc2"]


def test_what_was_said_of_one_request_goes_before_what_was_said_of_its_requester(both: Practices) -> None:
    one, two = (both.one(kind="report", visit=f"Encounter/enc{n}") for n in (1, 2))
    both.desk().do(c.NameRequester(obligation=two.id, name="Dr. Roy"))
    both.desk().do(c.NameRequester(obligation=one.id, name="Dr. Lee", for_requester=True, listed=listed(both)))
    both.read()
    assert (referrer(both, 1), referrer(both, 2)) == ("Dr. Lee", "Dr. Roy")


def test_an_answer_is_taken_back_and_asked_again(both: Practices) -> None:
    owed = asks(both, 0)
    both.desk().do(c.NameRequester(obligation=owed.id, name="Dr. Outside"))
    both.desk().do(c.NameRequester(obligation=both.one(kind="report", visit="Encounter/enc0").id, name="Dr. Other"))
    assert referrer(both, 0) == "Dr. Other"
    newest, oldest = sorted(both.rows(RequesterAnswerRow), key=lambda row: -row.no)
    with pytest.raises(MoveRefused, match="does not hold any more"):
        both.desk().do(c.TakeBack(answer=oldest.id))
    both.desk(LEO).do(c.TakeBack(answer=newest.id))
    assert both.one(id=owed.id).state == "owed"
    with pytest.raises(MoveRefused, match="took back who asked on"):
        both.desk().do(c.NameRequester(obligation=owed.id, name="Dr. Other", seen=f"{numbers(both, owed)}.2"))
    report = both.one(kind="report", visit="Encounter/enc0")
    assert report.state == "waived"
    row = next(one for one in both.rows(RequesterAnswerRow) if one.id == newest.id)
    assert (row.by, row.at, row.taken_back_by, row.taken_back_at) == (CORA, NOW, LEO, NOW)
    with pytest.raises(MoveRefused):
        both.desk(LEO).do(c.TakeBack(answer=newest.id))


def test_an_answer_of_another_practice_is_not_there(both: Practices) -> None:
    both.desk().do(c.NameRequester(obligation=asks(both, 0).id, name="Dr. Outside"))
    (row,) = both.rows(RequesterAnswerRow)
    with pytest.raises(NotThere, match="no such answer"):
        both.desk(STRANGER, scope=OTHER).do(c.TakeBack(answer=row.id))
    with both.db.read() as session:
        assert not requester_answers.answers(session, OTHER)


def test_two_answers_on_one_page_are_not_both_kept(both: Practices) -> None:
    owed = both.one(kind="report", visit="Encounter/enc1")
    page = "0.1.1.0"
    both.desk(LEO).do(c.NameRequester(obligation=owed.id, name="Dr. Lee", seen=page))
    with pytest.raises(MoveRefused, match=r"Meanwhile leo said who asked on Tue 24 Nov 2026 at 10:00"):
        both.desk().do(c.NameRequester(obligation=owed.id, name="Dr. Roy", seen=page))
    assert referrer(both, 1) == "Dr. Lee"


def test_what_could_not_be_read_when_it_was_decided_is_kept(both: Practices) -> None:
    visit = "Encounter/enc3"
    both.desk().do(c.Link(ehr="main", visit=visit, sure=True))
    both.desk().do(c.Link(ehr="main", visit="Encounter/enc0", referrals=("ServiceRequest/sr0",)))
    kept = {row.visit: row.unseen for row in both.rows(LinkDecisionRow)}
    assert kept == {visit: [f"ServiceRequest/{UNREAD}"], "Encounter/enc0": []}
    with both.db.read() as session:
        held = quarantine.held_requests(session, MAIN, "main", "Patient/pat3")
        assert not quarantine.held_requests(session, MAIN, "main", "Patient/pat0")
    assert [one.key for one in held] == [f"ServiceRequest/{UNREAD}"] and b"reasonCode" in held[0].raw
