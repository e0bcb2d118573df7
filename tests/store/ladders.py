"""A practice with one late report and a mailbox, for tests of the ladder: nights are run, people come and go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from loopclose.clock import fixed
from loopclose.domain.codes import NOT_YET_SENT
from loopclose.domain.deputies import Absence
from loopclose.domain.escalation import DEFAULT_LADDER, Rung, ladders_begun, next_alert_after
from loopclose.domain.states import Transition
from loopclose.flows.night.nightly import NightResult, nightly
from loopclose.outbound.mail import FrozenMail
from loopclose.outbound.occasion import Letterhead
from loopclose.store.absences import note_absence
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert, Message
from loopclose.store.people import User
from tests.spec.cast import CALENDAR, PRACTICE, local
from tests.store.line import PEOPLE
from tests.store.practices import row

MAIN, HEAD = Scope("main"), Letterhead("loopclose@practice.example", "https://loopclose.example", True)
DUE = local("2026-11-20 17:00")
ROLE = {email: role for email, role, _ in PEOPLE}


@dataclass
class Mailbox:
    """Keeps what it gets, by recipient."""

    got: list[str] = field(default_factory=list)

    def send(self, mail: FrozenMail) -> None:
        """Take it."""
        self.got += mail.recipients


@dataclass
class House:
    """The practice."""

    db: Database
    ladder: tuple[Rung, ...] = DEFAULT_LADDER
    history: list[Transition] = field(default_factory=list)

    def report(self, **given: object) -> None:
        """One report by heart, due on DUE."""
        first = {"id": "o1", "kind": "report", "state": "owed", "due_at": DUE, "author": "Practitioner/heart"}
        more = {"fired_rung": 0, "fired_on": None, "alert_after": DUE - timedelta(days=1), "owner": "coordinator"}
        more |= {"referrer": None, "sent_at": None, "on_time": None, "assigned_to": None, "deadline_no": 1}
        self.history = [Transition(None, "owed", DUE - timedelta(days=3), "loopclose")]
        with self.db.write() as session:
            session.add(row(Obligation, "main", **{**first, **more, **given}))

    def user(self, email: str, role: str | None = None, *, disabled: bool = False) -> None:
        """Add or change somebody; the role they have otherwise."""
        name, reference = email.split("@")[0], "Practitioner/heart" if email.startswith("heart") else None
        with self.db.write() as session:
            found = User(practice_id="main", id=natural_id("main", "user", email), email=email, name=name)
            found.role, found.reference, found.disabled = role or ROLE[email], reference, disabled
            found.password_hash = None
            session.merge(found)

    def away(self, who: str, first: date, last: date | None, deputy: str | None) -> None:
        """Somebody is away."""
        with self.db.write() as session:
            note_absence(session, MAIN, Absence(who, first, last, deputy), DUE)

    def night(self, day: date) -> list[str]:
        """The night run of a date; gives who got a mail."""
        return self.run(day)[0]

    def run(self, day: date) -> tuple[list[str], NightResult]:
        """The same, with the result."""
        at, box = datetime(day.year, day.month, day.day, 7, 0, tzinfo=UTC), Mailbox()  # 02:00 in Boston
        result = nightly(self.db, fixed(at), MAIN, PRACTICE, self.ladder, box, HEAD)
        return sorted(box.got), result

    def state(self, becomes: str, day: date) -> None:
        """A step of the report, and what judging makes of it."""
        at = datetime(day.year, day.month, day.day, 15, 0, tzinfo=UTC)
        with self.db.write() as session:
            one = session.get_one(Obligation, ("main", "o1"))
            self.history.append(Transition(one.state, becomes, at, "ehr"))
            one.state, ladder_no = becomes, ladders_begun(self.history, NOT_YET_SENT)
            if ladder_no != one.ladder_no:
                one.ladder_no, one.fired_rung = ladder_no, 0
            again = next_alert_after(one.due_at, one.fired_rung, one.fired_on, self.ladder, CALENDAR)
            one.alert_after = again if becomes in NOT_YET_SENT else None

    def one(self) -> Obligation:
        """The report."""
        with self.db.read() as session:
            return session.get_one(Obligation, ("main", "o1"))

    def alerts(self) -> list[tuple[int, int, str, date | None]]:
        """(ladder, rung, recipient, night) of everything told, in order."""
        with self.db.read() as session:
            nights = {one.id: one.night for one in session.query(Message)}
            found = [(a.ladder_no, a.rung, a.recipient, nights.get(a.message or "")) for a in session.query(Alert)]
        return sorted(found, key=lambda one: (one[:3], str(one[3])))


def house(db: Database) -> House:
    """With the four people of every role."""
    found = House(db)
    for email in ROLE:
        found.user(email)
    return found
