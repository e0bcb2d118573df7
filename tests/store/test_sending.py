"""Sending: each message on its own; what is refused, put off, unknown or stale does not leave, and shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from loopclose.errors import TemporaryProblem
from loopclose.flows.night import sending
from loopclose.outbound.frozen import text_of
from loopclose.outbound.mail import FrozenMail, SendError
from loopclose.store import mails
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.leases import Held, hold
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert, Message
from tests.store.nights import DAY, HOUR, MINUTE, NIGHT, House, Post, refusing

CORA, COCO, LEO, MONA = (f"{name}@practice.example" for name in ("cora", "coco", "leo", "mona"))
ANNA, BELA, CARL = (f"{name}@practice.example" for name in ("anna", "bela", "carl"))


@pytest.fixture
def house(db: Database) -> House:
    found = House(db)
    found.people((CORA, "coordinator"), (LEO, "lead"), (MONA, "manager"))
    found.people(*((who, "clinician") for who in (ANNA, BELA, CARL)))
    for who in (ANNA, BELA, CARL):
        found.owe(f"of {who}", who)
    return found


def gone(house: House) -> list[str]:
    with house.db.read() as session:
        return [row.email for row in mails.whom_alerts_do_not_reach(session, house.scope)]


def test_one_address_that_is_none_fails_by_name_and_everybody_else_is_told(house: House) -> None:
    bad = "anna\r\nbcc: all@practice.example"
    house.people((bad, "coordinator"))  # as an earlier release took it
    with house.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == f"of {ANNA}").values(assigned_to=bad))
    post = Post()
    result = house.night(post)
    assert sorted(post.told) == [BELA, CARL, CORA] and result.failed == 1
    (failed,) = house.messages(state="failed")
    assert failed.recipients == [bad] and "line breaks" in (failed.error or "") and gone(house) == [bad]
    assert house.messages(about="unreachable")[0].recipients == [CORA]


def test_what_happens_after_a_mail_was_taken_is_a_note_and_it_is_never_sent_again(house: House) -> None:
    post = Post(answer=lambda mail: "The mail server took it, and then answered 421 to our goodbye.")
    assert house.night(post).messages_sent == 3
    house.night(post)
    house.later(post, NIGHT + HOUR)
    assert len(post.got) == 3
    assert {one.note for one in house.messages()} == {"The mail server took it, and then answered 421 to our goodbye."}


def test_a_refusal_for_good_is_tried_once_told_once_and_named_until_a_mail_arrives(house: House) -> None:
    post = Post(answer=refusing(ANNA))
    assert house.night(post).failed == 1
    assert sorted(post.told) == [BELA, CARL, CORA] and gone(house) == [ANNA]
    notice = next(mail for mail in post.got if mail.recipients == (CORA,))
    words = text_of(notice.content.decode())
    assert "Mails to Anna (clinician) are refused since" in words and "answered 550" in words
    assert "/mails?state=failed" in words
    tries: list[str] = []
    again = Post(answer=lambda mail: tries.append(mail.recipients[0]))
    for hours in range(1, 12):
        house.later(again, NIGHT + hours * HOUR)
    house.night(again, NIGHT + HOUR)
    assert tries == []
    house.becomes([f"of {BELA}", f"of {CARL}"], "confirmed")
    house.night(Post(answer=refusing(ANNA)), NIGHT + DAY)  # of the next rung she is told anew, and refused anew
    assert len(house.messages(about="unreachable")) == 1 and len(house.messages(state="failed")) == 2
    last = Post()
    house.night(last, NIGHT + 4 * DAY)
    with house.db.write() as session:
        these = Message.practice_id == "main", Message.state == "failed"
        session.execute(update(Message).where(*these).values(state="planned"))  # somebody says so
    house.later(last, NIGHT + 4 * DAY)
    assert last.told.count(ANNA) == 1 and gone(house) == []


def test_whoever_is_to_be_told_of_somebody_unreachable_may_be_unreachable_too(house: House) -> None:
    house.people((COCO, "coordinator"))
    post = Post(answer=refusing(ANNA, CORA, COCO, LEO))
    house.night(post)
    assert gone(house) == [ANNA, COCO, CORA, LEO]
    told = [mail for mail in post.got if mail.recipients == (MONA,)]
    about = {one.about_whom for one in house.messages(about="unreachable", state="sent")}
    assert len(told) == 4 and about == {ANNA, COCO, CORA, LEO}


def test_what_is_put_off_is_tried_again_later_and_later_and_given_up_in_sight(house: House) -> None:
    asked: list[float] = []
    at = NIGHT

    def put_off(mail: FrozenMail) -> None:
        if mail.recipients == (ANNA,):
            asked.append((at - NIGHT) / MINUTE)
            raise SendError("The mail server put off the recipient (451).", final=False)

    post = Post(answer=put_off)
    house.night(post, at)
    for minutes in range(5, 24 * 60, 5):
        at = NIGHT + minutes * MINUTE
        house.later(post, at)
    assert asked == [0, 5, 20, 65, 200, 440, 680, 920, 1160, 1400]
    assert sorted(post.told) == [BELA, CARL, CORA]
    (failed,) = house.messages(state="failed")
    assert (failed.error or "").startswith("Given up after 10 tries: The mail server put off") and gone(house) == [ANNA]


def test_what_was_put_off_keeps_count_when_another_mail_takes_its_place(house: House) -> None:
    post = Post(answer=refusing(ANNA, final=False))
    for day in range(12):
        house.night(post, NIGHT + day * DAY)
    assert ANNA in gone(house) and len(house.messages(about="unreachable", about_whom=ANNA)) >= 1


def test_the_servers_trouble_is_no_mails_fault(house: House) -> None:
    down = Post(answer=refusing(final=False, at_server=True))
    house.night(down)
    for minutes in range(0, 600, 5):
        house.later(down, NIGHT + minutes * MINUTE)
    assert {one.state for one in house.messages()} == {"waiting"} and gone(house) == []
    post = Post()
    assert house.later(post, NIGHT + 601 * MINUTE) == 3 and sorted(post.told) == [ANNA, BELA, CARL]


def test_a_server_that_fails_for_everybody_is_not_asked_for_each(house: House) -> None:
    for no in range(30):
        house.people((f"user{no:02}@practice.example", "clinician"))
        house.owe(f"more {no}", f"user{no:02}@practice.example")
    asked: list[str] = []

    def down(mail: FrozenMail) -> None:
        asked.append(mail.recipients[0])
        raise SendError("The mail server cannot be reached.", final=False, at_server=True)

    result = house.night(Post(answer=down))
    assert len(asked) == sending.MOST_IN_A_ROW and result.failed == 33
    assert all(one.error for one in house.messages(state="waiting"))
    assert house.later(Post(), NIGHT + MINUTE) == 33


def test_whoever_was_disabled_meanwhile_gets_nothing_and_whoever_stands_in_a_mail_of_their_own(house: House) -> None:
    house.night(Post(answer=refusing(final=False, at_server=True)))
    house.disable(ANNA)
    post = Post()
    house.later(post, NIGHT + HOUR)
    assert sorted(post.told) == [BELA, CARL, CORA]  # of a clinician it is the coordinator, as on the ladder
    (old,) = house.messages(state="cancelled")
    assert old.recipients == [ANNA] and "disabled" in (old.error or "") and old.replaced_by
    assert len({mail.message_id for mail in post.got} | {old.message_id}) == 4
    assert sum(f"of {ANNA}" in text_of(mail.content.decode()) for mail in post.got) == 1
    assert {one.recipient for one in house.alerts(obligation=f"of {ANNA}")} == {ANNA, CORA}


def test_where_nobody_stands_in_the_message_stays_in_sight(db: Database) -> None:
    alone = House(db, "alone")
    alone.people((ANNA, "clinician"))
    alone.owe("o", ANNA)
    alone.night(Post(answer=refusing(final=False, at_server=True)))
    alone.disable(ANNA)
    assert alone.later(Post(), NIGHT + HOUR) == 0
    (left,) = alone.messages()
    assert left.state == "failed" and "nobody stands in" in (left.error or "")


def test_after_seven_nights_without_a_server_nothing_leaves_that_is_not_true_any_more(house: House) -> None:
    down = Post(answer=refusing(final=False, at_server=True))
    for day in range(7):
        house.night(down, NIGHT + day * DAY)
    house.becomes([f"of {ANNA}", f"of {BELA}", f"of {CARL}"], "confirmed")
    post = Post()
    house.night(post, NIGHT + 7 * DAY)
    assert post.got == [] and {one.state for one in house.messages()} == {"cancelled"}
    assert all(one.error for one in house.messages())


def test_after_seven_nights_without_a_server_one_mail_says_what_is_true_now(house: House) -> None:
    down = Post(answer=refusing(final=False, at_server=True))
    for day in range(7):
        house.night(down, NIGHT + day * DAY)
    house.becomes([f"of {ANNA}", f"of {BELA}"], "confirmed")
    post = Post()
    house.night(post, NIGHT + 7 * DAY)
    assert len(post.told) == len(set(post.told)) and {CARL, CORA} <= set(post.told)
    for mail in post.got:
        words = text_of(mail.content.decode())
        assert f"of {CARL}" in words and f"of {ANNA}" not in words and "late since" in words
    alerts = house.alerts(obligation=f"of {CARL}")
    by_id = {one.id: one for one in house.messages()}
    assert {by_id[one.message or ""].state for one in alerts if one.message} == {"sent"}


def test_what_is_done_while_others_are_sent_does_not_leave(house: House) -> None:
    def done_meanwhile(mail: FrozenMail) -> None:
        house.becomes([f"of {CARL}"], "confirmed")

    post = Post(answer=done_meanwhile)
    house.night(post)
    assert len(post.got) == 2 and CARL not in post.told
    assert [one.error for one in house.messages(state="cancelled")] == ["Nothing that it says is true any more."]


def test_a_moved_deadline_is_not_told_by_its_old_time(house: House) -> None:
    house.night(Post(answer=refusing(final=False, at_server=True)))
    with house.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == f"of {ANNA}").values(deadline_no=2))
    post = Post()
    house.later(post, NIGHT + HOUR)
    assert sorted(post.told) == [BELA, CARL]


def test_two_mails_to_one_person_that_both_wait_leave_as_one(house: House) -> None:
    house.night(Post(answer=refusing(final=False, at_server=True)))
    house.owe("another", ANNA, NIGHT + 2 * HOUR)
    post = Post()
    house.night(post, NIGHT + HOUR)
    assert sorted(post.told) == [ANNA, BELA, CARL]
    words = text_of(next(mail for mail in post.got if mail.recipients == (ANNA,)).content.decode())
    assert "obligation/another" in words and f"of {ANNA}" in words


def test_a_message_that_a_living_process_is_handing_over_is_left_to_it(house: House) -> None:
    house.night(Post(answer=refusing(final=False, at_server=True)))
    (message,) = [one for one in house.messages() if one.recipients == [ANNA]]
    with hold(house.db, "somebody's") as other, house.db.write() as session:
        assert mails.claim(session, house.scope, message, other.holder, sending.system_clock())
        assert not mails.claim(session, house.scope, message, "another", sending.system_clock())
    post = Post()
    house.later(post, NIGHT + HOUR)
    assert sorted(post.told) == [BELA, CARL]


def test_a_message_at_which_a_process_died_leaves_again_with_the_same_bytes_and_says_that_it_may_have_left(
    house: House,
) -> None:
    house.night(Post(answer=refusing(final=False, at_server=True)))
    (message,) = [one for one in house.messages() if one.recipients == [ANNA]]
    with house.db.write() as session:
        assert mails.claim(session, house.scope, message, "elsewhere:1:1:x", sending.system_clock() - timedelta(days=1))
    seen: list[bool] = []

    def look(mail: FrozenMail) -> None:
        with house.db.read() as session:
            found = mails.message(session, house.scope, message.id)
            seen.append(found is not None and found.maybe_taken)
        raise SendError("The mail server put off the recipient (451).", final=False)

    house.later(Post(answer=lambda mail: look(mail) if mail.recipients == (ANNA,) else None), NIGHT + HOUR)
    post = Post()
    house.later(post, NIGHT + 2 * HOUR)
    assert seen == [True] and [mail.content for mail in post.got] == [message.body.encode()]


def test_a_mail_that_was_handed_over_without_an_answer_leaves_again_a_few_times_under_the_same_name(
    house: House,
) -> None:
    handed: list[FrozenMail] = []

    def silent(mail: FrozenMail) -> None:
        if mail.recipients == (ANNA,):
            handed.append(mail)
            raise SendError("The mail server ended the connection.", final=False, unknown=True)

    post = Post(answer=silent)
    house.night(post)
    for minutes in range(5, 20 * 60, 5):
        house.later(post, NIGHT + minutes * MINUTE)
    assert len(handed) == 4 and len({(mail.message_id, mail.content) for mail in handed}) == 1
    (failed,) = house.messages(state="failed")
    assert failed.maybe_taken and gone(house) == [ANNA]


def test_a_run_whose_lease_was_taken_over_sends_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[str] = []

    def lost(self: Held) -> None:
        checks.append(self.holder)
        if len(checks) == 2:
            raise TemporaryProblem("Another process took this work over; try again when it is done.")

    monkeypatch.setattr(Held, "check", lost)
    post = Post()
    with pytest.raises(TemporaryProblem):
        house.night(post)
    assert len(post.got) == 1


def test_what_was_accepted_stands_even_if_somebody_else_took_the_claim(house: House) -> None:
    def taken_over(mail: FrozenMail) -> None:
        with house.db.write() as session:
            session.execute(update(Message).where(Message.state == "sending").values(claimed_by="somebody else"))

    house.night(Post(answer=taken_over))
    assert {one.state for one in house.messages()} == {"sent"}


def test_the_same_alert_told_to_the_same_person_has_the_same_message_id(house: House) -> None:
    house.night(Post())
    first = {one.recipients[0]: one.message_id for one in house.messages()}
    with house.db.write() as session:  # all that an older backup would not know
        session.execute(delete(Message))
        session.execute(delete(Alert))
        session.execute(update(Obligation).values(fired_rung=0, fired_on=None, alert_after=NIGHT - DAY))
    house.night(Post(), NIGHT + 3 * DAY)
    assert {one.recipients[0]: one.message_id for one in house.messages(about="alerts")} == first


def test_one_practice_sends_nothing_of_another(house: House) -> None:
    other = House(house.db, "other")
    other.people((ANNA, "clinician"))
    other.owe(f"of {ANNA}", ANNA)
    other.night(Post(answer=refusing(final=False, at_server=True)))
    post = Post()
    house.night(post)
    assert len(post.got) == 3 and {one.state for one in other.messages()} == {"waiting"}
    with house.db.read() as session:
        assert not mails.to_send(session, Scope("main"))


def test_nothing_is_asked_of_anybody_where_nothing_waits(house: House) -> None:
    with hold(house.db, f"nightly:{house.name}"):
        assert house.later(Post(), NIGHT) == 0
