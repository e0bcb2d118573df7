"""Looking again at what was set aside by its codes, once the map says something else of them.

Of whoever is followed everything that is kept is judged again by itself. Of whom nobody followed, as all that was
met of them was set aside, the bytes are kept all the same: what the map now takes for a visit or a referral is taken
up, and its patient is read whole by the sync that follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from fhir_adapters.facts import Encounter, ServiceRequest
from fhir_adapters.facts.reading import read
from loopclose.clock import Clock
from loopclose.domain.admission import Admission
from loopclose.domain.code_map import CodeMap
from loopclose.domain.referrals import admit_request
from loopclose.domain.visits import admit_encounter
from loopclose.flows.people import people_read
from loopclose.flows.site import Site
from loopclose.store import runs, set_aside
from loopclose.store.base import chunks
from loopclose.store.engine import Database
from loopclose.store.persons import touch
from loopclose.store.set_aside import SetAside

REASONS = frozenset(
    {"class", "phone", "nurse_only", "laboratory", "documentation_only"}
    | {"imaging", "medication", "not_a_referral", "other_practice"}
)
"""Codes of what is set aside for what its own codes mean."""
KINDS = ("Encounter", "ServiceRequest")
FOLLOWED_LATER = frozenset({"planned", "not_happened_yet"})
"""Codes of encounters of ours that are no visits yet: their patients are followed all the same."""


def take_up_again(db: Database, clock: Clock, site: Site) -> int:
    """Where the map is another than the EHR was last read by: take up what it no longer sets aside.

    Gives the number of patients who are followed from now on.
    """
    with db.read() as session:
        before = runs.ehr_row(session, site.scope, site.ehr)
        if before is None or before.code_map in (None, site.rules.code_map.version):
            return 0
        found = list(taken_up(session, site, site.rules.code_map, clock()))
    for batch in chunks(found):

        def write(session: Session, batch: list[tuple[SetAside, Admission]] = batch) -> None:
            for one, admission in batch:
                key = (session, site.scope, site.ehr, one.type, one.id)
                set_aside.take_up(*key, admission.kept_as, admission.because)
            touch(session, site.scope, site.ehr, {one.patient for one, _ in batch})

        db.in_write(write)
    return len({one.patient for one, _ in found})


def taken_up(session: Session, site: Site, code_map: CodeMap, now: datetime) -> Iterator[tuple[SetAside, Admission]]:
    """What was set aside and would not be by that map, with what it would be; without the bytes."""
    directory = people_read(session, site).directory()
    for one in set_aside.set_aside(session, site.scope, site.ehr, KINDS, REASONS):
        fact = read(one.type, one.raw)
        if isinstance(fact, ServiceRequest):
            admission = admit_request(fact, site.practice, directory, code_map)
        elif isinstance(fact, Encounter):
            admission = admit_encounter(fact, site.practice, directory, code_map, now)
        else:
            continue  # it cannot be read any more: the next sync says so
        if admission.disposition != "ignored" or admission.code in FOLLOWED_LATER:
            yield one._replace(raw=b""), admission
