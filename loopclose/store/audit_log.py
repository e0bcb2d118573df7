"""Who looked at, or changed, what. A subject is an id, never a name."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from loopclose.store.base import Scope
from loopclose.store.people import Audit


def record(
    session: Session,
    scope: Scope,
    at: datetime,
    actor: str,
    action: str,
    subject: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one row: ``actor`` (an e-mail) did ``action`` to ``subject`` at ``at``."""
    session.add(
        Audit(
            practice_id=scope.practice_id,
            id=str(uuid.uuid4()),
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
