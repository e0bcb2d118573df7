"""What letters that were sent ask and promise: a row each, taken once from what was signed, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Index, String, and_, exists, false, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.delivering import INTERIM, WENT_OUT
from loopclose.domain.duties import Duty, went_out
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, table_of
from loopclose.store.conditions import one_of
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.lateness import is_closed, is_open
from loopclose.store.letter_changes import LetterChangeRow
from loopclose.store.obligations import Document, Obligation, TransitionRow
from loopclose.store.signatures import SignatureRow, signatures_of
from loopclose.store.upsert import upsert

SENT = frozenset({"sent", "confirmed"})
"""States of a report whose letter went out."""


class LetterDutyRow(PracticeOwned, Base):
    """One thing that a letter asks or promises."""

    __tablename__ = "letter_duty"
    letter: Mapped[str] = mapped_column(String(36), primary_key=True)
    """The report."""
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    signature: Mapped[int]
    """The number of the signature on the letter that first had it."""
    obligation: Mapped[str] = mapped_column(String(36))
    """What is owed by it."""
    kind: Mapped[str] = mapped_column(String(16))
    words: Mapped[str]
    by: Mapped[date | None]
    resource: Mapped[str] = mapped_column(String(140))
    supply: Mapped[str]
    sent_at: Mapped[datetime]
    """When the letter that first had it was sent."""
    __table_args__ = (Index("ix_letter_duty_obligation", "practice_id", "obligation"),)

    @property
    def duty(self) -> Duty:
        """As the rules know it."""
        return Duty(self.kind, self.words, self.by, self.resource, self.supply)


def letters_sent(
    session: Session, scope: Scope, ehr: str, persons: Sequence[str]
) -> list[tuple[str, Obligation, SignatureRow]]:
    """Signed letters of those persons that went out, and from which nothing was taken yet: person, report, signature,
    the oldest first.
    """
    sign = SignatureRow
    asked = (
        select(Obligation)
        .join(sign, and_(sign.practice_id == Obligation.practice_id, sign.obligation == Obligation.id))
        .where(mine(Obligation, scope), Obligation.ehr == ehr, Obligation.person.in_(persons))
        .where(Obligation.kind == "report", Obligation.state.in_(SENT), sign.counts, sign.owes_at.is_(None))
        .order_by(Obligation.id)
        .execution_options(populate_existing=True)  # judging wrote it past the session
    )
    found = []
    for report in session.scalars(asked).unique():
        counting = {one.no: one for one in signatures_of(session, scope, report.id) if one.counts}
        signed = [(no, one.at) for no, one in counting.items()]
        for no in went_out(signed, report.sent_at, _corrected(session, scope, report.id)):
            if counting[no].owes_at is None:
                found.append((report.person, report, counting[no]))
    return [*_interim_sent(session, scope, ehr, persons), *found]


def _interim_sent(
    session: Session, scope: Scope, ehr: str, persons: Sequence[str]
) -> list[tuple[str, Obligation, SignatureRow]]:
    """The same of interim reports: one went out where a delivery of it did."""
    sign, gone = SignatureRow, DeliveryRow
    same = and_(sign.practice_id == Obligation.practice_id, sign.obligation == Obligation.id)
    out = and_(gone.practice_id == sign.practice_id, gone.obligation == sign.obligation, gone.letter == sign.letter)
    asked = (
        select(Obligation, sign)
        .join(sign, same)
        .where(mine(Obligation, scope), Obligation.ehr == ehr, Obligation.person.in_(persons))
        .where(sign.interim, sign.owes_at.is_(None))
        .where(exists().where(out, gone.purpose == INTERIM, one_of(gone.state, sorted(WENT_OUT))))
        .order_by(Obligation.id, sign.no)
    )
    return [(report.person, report, signature) for report, signature in session.execute(asked)]


def _corrected(session: Session, scope: Scope, report: str) -> set[int]:
    """Numbers of the signatures on letters of which somebody said that the corrected one was sent."""
    change = LetterChangeRow
    fixed = and_(Obligation.practice_id == change.practice_id, Obligation.id == change.correction)
    asked = select(change.signature).join(Obligation, fixed).where(mine(change, scope), change.obligation == report)
    return set(session.scalars(asked.where(Obligation.state == "confirmed").distinct()))


def papers_under(
    session: Session, scope: Scope, letter: str, versions: Iterable[tuple[str, int]], media_type: str
) -> Mapping[str, Document]:
    """By kind: the documents of a report of those (kind, version) that are of a media type."""
    row = Document
    these = or_(false(), *(and_(row.kind == kind, row.version == version) for kind, version in versions))
    asked = select(row).where(mine(row, scope), row.obligation == letter, row.media_type == media_type, these)
    return {one.kind: one for one in session.scalars(asked)}


def add_duties(
    session: Session,
    scope: Scope,
    letter: tuple[str, int],
    duties: Iterable[tuple[str, Duty]],
    sent_at: datetime,
    now: datetime,
) -> None:
    """Keep what a letter (report, number of its signature) asks and promises, each with the id of what is owed by it;
    what an earlier letter of the report had, word by word, stays as it is.
    """
    rows = [
        {
            "practice_id": scope.practice_id,
            "letter": letter[0],
            "key": one.key,
            "signature": letter[1],
            "obligation": obligation,
            "kind": one.kind,
            "words": one.words,
            "by": one.by,
            "resource": one.resource,
            "supply": one.supply,
            "sent_at": sent_at,
        }
        for obligation, one in duties
    ]
    upsert(session, table_of(LetterDutyRow), rows, update=())
    row = SignatureRow
    these = (mine(row, scope), row.obligation == letter[0], row.no == letter[1])
    session.execute(update(row).where(*these).values(owes_at=now))


def duties_of(session: Session, scope: Scope, letters: Iterable[str]) -> dict[str, list[LetterDutyRow]]:
    """By report: what its letters ask and promise."""
    found: dict[str, list[LetterDutyRow]] = {}
    for batch in chunks(letters):
        asked = select(LetterDutyRow).where(mine(LetterDutyRow, scope), LetterDutyRow.letter.in_(batch))
        for row in session.scalars(asked.order_by(LetterDutyRow.kind, LetterDutyRow.words, LetterDutyRow.key)):
            found.setdefault(row.letter, []).append(row)
    return found


def duty_of(session: Session, scope: Scope, obligation: str) -> LetterDutyRow | None:
    """What something owed is about, where a letter asks or promises it."""
    asked = select(LetterDutyRow).where(mine(LetterDutyRow, scope), LetterDutyRow.obligation == obligation)
    return session.scalars(asked).first()


def with_state(session: Session, scope: Scope, letter: str) -> list[tuple[LetterDutyRow, Obligation]]:
    """What the letters of a report ask and promise, each with what is owed by it; the first due first."""
    these = and_(Obligation.practice_id == LetterDutyRow.practice_id, Obligation.id == LetterDutyRow.obligation)
    asked = select(LetterDutyRow, Obligation).join(Obligation, these)
    asked = asked.where(mine(LetterDutyRow, scope), LetterDutyRow.letter == letter)
    return [(row[0], row[1]) for row in session.execute(asked.order_by(Obligation.due_at, Obligation.id))]


@dataclass(frozen=True)
class Asked:
    """One thing that a letter asks or promises, and what became of it."""

    row: LetterDutyRow
    owed: Obligation
    closed: TransitionRow | None
    """The step that closed it: its code is the answer, its actor who gave it; None while it is open."""


def asked(session: Session, scope: Scope, *, open_only: bool, most: int | None = None) -> list[Asked]:
    """What letters asked of referrers and promised them, with what became of it, in one statement; the first due first.
    ``most``: so many at most, and then of all of them the latest due first.
    """
    row, step, same = LetterDutyRow, TransitionRow, Obligation.practice_id
    number = select(func.max(step.no)).where(step.practice_id == same, step.obligation == Obligation.id)
    last = number.correlate(Obligation).scalar_subquery()
    found = (
        select(row, Obligation, step)
        .join(Obligation, and_(same == row.practice_id, Obligation.id == row.obligation))
        .outerjoin(step, and_(step.practice_id == same, step.obligation == Obligation.id, step.no == last, is_closed()))
        .where(mine(row, scope))
    )
    if open_only:
        found = found.where(is_open())
    due = Obligation.due_at.desc() if most is not None and not open_only else Obligation.due_at
    rows = session.execute(found.order_by(due, Obligation.id).limit(most))
    return [Asked(one[0], one[1], one[2]) for one in rows]


def words_of(session: Session, scope: Scope, obligations: Iterable[str]) -> dict[str, str]:
    """By obligation: what a letter asks or promises, in its words."""
    found: dict[str, str] = {}
    row = LetterDutyRow
    for batch in chunks(obligations):
        asked = select(row.obligation, row.words).where(mine(row, scope), row.obligation.in_(batch))
        found.update((key, words) for key, words in session.execute(asked))
    return found
