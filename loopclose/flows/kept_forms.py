"""A form that came after its sender's session had ended: kept for that person, shown once they are back, never sent.

It is kept in the database and not on the sign-in page: whoever sits at that screen next must not read it there. Only
its sender is shown it, for ``KEPT_FOR``, and sending or dropping it forgets it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from loopclose.clock import Clock
from loopclose.store import kept_forms
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.kept_forms import KeptForm

KEPT_FOR = timedelta(hours=1)
MOST = 5
"""Forms of one user: the newest."""


def keep(db: Database, clock: Clock, scope: Scope, user_id: str, path: str, fields: Sequence[tuple[str, str]]) -> None:
    """Keep what was entered, for that user alone."""
    now = clock()
    row = KeptForm(
        practice_id=scope.practice_id,
        key=secrets.token_urlsafe(24),
        user_id=user_id,
        path=path,
        fields=[list(pair) for pair in fields],
        kept_at=now,
    )
    with db.write() as session:
        kept_forms.keep(session, scope, row, now - KEPT_FOR, MOST)


def kept_for(db: Database, clock: Clock, scope: Scope, user_id: str) -> Sequence[KeptForm]:
    """What is still kept for that user, the newest first."""
    oldest = clock() - KEPT_FOR
    with db.read() as session:
        return [one for one in kept_forms.kept(session, scope, user_id) if one.kept_at >= oldest]


def drop(db: Database, clock: Clock, scope: Scope, user_id: str, key: str) -> None:
    """Forget one of that user's forms, as it was sent or is not wanted; and whatever is too old, of anybody."""
    with db.write() as session:
        kept_forms.drop(session, scope, user_id, key)
        kept_forms.forget(session, scope, clock() - KEPT_FOR)
