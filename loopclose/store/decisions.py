"""What people decided about what is owed, numbered, and the steps that follow: so that a stale page shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, false, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.states import Transition
from loopclose.store.base import Base, PracticeOwned, Scope, mine
from loopclose.store.lateness import not_yet_sent
from loopclose.store.loop import LinkDecisionRow, LinkRow, VisitRow
from loopclose.store.obligations import DeadlineRow, Obligation, TransitionRow


class DecisionRow(PracticeOwned, Base):
    """One move by a person on one thing owed, numbered from 1."""

    __tablename__ = "decision"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    move: Mapped[str] = mapped_column(String(20))
    """A name of the table of moves."""
    by: Mapped[str]
    at: Mapped[datetime]
    given: Mapped[dict[str, Any]]
    """What was entered, by field."""
    waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A back-dated attestation that no second person has stood for, or declined."""


def obligation_held(session: Session, scope: Scope, obligation: str) -> Obligation | None:
    """The thing owed, as it stands now, held until the end of the transaction; None where this practice owes none.

    Who judges holds patient records first and obligations after: whoever calls this holds the person's records.
    """
    return session.scalars(
        select(Obligation)
        .where(mine(Obligation, scope), Obligation.id == obligation)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def decisions_of(session: Session, scope: Scope, obligation: str) -> Sequence[DecisionRow]:
    """What people decided about it, oldest first."""
    return session.scalars(
        select(DecisionRow)
        .where(mine(DecisionRow, scope), DecisionRow.obligation == obligation)
        .order_by(DecisionRow.no)
    ).all()


def history_of(session: Session, scope: Scope, obligation: str) -> Sequence[TransitionRow]:
    """Its changes of state, oldest first."""
    return session.scalars(
        select(TransitionRow)
        .where(mine(TransitionRow, scope), TransitionRow.obligation == obligation)
        .order_by(TransitionRow.no)
    ).all()


def deadlines_of(session: Session, scope: Scope, obligation: str) -> Sequence[DeadlineRow]:
    """Its deadlines, the one that holds first."""
    return session.scalars(
        select(DeadlineRow)
        .where(mine(DeadlineRow, scope), DeadlineRow.obligation == obligation)
        .order_by(DeadlineRow.no.desc())
    ).all()


def note_decision(
    session: Session,
    scope: Scope,
    obligation: str,
    move: str,
    by: str,
    at: datetime,
    given: dict[str, Any],
    *,
    waits: bool = False,
) -> None:
    """Keep a person's move under the next number."""
    these = (mine(DecisionRow, scope), DecisionRow.obligation == obligation)
    last = session.scalar(select(func.max(DecisionRow.no)).where(*these)) or 0
    session.add(
        DecisionRow(
            practice_id=scope.practice_id,
            obligation=obligation,
            no=last + 1,
            move=move,
            by=by,
            at=at,
            given=given,
            waits=waits,
        )
    )


def nothing_waits(session: Session, scope: Scope, obligation: str) -> None:
    """No attestation of it waits for a second person any more."""
    these = (mine(DecisionRow, scope), DecisionRow.obligation == obligation)
    session.execute(update(DecisionRow).where(*these, DecisionRow.waits).values(waits=False))


def add_step(session: Session, scope: Scope, obligation: str, step: Transition, detected_at: datetime) -> None:
    """A change of state under the next number."""
    these = (mine(TransitionRow, scope), TransitionRow.obligation == obligation)
    last = session.scalar(select(func.max(TransitionRow.no)).where(*these)) or 0
    session.add(
        TransitionRow(
            practice_id=scope.practice_id,
            obligation=obligation,
            no=last + 1,
            from_state=step.from_state,
            to_state=step.to_state,
            effective_at=step.effective_at,
            detected_at=detected_at,
            actor=step.actor,
            evidence=step.evidence,
            evidence_sha256=None,
            code=step.code,
            note=step.note,
        )
    )


def visit(session: Session, scope: Scope, ehr: str, key: str) -> VisitRow | None:
    """The visit, as it stands now."""
    return session.scalars(
        select(VisitRow)
        .where(mine(VisitRow, scope), VisitRow.ehr == ehr, VisitRow.id == key)
        .execution_options(populate_existing=True)
    ).first()


def links_of(session: Session, scope: Scope, ehr: str, visit: str) -> Sequence[LinkRow]:
    """Every verdict on a visit, oldest first."""
    return session.scalars(
        select(LinkRow).where(mine(LinkRow, scope), LinkRow.ehr == ehr, LinkRow.visit == visit).order_by(LinkRow.no)
    ).all()


def unsent_reports(session: Session, scope: Scope, ehr: str, visit: str) -> dict[str, datetime]:
    """By referral: when the report that a visit owes for it, and that was not sent yet, is due."""
    rows = session.execute(
        select(Obligation.referral, Obligation.due_at).where(
            mine(Obligation, scope),
            Obligation.ehr == ehr,
            Obligation.visit == visit,
            Obligation.kind == "report",
            not_yet_sent(),
        )
    )
    return {referral: due_at for referral, due_at in rows if referral}


def last_link_decision(session: Session, scope: Scope, ehr: str, visit: str) -> LinkDecisionRow | None:
    """What a person said last about which referrals the visit answers."""
    return session.scalars(
        select(LinkDecisionRow)
        .where(mine(LinkDecisionRow, scope), LinkDecisionRow.ehr == ehr, LinkDecisionRow.visit == visit)
        .order_by(LinkDecisionRow.no.desc())
        .limit(1)
    ).first()


def note_link(
    session: Session,
    scope: Scope,
    ehr: str,
    visit: str,
    referrals: Sequence[str],
    by: str,
    at: datetime,
    unseen: Sequence[str],
) -> None:
    """Keep a person's word on a visit under the next number."""
    last = last_link_decision(session, scope, ehr, visit)
    session.add(
        LinkDecisionRow(
            practice_id=scope.practice_id,
            ehr=ehr,
            visit=visit,
            no=last.no + 1 if last else 1,
            referrals=list(referrals),
            by=by,
            at=at,
            unseen=list(unseen),
        )
    )
