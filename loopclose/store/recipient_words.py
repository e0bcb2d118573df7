"""What those who got a letter said or want, and somebody of ours answers: rows out of which judging makes duties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, and_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.recipient_answers import ANSWERS
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, table_of
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.upsert import upsert


class RecipientWordRow(PracticeOwned, Base):
    """One thing that was said of a letter and that we answer."""

    __tablename__ = "recipient_word"
    letter: Mapped[str] = mapped_column(String(36), primary_key=True)
    """The report."""
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    obligation: Mapped[str] = mapped_column(String(36))
    """The answer that is owed to it."""
    delivery: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    """A code of ``domain.recipient_answers``."""
    about: Mapped[str] = mapped_column(String(16))
    """The key of the letter's request that it is about; empty where it is about the letter."""
    words: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    """When they said otherwise: nothing is owed to it any more."""
    __table_args__ = (Index("ix_recipient_word_obligation", "practice_id", "obligation"),)


def add_word(session: Session, scope: Scope, given: dict[str, Any]) -> None:
    """Keep one; the same one again changes nothing."""
    row = {"practice_id": scope.practice_id, "withdrawn_at": None, **given}
    upsert(session, table_of(RecipientWordRow), [row], update=())


def withdraw(session: Session, scope: Scope, letter: str, about: str, at: datetime) -> None:
    """They said otherwise of that request."""
    row = RecipientWordRow
    these = (mine(row, scope), row.letter == letter, row.about == about, row.withdrawn_at.is_(None))
    session.execute(update(row).where(*these).values(withdrawn_at=at))


def words_to(session: Session, scope: Scope, letters: Iterable[str]) -> dict[str, list[tuple[str, datetime]]]:
    """By report: key and time of everything that is to be answered."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    row = RecipientWordRow
    for batch in chunks(letters):
        asked = select(row.letter, row.key, row.at).where(mine(row, scope), row.letter.in_(batch))
        for letter, key, at in session.execute(asked.where(row.withdrawn_at.is_(None)).order_by(row.at, row.key)):
            found.setdefault(letter, []).append((key, at))
    return found


def of_letter(session: Session, scope: Scope, letter: str) -> Sequence[RecipientWordRow]:
    """Everything that was said of a letter of a report, in order."""
    row = RecipientWordRow
    asked = select(row).where(mine(row, scope), row.letter == letter)
    return session.scalars(asked.order_by(row.at, row.key)).all()


def word_of(session: Session, scope: Scope, obligation: str) -> RecipientWordRow | None:
    """What an answer is owed to."""
    row = RecipientWordRow
    return session.scalars(select(row).where(mine(row, scope), row.obligation == obligation)).first()


def asked_at(session: Session, scope: Scope, obligations: Iterable[str]) -> dict[str, datetime]:
    """By obligation: when what is to be answered was said."""
    found: dict[str, datetime] = {}
    row = RecipientWordRow
    for batch in chunks(sorted(obligations)):
        asked = select(row.obligation, row.at).where(mine(row, scope), row.obligation.in_(batch))
        found.update((key, at) for key, at in session.execute(asked))
    return found


def said_of(session: Session, scope: Scope, obligations: Iterable[str]) -> dict[str, str]:
    """By obligation: what is to be answered, in its words; or how the request of a letter was answered."""
    found: dict[str, str] = {}
    row, step = RecipientWordRow, TransitionRow
    of_it = and_(Obligation.practice_id == step.practice_id, Obligation.id == step.obligation)
    for batch in chunks(sorted(obligations)):
        asked = select(row.obligation, row.words).where(mine(row, scope), row.obligation.in_(batch))
        found.update((key, words) for key, words in session.execute(asked))
        steps = select(step.obligation, step.code).join(Obligation, of_it).where(Obligation.state == "confirmed")
        steps = steps.where(mine(step, scope), step.obligation.in_(batch), step.code.in_(sorted(ANSWERS)))
        rows = session.execute(steps.order_by(step.no))
        found.update((key, ANSWERS[code].words) for key, code in rows if code is not None)
    return found
