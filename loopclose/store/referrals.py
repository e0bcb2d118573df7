"""Queries of the referrals to us."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.loop import ReferralRow


def referral(session: Session, scope: Scope, ehr: str, key: str) -> ReferralRow | None:
    """The referral with that ``ServiceRequest/id``."""
    return session.get(ReferralRow, (scope.practice_id, ehr, key))


def referrals_of(session: Session, scope: Scope, ehr: str, person: str) -> Sequence[ReferralRow]:
    """Every referral of a person, by id."""
    these = (mine(ReferralRow, scope), ReferralRow.ehr == ehr, ReferralRow.person == person)
    # put in order here: asked for it, SQLite would go through the referrals of everybody by their ids
    return sorted(session.scalars(select(ReferralRow).where(*these)), key=lambda row: row.id)
