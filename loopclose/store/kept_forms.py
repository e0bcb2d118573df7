"""Forms that were sent after a session had ended: kept for their sender for a while, and for nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine


class KeptForm(PracticeOwned, Base):
    """One form: where it was sent to, and what was entered."""

    __tablename__ = "kept_form"
    key: Mapped[str] = mapped_column(String(43), primary_key=True)
    """Opaque: nothing of a patient stands in it."""
    user_id: Mapped[str] = mapped_column(String(36))
    path: Mapped[str]
    fields: Mapped[list[Any]]
    """``[name, value]`` each, in the order of the form."""
    kept_at: Mapped[datetime]


def keep(session: Session, scope: Scope, form: KeptForm, forget_before: datetime, most: int) -> None:
    """Keep a form; older ones than ``forget_before``, and all but that user's newest ``most``, are forgotten."""
    forget(session, scope, forget_before)
    session.add(form)
    session.flush()
    for old in kept(session, scope, form.user_id)[most:]:
        session.delete(old)


def kept(session: Session, scope: Scope, user_id: str) -> Sequence[KeptForm]:
    """What is kept for a user, the newest first."""
    return session.scalars(
        select(KeptForm)
        .where(mine(KeptForm, scope), KeptForm.user_id == user_id)
        .order_by(KeptForm.kept_at.desc(), KeptForm.key)
    ).all()


def drop(session: Session, scope: Scope, user_id: str, key: str) -> None:
    """Forget one form of that user."""
    session.execute(delete(KeptForm).where(mine(KeptForm, scope), KeptForm.user_id == user_id, KeptForm.key == key))


def forget(session: Session, scope: Scope, before: datetime) -> None:
    """Forget what was kept before then, of anybody."""
    session.execute(delete(KeptForm).where(mine(KeptForm, scope), KeptForm.kept_at < before))
