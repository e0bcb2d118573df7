"""Filing a copy of each letter in the practice's own chart, and saying there that a referral is fulfilled.

Filing is no delivery: it changes nothing of what is owed. The Task of a receipt is written only once the receipt is
known (standards of CMS50), as the referrer's measure counts completed ones alone.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from fhir_adapters.writing.fulfilment import fulfil
from loopclose.domain.channels import CHART
from loopclose.domain.cms50 import counted_as
from loopclose.domain.delivering import CANCELLED, FILING
from loopclose.domain.recalling import is_of_its_words
from loopclose.errors import LoopcloseError
from loopclose.flows.asking import asking
from loopclose.flows.delivery.chart import REASON, SiteChart, charts_of
from loopclose.flows.delivery.pack import about_of
from loopclose.flows.delivery.plan import file_copy
from loopclose.flows.papers.letter import letter_of
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Sending
from loopclose.outbound.channels.charts import Charts
from loopclose.store import deliveries, signatures, written
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from loopclose.store.written import FULFILMENT

log = structlog.get_logger()
SINCE = timedelta(days=14)
"""How long after its signature a copy of a letter is still filed."""
STATES = frozenset({"signed", "sent", "confirmed"})


def file_copies(work: Work, scope: Scope) -> int:
    """Plan the copies of letters that were signed and are not filed yet; gives how many."""
    charts = charts_of(work, scope, deliver=False)
    planned = 0
    for ehr in charts:
        with work.db.read() as session:
            signed = signatures.signed_since(session, scope, ehr, work.clock() - SINCE, STATES)
            there = deliveries.deliveries_of(session, scope, [owed.id for owed, _ in signed])
        for owed, at in signed:
            filed = [one for one in there.get(owed.id, ()) if one.purpose == FILING and one.planned_at >= at]
            if any(one.state != CANCELLED or is_of_its_words(one.error or "") for one in filed):
                continue
            try:
                planned += file_copy(work, scope, Charts(charts, CHART), owed) is not None
            except LoopcloseError as problem:
                log.warning("a copy cannot be filed", practice=scope.practice_id, report=owed.id, problem=str(problem))
    return planned


def tell_receipts(work: Work, scope: Scope) -> int:
    """Write the Task of each receipt into the chart of its EHR, once, where it takes one; gives how many."""
    told, charts = 0, charts_of(work, scope, deliver=False)
    for site in sites(work.config):
        if site.ehr not in charts:
            continue
        with work.db.read() as session:
            waiting = written.to_fulfil(session, scope, site.ehr)
        for key in waiting:
            told += _tell(work, site, key)
    return told


def _tell(work: Work, site: Site, key: str) -> bool:
    """Of one delivery. What may go better later is tried again with the next round."""
    scope = site.scope
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
        owed = session.get(Obligation, (scope.practice_id, row.obligation)) if row is not None else None
        documents = _documents(session, scope, row) if row is not None else []
    letter = letter_of(work, scope, owed.id) if owed is not None else None
    if row is None or owed is None or letter is None or owed.referral is None or row.received_at is None:
        return _remember(work, site, key, (), "There is no referral that it could be said of.")
    sending = Sending(row.id, row.to, row.code, row.planned_at, about_of(letter, owed, row.name), ())
    counted = counted_as(letter.kind.loinc, letter.kind.display)
    with asking(work.db, site, REASON) as client:
        chart = SiteChart(work.db, site).of(client)
        done = fulfil(chart, sending, documents[0] if documents else None, row.received_at, counted=counted)
    if done.state == "written":
        return _remember(work, site, key, done.keys, "")
    if done.state == "refused" and not done.at_server:
        return _remember(work, site, key, (), done.words)
    log.warning("a receipt cannot be written", practice=scope.practice_id, ehr=site.ehr, problem=done.words)
    return False


def _documents(session: Session, scope: Scope, row: DeliveryRow) -> list[str]:
    """What stands in the chart of that letter: of this delivery, or of the copy that was filed."""
    same = deliveries.deliveries_of(session, scope, [row.obligation]).get(row.obligation, [])
    of_it = [one.id for one in (row, *same) if one.letter == row.letter]
    keys = [key for one in of_it for key in written.letter_keys(session, scope, one)]
    return [key for key in dict.fromkeys(keys) if key.startswith("DocumentReference/")]


def _remember(work: Work, site: Site, key: str, keys: tuple[str, ...], words: str) -> bool:
    with work.db.write() as session:
        told = (session, site.scope, site.ehr, key, keys or ("",), FULFILMENT, work.clock(), words)
        written.note_written(*told)
    return bool(keys)
