"""Nights without an EHR: people and what is owed, written straight into the store, for tests of what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from loopclose.clock import fixed
from loopclose.domain.business_time import Calendar
from loopclose.domain.escalation import DEFAULT_LADDER
from loopclose.domain.practice import Practice
from loopclose.flows.night.nightly import NightResult, nightly, send_waiting
from loopclose.outbound.mail import FrozenMail, Mailer, SendError
from loopclose.outbound.occasion import Letterhead
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.outbox import Alert, Message
from loopclose.store.people import User
from tests.store.practices import row

BOSTON = ZoneInfo("America/New_York")
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=BOSTON).astimezone(UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
HEAD = Letterhead("loopclose@practice.example", "https://loopclose.example", False)
CALENDAR = Calendar(BOSTON, dict.fromkeys(range(7), (time(8), time(17))), {})
"""Open every day, so that a day is a business day."""


@dataclass
class Post:
    """A mailer that keeps what it takes; ``answer`` may raise instead, and gives the note."""

    got: list[FrozenMail] = field(default_factory=list)
    answer: Callable[[FrozenMail], str | None] = lambda mail: None

    def send(self, mail: FrozenMail) -> str | None:
        """Ask, then keep."""
        note = self.answer(mail)
        self.got.append(mail)
        return note

    @property
    def told(self) -> list[str]:
        """Whose mails it took, in order."""
        return [mail.recipients[0] for mail in self.got]


def refusing(*whom: str, final: bool = True, at_server: bool = False) -> Callable[[FrozenMail], str | None]:
    """An answer that refuses the mails of some people, or of everybody."""

    def answer(mail: FrozenMail) -> str | None:
        if not whom or mail.recipients[0] in whom:
            code = 550 if final else 451
            raise SendError(f"The mail server answered {code}.", final=final, at_server=at_server)
        return None

    return answer


@dataclass
class House:
    """A practice in a database, its people, and its nights."""

    db: Database
    name: str = "main"

    @property
    def scope(self) -> Scope:
        """The practice."""
        return Scope(self.name)

    @property
    def practice(self) -> Practice:
        """The practice, as the rules see it."""
        nobody: frozenset[str] = frozenset()
        return Practice(self.name, "Harbor", CALENDAR, nobody, nobody, nobody, None, None, frozenset({"AMB"}))

    def people(self, *people: tuple[str, str]) -> None:
        """Users, each (e-mail, role); a clinician is ``Practitioner/`` and the part before the @."""
        with self.db.write() as session:
            for email, role in people:
                local = email.partition("@")[0]
                session.merge(
                    User(
                        practice_id=self.name,
                        id=natural_id(self.name, "user", email),
                        email=email,
                        name=local.capitalize(),
                        role=role,
                        reference=f"Practitioner/{local}" if role == "clinician" else None,
                        password_hash=None,
                        disabled=False,
                    )
                )

    def owe(
        self, key: str, author: str, due_at: datetime = NIGHT + HOUR, *, returns_at: datetime | None = None
    ) -> None:
        """A report that its author owes, given by e-mail."""
        reason = {"rule": "patient_returns" if returns_at else "policy", "at": due_at.isoformat(), "because": "because"}
        given = {
            "kind": "report",
            "state": "owed",
            "due_at": due_at,
            "alert_after": CALENDAR.shifted(due_at, -1),
            "author": f"Practitioner/{author.partition('@')[0]}",
            "winner": reason["rule"],
            "fired_rung": 0,
        }
        reasons = [reason | ({"returns_at": returns_at.isoformat()} if returns_at else {})]
        with self.db.write() as session:
            session.add(row(Obligation, self.name, id=key, deadline_no=1, **given))
            session.add(row(DeadlineRow, self.name, obligation=key, no=1, due_at=due_at, reasons=reasons))

    def becomes(self, keys: Iterable[str], state: str) -> None:
        """What is owed is done meanwhile, or opened again."""
        with self.db.write() as session:
            session.execute(
                update(Obligation)
                .where(Obligation.practice_id == self.name, Obligation.id.in_(list(keys)))
                .values(state=state)
            )

    def disable(self, email: str) -> None:
        """Somebody leaves."""
        with self.db.write() as session:
            these = User.practice_id == self.name, User.email == email
            session.execute(update(User).where(*these).values(disabled=True))

    def night(self, mailer: Mailer | None, at: datetime = NIGHT) -> NightResult:
        """One night run."""
        return nightly(self.db, fixed(at), self.scope, self.practice, DEFAULT_LADDER, mailer, HEAD)

    def later(self, mailer: Mailer | None, at: datetime) -> int:
        """What is put off and due leaves."""
        return send_waiting(self.db, fixed(at), self.scope, self.practice, DEFAULT_LADDER, mailer, HEAD)

    def messages(self, **wanted: object) -> list[Message]:
        """The messages of the practice, oldest first."""
        with self.db.read() as session:
            asked = select(Message).filter_by(practice_id=self.name, **wanted)
            return list(session.scalars(asked.order_by(Message.planned_at, Message.id)))

    def alerts(self, **wanted: object) -> list[Alert]:
        """The alerts of the practice."""
        with self.db.read() as session:
            return list(session.scalars(select(Alert).filter_by(practice_id=self.name, **wanted).order_by(Alert.id)))
