"""Signatures on letters, the answers that stand beside them, and who opened which draft when. Rows only ever come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.delivering import BEFORE_IT_IS_SIGNED
from loopclose.store.base import Base, PracticeOwned, Scope, mine, partial_index
from loopclose.store.conditions import just, one_of
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow

MOST_CHECKED = 1000


class SignatureRow(PracticeOwned, Base):
    """One signature on the papers of a report, numbered from 1."""

    __tablename__ = "signature"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    by: Mapped[str] = mapped_column(String(254))
    """E-mail of the user who signed, as themself."""
    name: Mapped[str]
    reference: Mapped[str] = mapped_column(String(140))
    """``Practitioner/id`` or NPI, as their account had it."""
    on_behalf: Mapped[str | None]
    """The author's name, where a covering colleague signed."""
    at: Mapped[datetime]
    proved_by: Mapped[str] = mapped_column(String(12))
    """How they showed who they are: a key of ``flows.proving.WAYS``."""
    proved_at: Mapped[datetime]
    letter: Mapped[str] = mapped_column(String(64))
    """The SHA-256 of the papers together."""
    statement: Mapped[bytes] = mapped_column(LargeBinary)
    """What was signed, as JSON (docs/signing.md): the papers by digest, and every answer."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of ``statement``."""
    cosigns: Mapped[int | None]
    """The number of the resident's signature that this one co-signs."""
    counts: Mapped[bool]
    """Whether it makes the report a signed one: a resident's alone does not."""
    waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A resident's, that nobody has co-signed and no other signature replaced."""
    interim: Mapped[bool] = mapped_column(default=False, server_default=false())
    """On an interim report: the papers stay as they are, and the report is owed still."""
    owes_at: Mapped[datetime | None]
    """When what the letter asks and promises was taken from it, after it was sent."""
    __table_args__ = (
        partial_index("ix_signature_waits", "practice_id", "obligation", where="waits"),
        Index("ix_signature_at", "practice_id", "at"),
    )


class LetterAnswerRow(PracticeOwned, Base):
    """What a clinician said of the question, or of something in the chart that disagrees: the newest answer."""

    __tablename__ = "letter_answer"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    """``question``, or the key of a conflict."""
    code: Mapped[str] = mapped_column(String(12))
    words: Mapped[str]
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


class OpeningRow(PracticeOwned, Base):
    """When somebody first opened a letter as it then was."""

    __tablename__ = "opening"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    letter: Mapped[str] = mapped_column(String(64), primary_key=True)
    by: Mapped[str] = mapped_column(String(254), primary_key=True)
    at: Mapped[datetime]


def signatures_of(session: Session, scope: Scope, obligation: str) -> Sequence[SignatureRow]:
    """Every signature on a report, oldest first."""
    asked = select(SignatureRow).where(mine(SignatureRow, scope), SignatureRow.obligation == obligation)
    return session.scalars(asked.order_by(SignatureRow.no)).all()


def add_signature(session: Session, scope: Scope, obligation: str, given: dict[str, Any]) -> None:
    """One more, under the next number; a resident's that waited, waits no more. Its caller holds the report."""
    nothing_waits(session, scope, obligation)
    these = (mine(SignatureRow, scope), SignatureRow.obligation == obligation)
    last = session.scalar(select(func.max(SignatureRow.no)).where(*these)) or 0
    session.add(SignatureRow(practice_id=scope.practice_id, obligation=obligation, no=last + 1, **given))


def nothing_waits(session: Session, scope: Scope, obligation: str) -> None:
    """No resident's signature on it waits any more: another one stands there, or the draft was written anew."""
    these = (mine(SignatureRow, scope), SignatureRow.obligation == obligation, SignatureRow.waits)
    session.execute(update(SignatureRow).where(*these).values(waits=False))


def waiting(session: Session, scope: Scope) -> dict[str, str]:
    """By obligation: the e-mail of the resident whose signature waits to be co-signed."""
    asked = select(SignatureRow.obligation, SignatureRow.by).where(mine(SignatureRow, scope), SignatureRow.waits)
    return {row.obligation: row.by for row in session.execute(asked)}


