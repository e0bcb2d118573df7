"""A chase is kept and counted, moves its report up, and is told to whoever has it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.orm import Session

from loopclose.domain.chasing import Chase
from loopclose.errors import UsageError
from loopclose.flows.chasing.desk import dictated, log_call, send_again
from loopclose.flows.delivery.pack import NotPlanned
from loopclose.flows.jobs import run_night
from loopclose.outbound.frozen import text_of
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import chases
from loopclose.store.addresses import AddressRow
from loopclose.store.chases import ChaseRow
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Message
from loopclose.store.people import Audit
from loopclose.store.worklist_query import Filters
from tests.store.desks import rows_of
from tests.store.scripted import Post
from tests.store.test_corrections import BOX, CORA, MAIN, Line, one_kind
from tests.store.test_lists import DAY, HOUR, NOW, names, owed

CALL = Chase("phone", "Ms. Doe Sample", "Harbor Primary Care", "617 555 0100", "It is being written.")


def asked_for(session: Session, key: str, obligation: str) -> None:
    assert chases.note_chase(session, MAIN, key, obligation, CALL, CORA, NOW)


def test_what_is_asked_for_comes_before_what_is_as_late(db: Database) -> None:
    expected = [
        owed("stat, late", due_at=NOW - DAY, priority="stat"),
        owed("late, asked twice", due_at=NOW - HOUR),
        owed("late, asked once", due_at=NOW - 2 * HOUR),
        owed("late for weeks", due_at=NOW - 20 * DAY),
        owed("tomorrow, asked", due_at=NOW + DAY),
        owed("today", due_at=NOW + HOUR),
    ]
    with db.read() as session:
        session.add_all(reversed(expected))
        session.flush()
        for no, name in enumerate(("late, asked twice", "late, asked once", "late, asked twice", "tomorrow, asked")):
            asked_for(session, f"c{no}", name)
        assert names(session, "open") == [one.id for one in expected]
        assert not chases.note_chase(session, MAIN, "c0", "today", CALL, CORA, NOW), "the same one counts once"
        assert chases.count_since(session, MAIN, NOW - DAY) == (4, 3)
        assert chases.count_since(session, MAIN, NOW) == (0, 0)


def test_a_report_is_found_by_birth_date_open_or_closed(db: Database) -> None:
    rows = (
        ("open", "ana mockley lee", "owed", "1961-03-14"),
        ("closed", "ana mockley lee", "confirmed", "1961-03-14"),
        ("another", "ana mockley lee", "owed", "1961-03-15"),
        ("named otherwise", "ben sample lee", "confirmed", "1961-03-14"),
    )
    with db.read() as session:
        for name, words, state, born in rows:
            row = owed(name, state=state)
            row.words, row.patient_birth_date = words, born
            session.add(row)
        session.flush()
        for words in ("mock 3/14/1961", "1961-03-14 lee ana", "14 Mar 1961 mockley"):
            for tab, found in (("open", ["open"]), ("closed", ["closed"])):
                assert names(session, tab, Filters(words=words)) == found, words
        assert sorted(names(session, "closed", Filters(words="3/14/1961"))) == ["closed", "named otherwise"]
        assert names(session, "open", Filters(words="3/16/1961")) == []


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


def mails(db: Database) -> list[Message]:
    found: list[Message] = rows_of(db, Message)
    return found


def night(line: Line, hours: int, *, leaves: bool = True) -> list[str]:
    """A night, and whom it tells of chases."""
    line.hours += hours
    before = {one.id for one in mails(line.db)}
    run_night(line.at_work(), MAIN)
    new = [one for one in mails(line.db) if one.id not in before and one.state != "cancelled"]
    if leaves:
        with line.db.write() as session:
            for one in new:
                session.get_one(Message, ("main", one.id)).state = "sent"
    return [one.recipients[0] for one in new if "had to ask" in text_of(one.body)]


def test_a_call_that_is_sent_twice_at_once_counts_once(line: Line) -> None:
    together = Barrier(2)

    def press(_: int) -> bool:
        together.wait()
        return log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA, "a form")

    with ThreadPoolExecutor(2) as presses:
        assert sorted(presses.map(press, range(2))) == [False, True]
    assert not log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA, "a form"), "nor later"
    assert len(rows_of(line.db, ChaseRow)) == 1 and line.report().chased == 1
    line.hours += 1
    assert log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA, "another form")
    assert line.report().chased == 2
    assert len(rows_of(line.db, Audit, action="log_chase")) == 2


@one_kind
def test_whoever_has_it_is_told_once_in_the_next_mail_of_the_night(line: Line) -> None:
    night(line, 1)
    log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA)
    told = night(line, 24)
    assert len(told) == 1 and night(line, 24) == []
    (mail,) = [one for one in mails(line.db) if "had to ask" in text_of(one.body)]
    assert f"/obligation/{line.owed.id}" in text_of(mail.body) and "asked for once" in text_of(mail.body)
    (row,) = rows_of(line.db, ChaseRow)
    assert row.told_in == mail.id
    name = str(line.report().patient_name)
    assert not any(part in mail.subject + text_of(mail.body) for part in (name, "Doe Sample", "617 555 0100"))
    log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA)
    assert night(line, 24) == told, "and of the next one again"


@one_kind
def test_a_letter_goes_again_to_a_checked_address_and_never_to_one_that_the_caller_named(line: Line) -> None:
    post = Post(line)
    checked = post.address()
    post.run()
    key = send_again(line.at_work(), MAIN, post.ways, line.owed.id, checked, CORA)
    assert key != post.rows()[0].id and send_again(line.at_work(), MAIN, post.ways, line.owed.id, checked, CORA) == key
    post.later()
    assert [to for _, to, _ in post.channel.arrived] == ["lee@direct.example.org"] * 2
    row = dictated(line.at_work(), MAIN, line.owed.id, "direct", "other@direct.example.org", CORA)
    assert (row.checked_at, row.referrer) == (None, line.report().referrer_key)
    with pytest.raises(NotPlanned, match="Nobody has checked this address"):
        send_again(line.at_work(), MAIN, post.ways, line.owed.id, row.id, CORA)
    post.later()
    assert len(post.channel.arrived) == 2
    assert rows_of(line.db, AddressRow, id=checked)[0].checked_at is not None, "the checked one stays as it was"


@one_kind
@pytest.mark.parametrize(
    ("change", "why"),
    [({"how": "machine"}, "How did they ask"), ({"who": "", "office": ""}, "Say who asked")],
)
def test_a_call_without_who_or_how_is_not_noted(line: Line, change: dict[str, Any], why: str) -> None:
    given = {"how": "phone", "who": "Ms. Doe Sample", "office": "", **change}
    with pytest.raises(UsageError, match=why):
        log_call(line.at_work(), MAIN, line.owed.id, Chase(**given), CORA)
    with pytest.raises(UsageError, match="There is no report"):
        log_call(line.at_work(), MAIN, "nothing", CALL, CORA)
    assert rows_of(line.db, ChaseRow) == [] and line.report().chased == 0


@one_kind
def test_a_sync_does_not_forget_that_a_report_was_asked_for(line: Line) -> None:
    log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA)
    line.look()
    assert line.report().chased == 1


@one_kind
def test_chases_of_one_practice_are_not_counted_in_another(db: Database) -> None:
    with db.read() as session:
        session.add_all([owed("one"), Obligation(**{**_columns(owed("one")), "practice_id": "other"})])
        session.flush()
        asked_for(session, "c1", "one")
        here, there = (session.get_one(Obligation, (practice, "one")) for practice in ("main", "other"))
        session.refresh(here), session.refresh(there)
        assert (here.chased, there.chased) == (1, 0)


def _columns(row: Obligation) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in Obligation.__table__.columns if one.name != "chased"}


@one_kind
def test_a_mail_that_did_not_leave_takes_nothing_with_it(line: Line) -> None:
    log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA)
    told = night(line, 24, leaves=False)
    assert len(told) == 1 and night(line, 24) == told, "the next one tells it in its stead"
    assert night(line, 24) == []


@one_kind
def test_what_is_sent_meanwhile_is_told_no_more(line: Line) -> None:
    log_call(line.at_work(), MAIN, line.owed.id, CALL, CORA)
    with line.db.write() as session:
        session.get_one(Obligation, ("main", line.owed.id)).state = "confirmed"
    assert night(line, 24) == []
