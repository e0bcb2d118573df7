"""Who looked at, or changed, what (by id, never by name), and the seals by which a later change of it shows."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, chunks, mine
from loopclose.store.people import Audit, AuditSegment


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
            segment=None,
        )
    )


def seal(session: Session, scope: Scope, now: datetime) -> int:
    """Seal every row that no segment holds yet into the next one; gives back how many. None: no segment.

    One process at a time may do this for a practice: its caller holds the lease.
    """
    rows = _rows(session, scope, None)
    if not rows:
        return 0
    segments = select(AuditSegment).where(mine(AuditSegment, scope))
    last = session.scalars(segments.order_by(AuditSegment.no.desc()).limit(1)).first()
    no, before = (last.no + 1, last.sha256) if last else (1, "")
    for batch in chunks(row.id for row in rows):
        these = (mine(Audit, scope), Audit.id.in_(batch))
        session.execute(update(Audit).where(*these).values(segment=no))
    session.add(
        AuditSegment(
            practice_id=scope.practice_id, no=no, sealed_at=now, rows=len(rows), sha256=_digest(no, before, rows)
        )
    )
    return len(rows)


@dataclass(frozen=True)
class Verdict:
    """What the seals of one practice say."""

    segments: int
    sealed: int
    unsealed: int
    newest: str | None
    """The newest seal: kept elsewhere, it shows even that the whole chain was made anew."""
    broken: tuple[str, ...]


def verify(session: Session, scope: Scope) -> Verdict:
    """Work out every seal again from its rows and the seal before it."""
    segments = _segments(session, scope)
    broken, before, sealed = [], "", 0
    for expected, segment in enumerate(segments, start=1):
        rows = _rows(session, scope, segment.no)
        sealed += len(rows)
        if segment.no != expected:
            broken.append(f"segment {expected} is missing")
            break
        if len(rows) != segment.rows:
            broken.append(f"segment {segment.no} sealed {segment.rows} rows and holds {len(rows)}")
        elif _digest(segment.no, before, rows) != segment.sha256:
            broken.append(f"segment {segment.no} was changed after it was sealed")
        before = segment.sha256
    known = {segment.no for segment in segments}
    for no in session.scalars(select(Audit.segment).distinct().where(mine(Audit, scope))):
        if no is not None and no not in known:
            broken.append(f"rows name segment {no}, which is missing")
    unsealed = session.scalar(select(func.count()).where(mine(Audit, scope), Audit.segment.is_(None)))
    return Verdict(len(segments), sealed, unsealed or 0, before or None, tuple(broken))


def _segments(session: Session, scope: Scope) -> list[AuditSegment]:
    these = select(AuditSegment).where(mine(AuditSegment, scope))
    return list(session.scalars(these.order_by(AuditSegment.no)))


def _rows(session: Session, scope: Scope, segment: int | None) -> list[Audit]:
    these = select(Audit).where(mine(Audit, scope), Audit.segment == segment)
    return list(session.scalars(these.order_by(Audit.at, Audit.id)))


def _digest(no: int, before: str, rows: Iterable[Audit]) -> str:
    found = hashlib.sha256(f"{no} {before}\n".encode())
    for row in rows:
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        fields = [row.id, at, row.actor, row.action, row.subject, row.detail]
        found.update(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return found.hexdigest()
