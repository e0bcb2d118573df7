"""What taking in some resources came to, handed from whoever read them to whoever counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Taken:
    """What one share of the reading came to."""

    counts: dict[tuple[str, str, str | None], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Ids by (type, disposition, reason); an id may come twice."""
    followed: set[str] = field(default_factory=set)
    """Patients whom a referral or visit names, or whose record is tied to one that was read."""
    newest: datetime | None = None
    """The server's own time up to which a search of the worklist was read."""
