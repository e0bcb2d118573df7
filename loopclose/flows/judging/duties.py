"""Taking from a letter that was sent what it asks and promises, once, in the transaction that judges its patient."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.drafting.duties import duties_of
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, unpack
from loopclose.drafting.paper import Paper
from loopclose.flows.judging.rows import of_letter_id
from loopclose.flows.site import Site
from loopclose.store import letter_duties
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.signatures import SignatureRow


def take_duties(session: Session, site: Site, persons: Sequence[str], now: datetime) -> list[str]:
    """Keep what newly sent letters of those persons owe; gives the persons of whom there are such letters."""
    touched: dict[str, None] = {}
    for person, owed, signature in letter_duties.letters_sent(session, site.scope, site.ehr, persons):
        papers = signed_papers(session, site.scope, signature)
        if papers is None:
            continue
        about = (owed.visit or owed.appointment, owed.referral)
        duties = [(of_letter_id(site, one.kind, *about, one.key), one) for one in duties_of(papers)]
        since = _sent_at(owed, signature, now)
        letter_duties.add_duties(session, site.scope, (owed.id, signature.no), duties, since, now)
        touched[person] = None
    return list(touched)


def _sent_at(report: Obligation, signature: SignatureRow, now: datetime) -> datetime:
    """When that letter went out: with the report, or, where it was signed after that as a corrected one, just now."""
    return report.sent_at if report.sent_at is not None and report.sent_at >= signature.at else now


def signed_papers(session: Session, scope: Scope, signature: SignatureRow) -> list[Paper] | None:
    """The papers under a signature; None where they are not what was signed: nothing is made of those, and the page
    *Health* says so.
    """
    said = json.loads(signature.statement)["papers"]
    versions = [(kind, one["version"]) for kind, one in said.items()]
    found = letter_duties.papers_under(session, scope, signature.obligation, versions, MEDIA_TYPE)
    try:
        return [unpack(found[kind].body, one["sha256"]) for kind, one in said.items() if kind in found]
    except UnreadablePaper:
        return None
