"""An EHR tells that something happened: whoever it names is read first, and nothing that was told is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.errors import Failed
from loopclose.flows.reading import sync as syncing
from loopclose.flows.reading import told as reading
from loopclose.flows.reading import told_alone as between
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.telling import Happened, by_header, signed
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.events import ChannelRow, calling
from loopclose.store.followed import read_before
from loopclose.store.obligations import Obligation
from loopclose.store.persons import one_person
from loopclose.store.resources import Resource, SyncRun
from loopclose.store.unread import unread
from tests.store.ehr_tells import MINUTE, QUARTER, SECRET, Telling, telling

MAIN, HOUR, EVENT = Scope("main"), timedelta(hours=1), "event-notification"


@pytest.fixture
def practice(db: Database, tmp_path: Path) -> Iterator[Telling]:
    with telling(db, tmp_path) as found:
        yield found


def test_what_is_told_is_on_the_worklist_after_one_sync_and_read_first(practice: Telling) -> None:
    assert practice.signoff() == 204
    result = practice.sync()
    assert result.error is None, result.error
    assert practice.owed == {practice.visit}
    (row,) = practice.rows()
    assert (row.type, row.patient, row.taken_at) == ("Encounter", practice.patient, practice.now)
    assert 0 < practice.asked_of(practice.patient)[0] <= 2, "before anybody else is asked for"
    assert len([path for path in practice.asked if f"Procedure?patient={practice.patient}&" in path]) == 1, "and once"


def test_between_two_syncs_only_whom_it_named_is_read(practice: Telling) -> None:
    practice.signoff()
    runs = len(practice.rows(SyncRun))
    result = practice.read_told()
    assert (result.waiting, result.patients, result.error) == (1, 1, None)
    assert practice.owed == {practice.visit} and practice.waiting == []
    assert len(practice.rows(SyncRun)) == runs, "it is no reading of the whole EHR, and must not be shown as one"
    assert not practice.asked_of(practice.known)
    assert practice.read_told().waiting == 0 and len(practice.asked) == 1


def test_a_focus_without_its_patient_is_read_by_id(practice: Telling) -> None:
    assert practice.tell(by_header(SECRET, EVENT, 1, [Happened("", practice.visit)])) == 204
    practice.read_told()
    assert practice.owed == {practice.visit} and practice.waiting == []


def test_events_that_come_twice_and_in_any_order_are_one_reading(practice: Telling) -> None:
    for event_id in ("e-2", "e-1", "e-2", "e-3", "e-1"):
        assert practice.signoff(event_id) == 204
    assert practice.waiting == ["e-1", "e-2", "e-3"]
    assert practice.read_told().patients == 1
    assert practice.waiting == []
    practice.signoff("e-2")
    assert practice.waiting == [], "told again after it was taken"


def test_what_is_told_by_many_at_once_is_kept_once(practice: Telling) -> None:
    told = by_header(SECRET, EVENT, 1, [Happened("", practice.visit)])
    clients = [practice.browser for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda one: one.post("/events/main", data=told.body, headers=told.headers), clients)
        assert {answer.status_code for answer in answers} == {204}
    assert len(practice.rows()) == 1 and [one.number for one in practice.rows(ChannelRow)] == [1]


@pytest.mark.parametrize("step", ["judge", "settle"])
@pytest.mark.parametrize("way", ["sync", "read_told"])
def test_a_kill_at_any_step_leaves_the_event_waiting(
    practice: Telling, monkeypatch: pytest.MonkeyPatch, step: str, way: str
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise SystemError("the power failed")

    practice.signoff()
    module = syncing if way == "sync" else between
    with monkeypatch.context() as broken, pytest.raises(SystemError):
        broken.setattr(module, {"judge": "_judge", "settle": "settle"}[step], die)
        getattr(practice, way)()
    assert practice.waiting == ["e-1"]
    assert practice.sync().error is None
    assert practice.owed == {practice.visit} and practice.waiting == []


def test_whoever_is_read_and_not_judged_yet_waits(practice: Telling) -> None:
    with practice.db.write() as session:  # a record of the same person that was never read: half of a chart
        one_person(session, MAIN, "main", [practice.patient, "Patient/elsewhere"])
    practice.signoff()
    assert practice.read_told().patients == 1
    assert practice.waiting == ["e-1"] and not practice.owed


def test_who_cannot_be_read_waits_is_counted_and_is_not_asked_for_every_minute(practice: Telling) -> None:
    practice.server.faults.faults = [Fault("status", patient=practice.patient, code=403)]
    practice.signoff()
    practice.read_told()
    assert practice.waiting == ["e-1"] and not practice.owed
    with practice.db.read() as session:
        assert [one.patient for one in unread(session, MAIN, "main")] == [practice.patient]
        assert not calling(session, MAIN, "main").by_name
    practice.read_told()
    assert not practice.asked_of(practice.patient)
    practice.server.faults.faults = []
    practice.read_told(HOUR)
    assert practice.waiting == [] and practice.owed == {practice.visit}
    with practice.db.read() as session:
        assert not unread(session, MAIN, "main")


def test_one_trouble_of_a_type_does_not_keep_the_others_from_being_read(practice: Telling) -> None:
    practice.server.faults.faults = [Fault("status", "Encounter", code=500, on="read")]
    named = [Happened(f"t-{no}", f"Encounter/lost{no}") for no in range(7)]
    practice.tell(signed(SECRET, named))
    result = practice.sync()
    assert isinstance(result.error, Failed) and "told" in str(result.error)
    assert len(practice.waiting) == 7
    with practice.db.read() as session:
        assert session.scalars(select(Obligation)).first(), "everybody else is judged"


def test_what_was_deleted_is_gone_as_by_any_sync(practice: Telling) -> None:
    practice.signoff()
    practice.read_told()
    practice.server.store.delete(*practice.visit.split("/"))
    practice.tell(by_header(SECRET, EVENT, 1, [Happened("", practice.visit)]))
    practice.read_told()
    with practice.db.read() as session:
        kept = session.get_one(Resource, ("main", "main", *practice.visit.split("/")))
        states = set(session.scalars(select(Obligation.state).where(Obligation.visit == practice.visit)))
    assert kept.disposition == "gone" and states == {"waived"} and practice.waiting == []


def test_what_nobody_ever_saw_is_looked_for_until_it_is_deleted_or_for_a_day(practice: Telling) -> None:
    practice.server.store.put({"resourceType": "Encounter", "id": "gone", "status": "finished"})
    practice.server.store.delete("Encounter", "gone")
    practice.tell(signed(SECRET, [Happened("gone", "Encounter/gone"), Happened("late", "Encounter/late")]))
    practice.read_told()
    assert practice.waiting == ["late"]
    practice.read_told(timedelta(days=1))
    assert practice.waiting == []


def test_what_is_shown_late_is_found_all_the_same(practice: Telling) -> None:
    visit = practice.server.store.get(*practice.visit.split("/"))
    assert visit is not None
    practice.server.store.delete(*practice.visit.split("/"))
    practice.tell(by_header(SECRET, EVENT, 1, [Happened("", "Encounter/slow")]))
    practice.read_told()
    assert len(practice.waiting) == 1
    practice.server.store.put({**visit, "id": "slow"})
    practice.read_told(HOUR)
    assert practice.waiting == [] and practice.owed == {"Encounter/slow"}


def test_a_stranger_is_not_taken_in(practice: Telling) -> None:
    practice.server.store.put({"resourceType": "Patient", "id": "stranger", "name": [{"text": "Strange Sample"}]})
    practice.tell(signed(SECRET, [Happened("s-1", "Patient/stranger", topic="Patient.update")]))
    practice.read_told()
    assert practice.waiting == []
    with practice.db.read() as session:
        assert not read_before(session, MAIN, "main", ["Patient/stranger"])
    assert not [path for path in practice.asked if "DocumentReference" in path], "nothing of theirs but what shows it"


def test_that_something_changed_calls_for_a_whole_sync(practice: Telling) -> None:
    assert practice.tell(by_header(SECRET, EVENT, 1)) == 204
    with practice.db.read() as session:
        assert calling(session, MAIN, "main") == (False, True)
    practice.read_told()
    assert len(practice.waiting) == 1
    practice.sync()
    assert practice.waiting == []


def test_an_incomplete_sync_has_not_looked_for_everything(practice: Telling) -> None:
    practice.tell(by_header(SECRET, EVENT, 1))
    practice.server.faults.faults = [Fault("status", "PractitionerRole", code=500), Fault("partial", "Encounter")]
    assert practice.sync(gently=False).error is not None
    assert len(practice.waiting) == 1


def test_missing_numbers_are_noted_and_everything_is_asked_for(practice: Telling) -> None:
    def tell(kind: str, since_start: int, *ids: str) -> list[str]:
        before = {one.event_id for one in practice.rows() if one.fhir_id is None}
        practice.now += MINUTE
        practice.tell(by_header(SECRET, kind, since_start, [Happened("", one) for one in ids]))
        return [one.event_id for one in practice.rows() if one.fhir_id is None and one.event_id not in before]

    def missed() -> int:
        return sum(one.missed for one in practice.rows(ChannelRow))

    assert not tell("handshake", 0) and not tell(EVENT, 1, "Encounter/a") and not tell("heartbeat", 1)
    assert not tell(EVENT, 3, "Encounter/b", "Encounter/c") and missed() == 0
    assert len(tell(EVENT, 6, "Encounter/f")) == 1 and missed() == 2
    for _ in range(2):
        assert not tell(EVENT, 4, "Encounter/d") and missed() == 1, "late, not missing, and it came once"
    assert len(tell("heartbeat", 9)) == 1 and missed() == 4
    assert not tell("heartbeat", 9)
    assert len(tell("handshake", 0)) == 1, "it began anew, and nobody knows what was in between"
    (channel,) = practice.rows(ChannelRow)
    assert (channel.heard_at, channel.status, channel.number) == (practice.now, "active", 0)


def test_numbers_that_hapi_gives_twice_are_not_said_to_be_missing(practice: Telling) -> None:
    for no, number in enumerate((3, 5, 3, 3, 4)):  # as HAPI 8.4.0 told five events at once
        practice.tell(by_header(SECRET, EVENT, number, [Happened("", f"Encounter/v{no}")]))
    assert len([one for one in practice.rows() if one.fhir_id]) == 5
    assert [one.missed for one in practice.rows(ChannelRow)] == [0]


def test_the_numbers_of_athenahealth_begin_anew_each_time(practice: Telling) -> None:
    practice.signoff("e-1")
    practice.tell(signed(SECRET, [Happened(f"b-{no}", practice.visit, practice.patient) for no in range(5)]))
    practice.signoff("e-2")
    assert len(practice.waiting) == 7 and not [one for one in practice.rows() if one.fhir_id is None]


def test_what_has_no_address_of_its_own_is_read_with_its_patient(practice: Telling) -> None:
    order = Happened("o-1", None, practice.patient, "Order.signoff")
    assert practice.tell(signed(SECRET, [order])) == 204
    practice.read_told()
    assert practice.waiting == [] and practice.owed == {practice.visit}


def test_another_server_s_patient_is_never_read_as_ours(practice: Telling) -> None:
    name = f"https://elsewhere.example/fhir/{practice.patient}"
    practice.tell(by_header(SECRET, EVENT, 1, [Happened("", name)]))
    practice.read_told()
    assert not practice.owed and not practice.asked_of(practice.patient)
    own = f"{practice.server.base_url}/{practice.patient}"
    practice.tell(by_header(SECRET, EVENT, 2, [Happened("", own)]))
    practice.read_told()
    assert practice.owed == {practice.visit}


def test_what_one_practice_is_told_is_nothing_to_another(practice: Telling) -> None:
    practice.tell(signed(SECRET[::-1], [Happened("e-1", practice.visit, practice.patient)]), "theirs")
    practice.read_told()
    assert not practice.owed and not practice.asked_of(practice.patient)
    assert [(one.practice_id, one.ehr, one.taken_at) for one in practice.rows()] == [("other", "theirs", None)]


def test_without_anything_to_ask_behind_them_events_are_read_and_the_run_says_what_is_missing(
    db: Database, tmp_path: Path
) -> None:
    with telling(db, tmp_path, worklist="events", roster=None) as practice:
        practice.signoff()
        result = practice.sync()
        assert practice.owed == {practice.visit} and practice.waiting == []
        assert "What no event tells of is not found" in str(result.error) and "roster" in str(result.error)


def test_events_alone_take_what_can_be_asked_by_trial(db: Database, tmp_path: Path) -> None:
    with telling(db, tmp_path, worklist="events") as practice:
        practice.signoff()
        assert practice.sync().error is None
        assert practice.owed == {practice.visit}


def test_more_than_one_run_can_read_is_gone_on_with(practice: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 2)
    for no in range(3):
        practice.signoff(f"e-{no}")
        practice.now += MINUTE
    practice.read_told()
    assert practice.waiting == ["e-2"]
    practice.read_told()
    assert practice.waiting == []


def test_where_a_day_has_no_requests_left_events_wait_and_nobody_is_woken_for_them(
    practice: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.signoff()
    with monkeypatch.context() as spent:
        spent.setattr(reading.Stop, "how_many", lambda _self, _done: 0)
        practice.read_told()
    assert practice.waiting == ["e-1"] and not practice.asked_of(practice.patient)
    with practice.db.read() as session:
        assert not calling(session, MAIN, "main").by_name
    practice.read_told(HOUR)
    assert practice.waiting == []


def test_what_was_taken_is_forgotten_after_a_month_and_what_waits_never(practice: Telling) -> None:
    practice.signoff("old")
    practice.read_told()
    practice.tell(signed(SECRET, [Happened("never", "Encounter/never", "Patient/shut")]))
    practice.server.faults.faults = [Fault("status", patient="shut", code=403)]
    practice.read_told()
    practice.sync(reading.KEPT_FOR + QUARTER)
    assert [one.event_id for one in practice.rows()] == ["never"]
