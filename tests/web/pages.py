"""Every page of a practice, as a signed-in browser opens it; and what stands on one for a reader."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import select

from loopclose.flows.work import Work
from loopclose.store.obligations import Obligation

FIXED = (
    *("/", "/?tab=late", "/?tab=sent", "/?tab=closed", "/unmatched", "/answers", "/mails", "/sent", "/addresses"),
    *("/asks", "/codes", "/health"),
)


def owed(work: Work) -> list[Obligation]:
    """Everything owed, in one order."""
    with work.db.read() as session:
        return list(session.scalars(select(Obligation).order_by(Obligation.kind, Obligation.state, Obligation.id)))


def paths(work: Work, most: int = 6) -> list[str]:
    """Every page: of what is owed the first ``most`` of each kind and state."""
    found, met = list(FIXED), dict[tuple[str, str], int]()
    for one in owed(work):
        met[one.kind, one.state] = met.get((one.kind, one.state), 0) + 1
        if met[one.kind, one.state] > most and one.kind != "resolve":
            continue
        found.append(f"/obligation/{one.id}")
        if one.kind in ("resolve", "report"):
            found += [f"/unmatched/{one.id}", f"/unmatched/{one.id}/everybody"]
    return found


def visible(page: str) -> str:
    """What a reader sees or hears of a page: no tags, no values of hidden fields and inputs."""
    without = re.sub(r"(?s)<(style|script|head|code|textarea|option)\b.*?</\1>", " ", page)
    return " ".join(unescape(re.sub(r"(?s)<[^>]*>", " ", without)).split())
