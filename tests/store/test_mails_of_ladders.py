"""Mails that wait and the ladder: reminders, deputies, ladders begun anew, and roles that had nobody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from loopclose.domain.deputies import Absence
from loopclose.outbound.frozen import text_of
from loopclose.outbound.mail import FrozenMail
from loopclose.store.absences import end_absences, note_absence
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import CANCELLED, FAILED, HELD, SENT
from loopclose.store.restores import note_restore
from tests.store.nights import DAY, HOUR, NIGHT, House, Post, refusing

CORA, LEO, MONA, ANNA, BELA = (f"{name}@practice.example" for name in ("cora", "leo", "mona", "anna", "bela"))
DOWN = refusing(final=False, at_server=True)
REPORT = f"of {ANNA}"


@pytest.fixture
def house(db: Database) -> House:
    found = House(db)
    found.people((CORA, "coordinator"), (LEO, "lead"), (MONA, "manager"), (ANNA, "clinician"), (BELA, "clinician"))
    found.owe(REPORT, ANNA)
    return found


def away(house: House, who: str, first: date, deputy: str | None) -> None:
    with house.db.write() as session:
        note_absence(session, house.scope, Absence(who, first, None, deputy), NIGHT)


def climbed(house: House, to: int, fired_on: date) -> None:
    """The ladder as it stood after that rung, a week before the next."""
    with house.db.write() as session:
        session.execute(
            update(Obligation).values(
                fired_rung=to, fired_on=fired_on, due_at=NIGHT - 30 * DAY, alert_after=NIGHT - HOUR
            )
        )


def test_what_waits_for_somebody_who_is_away_since_goes_to_the_deputy(house: House) -> None:
    house.night(Post(answer=DOWN))
    away(house, ANNA, NIGHT.date(), BELA)
    post = Post()
    house.later(post, NIGHT + HOUR)
    assert post.told == [BELA] and REPORT in text_of(post.got[0].content.decode())
    (old,) = house.messages(state=CANCELLED)
    assert old.recipients == [ANNA] and "away" in (old.error or "")
    assert house.messages(state=SENT)[0].id == old.replaced_by


def test_a_deputy_who_is_told_of_a_report_anyway_gets_one_mail_about_it(house: House) -> None:
    down = Post(answer=DOWN)
    house.night(down)
    house.night(down, NIGHT + DAY)  # the second rung tells the coordinator, too
    away(house, ANNA, NIGHT.date(), CORA)
    post = Post()
    house.later(post, NIGHT + DAY + HOUR)
    assert post.told == [CORA] and text_of(post.got[0].content.decode()).count(f"/{REPORT}") == 1


def test_whoever_stands_in_while_others_are_sent_gets_one_mail(house: House) -> None:
    house.owe("another", ANNA, NIGHT - DAY)
    house.owe("of bela", BELA, NIGHT - DAY)

    def leave(mail: FrozenMail) -> None:
        if not post.got:
            for who in {ANNA, BELA} - {mail.recipients[0]}:
                away(house, who, NIGHT.date(), CORA)
            away(house, CORA, NIGHT.date(), LEO)

    post = Post(answer=leave)
    climbed(house, 1, NIGHT.date() - timedelta(days=1))
    house.night(post)
    assert len(post.told) == 2 and post.told[1] == LEO


def test_who_is_back_is_told_what_their_deputy_was_to_be_told(house: House) -> None:
    down = Post(answer=DOWN)
    house.night(down)
    away(house, ANNA, NIGHT.date(), BELA)
    house.later(down, NIGHT + HOUR)
    with house.db.write() as session:
        end_absences(session, house.scope, ANNA, NIGHT.date())
    away(house, BELA, NIGHT.date(), ANNA)
    post = Post()
    house.later(post, NIGHT + 2 * HOUR)
    assert post.told == [ANNA] and REPORT in text_of(post.got[0].content.decode())


def test_where_everybody_is_away_somebody_on_holiday_is_told_all_the_same(house: House) -> None:
    climbed(house, 3, NIGHT.date() - timedelta(days=8))
    for who in (CORA, LEO, MONA, ANNA, BELA):
        away(house, who, NIGHT.date() - timedelta(days=1), None)
    post = Post()
    house.night(post)
    assert post.told == [CORA] and not house.messages(state=FAILED)


def test_each_mail_says_by_name_who_else_is_told(house: House) -> None:
    climbed(house, 1, NIGHT.date() - timedelta(days=1))
    post = Post()
    house.night(post)
    said = {mail.recipients[0]: " ".join(text_of(mail.content.decode()).split()) for mail in post.got}
    assert said.keys() == {ANNA, CORA}
    assert "Also told: Cora." in said[ANNA] and "Also told: Anna." in said[CORA]


def test_a_reminder_that_waited_says_how_long_it_has_been_open(house: House) -> None:
    climbed(house, 4, NIGHT.date() - timedelta(days=7))
    house.night(Post(answer=DOWN))
    post = Post()
    house.night(post, NIGHT + DAY)
    assert sorted(post.told) == [CORA, MONA]
    for mail in post.got:
        words = " ".join(text_of(mail.content.decode()).split())
        assert "still open 31 business days after its time: the practice manager is told" in words


def test_a_mail_of_the_ladder_before_does_not_leave_once_it_waits_again(house: House) -> None:
    house.night(Post(answer=DOWN))
    with house.db.write() as session:
        values = {"ladder_no": 2, "fired_rung": 0, "fired_on": NIGHT.date(), "alert_after": NIGHT - HOUR}
        session.execute(update(Obligation).values(**values))
    post = Post()
    house.later(post, NIGHT + HOUR)
    assert post.told == []
    house.night(post, NIGHT + DAY)
    assert post.told == [ANNA] and {one.state for one in house.messages()} == {CANCELLED, SENT}
    assert sorted((one.ladder_no, one.rung) for one in house.alerts()) == [(1, 1), (2, 1)]


def test_who_is_told_after_all_is_told_by_the_mail_that_left(house: House) -> None:
    house.disable(LEO)
    climbed(house, 2, NIGHT.date() - timedelta(days=1))
    house.night(Post())
    (gap,) = house.alerts(recipient="nobody:lead")
    assert gap.message is None
    house.people(("nora@practice.example", "lead"))
    house.night(Post(answer=DOWN), NIGHT + 7 * DAY)
    (before,) = house.alerts(recipient="nobody:lead")
    post = Post()
    house.night(post, NIGHT + 8 * DAY)
    (after,) = house.alerts(recipient="nobody:lead")
    assert before.message and after.message and before.message != after.message
    (mail,) = house.messages(id=after.message)
    assert mail.state == SENT and mail.recipients == ["nora@practice.example"]


def test_a_reminder_that_was_due_before_a_restore_waits_for_somebody(house: House) -> None:
    climbed(house, 4, NIGHT.date() - timedelta(days=9))
    with house.db.write() as session:
        session.execute(update(Obligation).values(alert_after=NIGHT - 2 * DAY))
        note_restore(session, NIGHT - DAY, NIGHT - 3 * DAY)
    post = Post()
    house.night(post)
    held = house.messages(state=HELD)
    assert sorted(one.recipients[0] for one in held) == [CORA, MONA]
    assert post.told == [CORA]  # of the mails that are held
    house.night(post, NIGHT + 7 * DAY)
    assert sorted(post.told) == [CORA, CORA, MONA]  # the next reminder is surely new