def is_signed_here(session: Session, scope: Scope, obligation: str) -> bool:
    """Whether a signature that counts stands on a report."""
    this = (mine(SignatureRow, scope), SignatureRow.obligation == obligation, SignatureRow.counts)
    return session.scalar(select(SignatureRow.no).where(*this).limit(1)) is not None


def signed_since(
    session: Session, scope: Scope, ehr: str, since: datetime, states: Iterable[str]
) -> list[tuple[Obligation, datetime]]:
    """Reports of an EHR that were signed here after a moment and are in one of those states, with when last."""
    last = (
        select(SignatureRow.obligation, func.max(SignatureRow.at).label("at"))
        .where(mine(SignatureRow, scope), SignatureRow.at >= since, SignatureRow.counts)
        .group_by(SignatureRow.obligation)
        .subquery("last")
    )
    asked = select(Obligation, last.c.at).join(last, last.c.obligation == Obligation.id)
    asked = asked.where(mine(Obligation, scope), Obligation.ehr == ehr, Obligation.state.in_(sorted(states)))
    return [(owed, at) for owed, at in session.execute(asked.order_by(Obligation.id))]


def answers_of(session: Session, scope: Scope, obligation: str) -> dict[str, LetterAnswerRow]:
    """What was answered about a letter, by key."""
    asked = select(LetterAnswerRow).where(mine(LetterAnswerRow, scope), LetterAnswerRow.obligation == obligation)
    return {row.key: row for row in session.scalars(asked)}


def keep_answer(
    session: Session, scope: Scope, obligation: str, key: str, code: str, words: str, by: str, at: datetime
) -> None:
    """The newest answer; the one before it stands in the statement of whatever was signed with it."""
    session.merge(
        LetterAnswerRow(
            practice_id=scope.practice_id, obligation=obligation, key=key, code=code, words=words, by=by, at=at
        )
    )


def note_opening(session: Session, scope: Scope, obligation: str, letter: str, by: str, at: datetime) -> None:
    """Somebody opened a letter; only the first time counts."""
    insert = (postgresql if session.connection().dialect.name == "postgresql" else sqlite).insert(OpeningRow)
    given = {"practice_id": scope.practice_id, "obligation": obligation, "letter": letter, "by": by, "at": at}
    session.execute(insert.values(**given).on_conflict_do_nothing())


def opened_at(session: Session, scope: Scope, obligation: str, letter: str, by: str) -> datetime | None:
    """When somebody first opened exactly that letter."""
    found = session.get(OpeningRow, (scope.practice_id, obligation, letter, by))
    return found.at if found else None


def to_check(session: Session, scope: Scope) -> Sequence[str]:
    """Reports that were signed here and did not leave yet: those whose papers are verified again and again."""
    of_it = (Obligation.practice_id == SignatureRow.practice_id) & (Obligation.id == SignatureRow.obligation)
    asked = select(SignatureRow.obligation).distinct().join(Obligation, of_it)
    return session.scalars(
        asked.where(mine(Obligation, scope), Obligation.kind == "report", just(Obligation.state, "signed"))
        .order_by(SignatureRow.obligation)
        .limit(MOST_CHECKED)
    ).all()


def interim(session: Session, scope: Scope) -> Sequence[str]:
    """Reports that are not signed yet, of which an interim report was."""
    of_it = (Obligation.practice_id == SignatureRow.practice_id) & (Obligation.id == SignatureRow.obligation)
    asked = select(SignatureRow.obligation).distinct().join(Obligation, of_it)
    these = (
        mine(Obligation, scope),
        Obligation.kind == "report",
        one_of(Obligation.state, sorted(BEFORE_IT_IS_SIGNED)),
    )
    return session.scalars(asked.where(*these, SignatureRow.interim).order_by(SignatureRow.obligation)).all()


def known_as(session: Session, scope: Scope, reference: str) -> frozenset[str]:
    """Every reference and NPI of the clinician with that one."""
    this = or_(ClinicianRow.key == reference, ClinicianRow.npi == reference)
    npis = session.scalars(select(ClinicianRow.npi).where(mine(ClinicianRow, scope), this)).all()
    same = [npi for npi in npis if npi]
    keys = session.scalars(select(ClinicianRow.key).where(mine(ClinicianRow, scope), ClinicianRow.npi.in_(same))).all()
    return frozenset({reference, *same, *keys})
