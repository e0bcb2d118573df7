"""What changed in the chart since a letter was signed: rows only ever come, a change of one signed letter once.

Each belongs to a correction, which is an obligation of its own; of one report one is open at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Index, String, and_, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.correcting import Change
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine
from loopclose.store.lateness import is_open
from loopclose.store.obligations import Document, Obligation
from loopclose.store.signatures import SignatureRow


class LetterChangeRow(PracticeOwned, Base):
    """One change of one signed letter."""

    __tablename__ = "letter_change"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    """The report."""
    signature: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The number of the signature on the letter that it corrects."""
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    correction: Mapped[str] = mapped_column(String(36))
    """The obligation that it belongs to."""
    no: Mapped[int]
    """Of that correction, from 1 for each report."""
    section: Mapped[str]
    how: Mapped[str] = mapped_column(String(8))
    before: Mapped[str | None]
    after: Mapped[str | None]
    resource: Mapped[str] = mapped_column(String(140))
    seen_at: Mapped[datetime]
    __table_args__ = (Index("ix_letter_change_correction", "practice_id", "correction"),)

    @property
    def change(self) -> Change:
        """As the rules know it."""
        return Change(self.section, self.how, self.before, self.after, self.resource)


def changes_of(session: Session, scope: Scope, obligation: str) -> Sequence[LetterChangeRow]:
    """Every change of a report's letters, in the order in which they were met."""
    asked = select(LetterChangeRow).where(mine(LetterChangeRow, scope), LetterChangeRow.obligation == obligation)
    return session.scalars(asked.order_by(LetterChangeRow.no, LetterChangeRow.seen_at, LetterChangeRow.key)).all()


def of_correction(session: Session, scope: Scope, correction: str) -> Sequence[LetterChangeRow]:
    """The changes of one correction."""
    asked = select(LetterChangeRow).where(mine(LetterChangeRow, scope), LetterChangeRow.correction == correction)
    return session.scalars(asked.order_by(LetterChangeRow.seen_at, LetterChangeRow.key)).all()


def add_changes(
    session: Session,
    scope: Scope,
    obligation: str,
    signature: int,
    correction: tuple[str, int],
    changes: Iterable[Change],
    now: datetime,
) -> None:
    """Keep changes that were not met before, with the correction (its id and number) that they belong to."""
    for one in changes:
        session.add(
            LetterChangeRow(
                practice_id=scope.practice_id,
                obligation=obligation,
                signature=signature,
                key=one.key,
                correction=correction[0],
                no=correction[1],
                section=one.section,
                how=one.how,
                before=one.before,
                after=one.after,
                resource=one.resource,
                seen_at=now,
            )
        )


def corrections_of(session: Session, scope: Scope, obligations: Iterable[str]) -> dict[str, list[tuple[int, datetime]]]:
    """By report: the number of each of its corrections, and when its first change was seen."""
    found: dict[str, list[tuple[int, datetime]]] = {}
    row = LetterChangeRow
    for batch in chunks(obligations):
        rows = session.execute(
            select(row.obligation, row.no, func.min(row.seen_at))
            .where(mine(row, scope), row.obligation.in_(batch))
            .group_by(row.obligation, row.no)
            .order_by(row.obligation, row.no)
        )
        for obligation, no, seen_at in rows:
            found.setdefault(obligation, []).append((no, seen_at))
    return found


def open_corrections(session: Session, scope: Scope, obligation: str) -> Sequence[Obligation]:
    """What is open of a report's corrections."""
    these = select(LetterChangeRow.correction).where(
        mine(LetterChangeRow, scope), LetterChangeRow.obligation == obligation
    )
    asked = select(Obligation).where(mine(Obligation, scope), is_open(), Obligation.id.in_(these))
    return session.scalars(asked.order_by(Obligation.id)).all()


def reports_to_correct(session: Session, scope: Scope) -> Sequence[str]:
    """Reports with an open correction whose corrected letter was signed."""
    row = LetterChangeRow
    of_it = and_(Obligation.practice_id == row.practice_id, Obligation.id == row.correction)
    later = and_(
        SignatureRow.practice_id == row.practice_id,
        SignatureRow.obligation == row.obligation,
        SignatureRow.counts,
        SignatureRow.no > row.signature,
    )
    asked = select(row.obligation).distinct().join(Obligation, of_it).join(SignatureRow, later)
    return session.scalars(asked.where(mine(row, scope), is_open()).order_by(row.obligation)).all()


def corrections(session: Session, scope: Scope, obligation: str) -> Sequence[Obligation]:
    """A report's corrections, open or closed, the newest due first."""
    these = select(LetterChangeRow.correction).where(
        mine(LetterChangeRow, scope), LetterChangeRow.obligation == obligation
    )
    asked = select(Obligation).where(mine(Obligation, scope), Obligation.id.in_(these))
    return session.scalars(asked.order_by(Obligation.due_at.desc(), Obligation.id)).all()


def is_signed_anew(session: Session, scope: Scope, correction: str) -> bool:
    """Whether a letter was signed after the one that this correction is about."""
    row = LetterChangeRow
    later = and_(
        SignatureRow.practice_id == row.practice_id,
        SignatureRow.obligation == row.obligation,
        SignatureRow.counts,
        SignatureRow.no > row.signature,
    )
    asked = select(SignatureRow.no).join(row, later).where(mine(row, scope), row.correction == correction)
    return session.scalar(asked.limit(1)) is not None


def waits_to_be_signed() -> ColumnElement[bool]:
    """Whether an obligation is a correction whose letter is drafted and not signed."""
    row = LetterChangeRow
    drafted = and_(
        Document.practice_id == row.practice_id, Document.obligation == row.obligation, Document.signed_by.is_(None)
    )
    found = select(row.key).join(Document, drafted)
    return found.where(row.practice_id == Obligation.practice_id, row.correction == Obligation.id).exists()


def is_correction_of(reports: Sequence[str]) -> ColumnElement[bool]:
    """Whether an obligation is a correction of one of those reports."""
    row = LetterChangeRow
    these = (row.practice_id == Obligation.practice_id, row.correction == Obligation.id, row.obligation.in_(reports))
    return select(row.key).where(*these).exists()


def letters_of(session: Session, scope: Scope, corrections: Iterable[str]) -> dict[str, str]:
    """By correction: the report whose letter it corrects."""
    found: dict[str, str] = {}
    row = LetterChangeRow
    for batch in chunks(corrections):
        asked = select(row.correction, row.obligation).where(mine(row, scope), row.correction.in_(batch)).distinct()
        found.update((correction, report) for correction, report in session.execute(asked))
    return found
