"""Asking an EHR: within the budget that all processes share, and counted by reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from fhir_adapters.client import FhirClient
from fhir_adapters.pace import Pace, because
from loopclose.flows.site import Site, client_of
from loopclose.logs import in_words
from loopclose.store import requests
from loopclose.store.engine import Database

log = structlog.get_logger()


class Ledger:
    """The budget of one EHR, kept in the database."""

    block = 10

    def __init__(self, db: Database, site: Site) -> None:
        self._db, self._site = db, site

    def take(self, span: str, began: int, wanted: int, most: int) -> int:
        """As ``fhir_adapters.pace.Budget`` says it."""
        with self._db.write() as session:
            return requests.take(session, self._site.scope, self._site.ehr, span, began, wanted, most)

    def taken(self, span: str, began: int) -> int:
        """As ``fhir_adapters.pace.Budget`` says it."""
        with self._db.read() as session:
            return requests.taken(session, self._site.scope, self._site.ehr, span, began)


@contextmanager
def asking(db: Database, site: Site, reason: str, wall: Callable[[], float] = time.time) -> Iterator[FhirClient]:
    """A client of the site's EHR; what it asks is counted under ``reason``, where nothing nearer says why.

    ``wall``: seconds since 1970. Limits hold by the clock on the wall, whatever time a rehearsal plays.
    """
    settings = site.settings

    def day_of(seconds: float) -> int:
        return _day(site, seconds).toordinal()

    pace = Pace(settings.requests_per_minute, wall, settings.requests_per_day, Ledger(db, site), day_of)
    try:
        with client_of(site, pace=pace) as client, because(reason):
            yield client
    finally:
        _write_down(db, site, pace, _day(site, wall()))


def _day(site: Site, seconds: float) -> date:
    """The day of the practice, at that many seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(site.practice.zone).date()


def _write_down(db: Database, site: Site, pace: Pace, day: date) -> None:
    if not pace.made:
        return
    try:
        with db.write() as session:
            requests.count(session, site.scope, site.ehr, day, pace.made)
    except SQLAlchemyError as problem:  # it is a figure: what was read, or what went wrong, matters more
        log.error("how often the EHR was asked cannot be written", problem=in_words(problem))
