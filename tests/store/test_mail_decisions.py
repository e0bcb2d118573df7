"""What a person decides about a mail, and what a restore of the database leaves to a person."""

from __future__ import annotations

import pytest

from loopclose.clock import fixed
from loopclose.errors import UsageError
from loopclose.flows.night.deciding import Decider
from loopclose.outbound.frozen import text_of
from loopclose.store.engine import Database
from loopclose.store.people import Audit
from loopclose.store.restores import note_restore
from tests.store.nights import DAY, HOUR, NIGHT, House, Post, refusing

CORA, LEO, MONA = (f"{name}@practice.example" for name in ("cora", "leo", "mona"))
ANNA, BELA = "anna@practice.example", "bela@practice.example"
RESTORED = NIGHT + 3 * DAY


@pytest.fixture
def house(db: Database) -> House:
    found = House(db)
    found.people((CORA, "coordinator"), (LEO, "lead"), (MONA, "manager"), (ANNA, "clinician"), (BELA, "clinician"))
    found.owe("o1", ANNA)
    return found


def decider(house: House, email: str = CORA) -> Decider:
    return Decider(house.db, fixed(RESTORED + 2 * HOUR), house.scope, email)


def restored(house: House) -> None:
    with house.db.write() as session:
        note_restore(session, RESTORED, NIGHT - HOUR)


def test_what_was_refused_leaves_again_under_its_name_once_somebody_says_so(house: House) -> None:
    house.night(Post(answer=refusing(ANNA)))
    (failed,) = house.messages(state="failed")
    decider(house).send_again(failed.id)
    post = Post()
    assert house.later(post, NIGHT + HOUR) == 1
    assert [(mail.message_id, mail.content) for mail in post.got] == [(failed.message_id, failed.body.encode())]
    with house.db.read() as session:
        assert [(one.actor, one.action, one.subject) for one in session.query(Audit)] == [
            (CORA, "send_mail_again", failed.id)
        ]
    with pytest.raises(UsageError, match="is sent by now"):
        decider(house).send_again(failed.id)


def test_what_is_dropped_never_leaves(house: House) -> None:
    house.night(Post(answer=refusing(ANNA)))
    (failed,) = house.messages(state="failed")
    decider(house, LEO).drop(failed.id)
    post = Post()
    house.later(post, NIGHT + HOUR)
    (dropped,) = house.messages(state="cancelled")
    assert post.got == [] and dropped.error == f"Dropped by {LEO}." and dropped.decided_by == LEO


@pytest.mark.parametrize("who", [ANNA, "nobody@practice.example"])
def test_who_does_not_decide_about_mails_changes_nothing(house: House, who: str) -> None:
    house.night(Post(answer=refusing(ANNA)))
    (failed,) = house.messages(state="failed")
    with pytest.raises(UsageError, match="coordinator"):
        decider(house, who).send_again(failed.id)
    with pytest.raises(UsageError, match="no mail x"):
        decider(house).drop("x")
    assert house.messages(state="failed")


def test_after_a_restore_what_was_due_before_is_held_and_told_of_once(house: House) -> None:
    restored(house)
    house.owe("o2", BELA, RESTORED + 2 * DAY)
    post = Post()
    assert house.night(post, RESTORED + HOUR).failed == 1
    assert post.told == [CORA] and "held until somebody sends or drops" in text_of(post.got[0].content.decode())
    (held,) = house.messages(state="held")
    assert held.recipients == [ANNA]
    house.night(post, RESTORED + 2 * HOUR)
    house.later(post, RESTORED + 3 * HOUR)
    assert post.told == [CORA]
    house.night(post, RESTORED + DAY + HOUR)
    assert BELA in post.told and post.told.count(CORA) == 1  # what falls due after the restore is told as ever
    decider(house).send_again(held.id)
    house.later(post, RESTORED + 2 * HOUR)
    assert ANNA in post.told


def test_after_a_restore_what_waited_in_the_backup_is_held_and_what_is_done_is_not(house: House) -> None:
    house.owe("o2", BELA)
    house.night(Post(answer=refusing(final=False, at_server=True)))
    restored(house)
    house.becomes(["o2"], "confirmed")
    post = Post()
    house.later(post, RESTORED + HOUR)
    assert {one.recipients[0]: one.state for one in house.messages(about="alerts")} == {ANNA: "held", BELA: "cancelled"}
    (held,) = house.messages(state="held")
    decider(house).drop(held.id)
    assert ANNA not in post.told and house.later(post, RESTORED + 2 * DAY) == 0
