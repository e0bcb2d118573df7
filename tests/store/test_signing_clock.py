"""The clock of a draft in the store: begun once when it is ready, told once to whoever signs, and ended by signing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from loopclose.domain.deputies import Absence
from loopclose.domain.signing_time import sign_by
from loopclose.drafting.keeping import MEDIA_TYPE, pack
from loopclose.drafting.paper import Paper, Source
from loopclose.flows.signing_clock import begin_clock
from loopclose.outbound.frozen import text_of
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import drafts
from loopclose.store.absences import note_absence
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.signing_clocks import SigningClockRow
from tests.store.desks import rows_of
from tests.store.letters import NOTE, note, section, sentence, sheet
from tests.store.line import NOW
from tests.store.nights import BOSTON, CALENDAR, House, Post
from tests.store.test_corrections import BOX, Line, one_kind

READY = datetime(2026, 11, 24, 9, 0, tzinfo=BOSTON)
OVER = READY + timedelta(hours=4)
FAR = READY + timedelta(days=30)
PEOPLE = (("heart@x.example", "clinician"), ("vein@x.example", "clinician"), ("cora@x.example", "coordinator"))


class Drafts(House):
    """A practice with one report that is due in a month, and its draft."""

    def begin(self) -> Drafts:
        self.people(*PEOPLE, ("lee@x.example", "lead"))
        self.owe("o1", "heart@x.example", FAR)
        return self

    def draft(self, at: datetime = READY, *papers: Paper, state: str = "drafted") -> Drafts:
        """What the flow that drafts keeps."""
        bodies = {one.kind: pack(one) for one in papers or (note(), sheet())}
        with self.db.write() as session:
            drafts.keep_papers(session, self.scope, "o1", MEDIA_TYPE, bodies)
            owed = session.get_one(Obligation, (self.name, "o1"))
            owed.state = state
            begin_clock(session, self.scope, self.practice, owed, at)
        return self

    def clocks(self) -> list[SigningClockRow]:
        return sorted(rows_of(self.db, SigningClockRow), key=lambda one: one.version)

    def told(self, at: datetime) -> list[str]:
        """Whom a night run at that moment mails."""
        post = Post()
        self.night(post, at)
        self.post = post
        return sorted(post.told)


@pytest.fixture
def house(db: Database) -> Drafts:
    return Drafts(db).begin()


def test_a_draft_that_nobody_signed_in_time_is_told_once_and_anew_drafting_changes_nothing(house: Drafts) -> None:
    house.draft()
    (clock,) = house.clocks()
    assert (clock.ready_at, clock.sign_by, clock.version) == (READY, OVER, 1)
    assert house.told(OVER - timedelta(minutes=1)) == []
    house.draft(READY + timedelta(hours=3), note(section("plan", sentence("Run."))), sheet())
    assert [one.sign_by for one in house.clocks()] == [OVER], "drafted anew by the machine"
    assert house.told(OVER) == ["heart@x.example"]
    (mail,) = house.post.got
    text = text_of(mail.content.decode())
    assert "its draft was to be signed by Tue 24 Nov 2026 at 13:00" in " ".join(text.split())
    assert house.messages()[0].subject == "Loopclose: 1 to sign"
    assert [(one.rung, one.recipient) for one in house.alerts()] == [(0, "heart@x.example")]
    assert house.told(OVER + timedelta(hours=1)) == [] and house.told(OVER + timedelta(days=3)) == []
    (owed,) = rows_of(house.db, Obligation, id="o1")
    assert (owed.fired_rung, owed.fired_on) == (0, None), "the ladder of the report is where it was"
    assert owed.alert_after == CALENDAR.shifted(FAR, -1)


@one_kind
def test_the_ladder_of_the_report_goes_on_beside_it(house: Drafts) -> None:
    with house.db.write() as session:
        session.execute(update(Obligation).values(due_at=OVER))
    house.draft()
    assert house.told(OVER) == ["heart@x.example"]
    assert sorted(one.rung for one in house.alerts()) == [0, 1], "both in one mail"
    assert house.told(OVER + timedelta(days=1)) == ["cora@x.example", "heart@x.example"]
    assert max(one.rung for one in house.alerts()) == 2


@one_kind
def test_whoever_stands_in_for_the_author_is_told(house: Drafts) -> None:
    with house.db.write() as session:
        away = Absence("heart@x.example", date(2026, 11, 1), None, "vein@x.example")
        note_absence(session, house.scope, away, READY)
    assert house.draft().told(OVER) == ["vein@x.example"]


@one_kind
def test_a_report_put_on_hold_meanwhile_is_told_to_those_who_can_release_it(house: Drafts) -> None:
    house.draft().becomes(["o1"], "held")
    assert house.told(OVER) == ["heart@x.example", "lee@x.example"]


NOT_FINAL = Source("DocumentReference/n1", "DocumentReference.docStatus", "preliminary, not final")


@one_kind
@pytest.mark.parametrize(
    "papers", [(note(),), (note(section("plan", sentence("Walk.", NOTE, NOT_FINAL))), sheet())], ids=["alone", "early"]
)
def test_a_draft_that_cannot_be_signed_yet_has_no_clock(house: Drafts, papers: tuple[Paper, ...]) -> None:
    house.draft(READY, *papers)
    assert house.clocks() == []
    house.draft(OVER)
    assert [one.sign_by for one in house.clocks()] == [sign_by(OVER, CALENDAR)]


@one_kind
def test_a_report_on_hold_has_no_clock_either(house: Drafts) -> None:
    house.draft(state="held")
    assert house.clocks() == [] and house.told(OVER) == []


@one_kind
def test_a_mail_that_did_not_leave_before_it_was_signed_says_nothing(house: Drafts) -> None:
    house.draft()
    house.night(None, OVER)
    house.becomes(["o1"], "signed")
    assert house.told(OVER + timedelta(hours=1)) == []
    (mail,) = house.messages()
    assert mail.state == "cancelled"


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


@one_kind
def test_signing_ends_a_clock_and_a_corrected_letter_begins_its_own(line: Line) -> None:
    first = {one.version: one for one in rows_of(line.db, SigningClockRow, obligation=line.owed.id)}
    assert first[1].ready_at == NOW and first[1].over_at == NOW, "drafting begins it, signing ends it"
    line.note_says("Plan: Stop walking.")
    line.look()
    (owed,) = line.corrections()
    (clock,) = rows_of(line.db, SigningClockRow, obligation=owed.id)
    assert (
        clock.version == 2
        and clock.over_at is None
        and clock.sign_by == sign_by(clock.ready_at, line.site.practice.calendar)
    )
    assert owed.alert_after == min(clock.sign_by, owed.alert_after or clock.sign_by)
    line.note_says("Plan: Stop running.")
    line.look()
    assert [one.ready_at for one in rows_of(line.db, SigningClockRow, obligation=owed.id)] == [clock.ready_at]
    line.sign()
    (clock,) = rows_of(line.db, SigningClockRow, obligation=owed.id)
    assert clock.over_at == line.now
