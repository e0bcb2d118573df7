"""What taking in some resources asks to write: made ready by the reading, written here or by another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from loopclose.clock import Clock
from loopclose.flows.site import Site
from loopclose.store import intake
from loopclose.store.engine import Database
from loopclose.store.persons import judge_again, judge_known_again, name_clinicians, name_patients, one_person


@dataclass(frozen=True)
class PageRead:
    """Some resources, and what follows from them for patients and people."""

    rows: Sequence[intake.Kept]
    replaced: Sequence[str]
    """Digests of the bytes that they take the place of."""
    touched: Sequence[str]
    """Patients to judge again."""
    named: Sequence[str]
    """Patients to judge again if they are followed."""
    shown: dict[str, dict[str, str | None]]
    """By patient: name, birth date, gender, record number."""
    clinicians: Sequence[dict[str, Any]]
    linked: Sequence[Sequence[str]]
    """Patient records that name each other."""


class Keeper(Protocol):
    """Whoever writes pages down."""

    def keep(self, page: PageRead) -> None:
        """Write a page in one transaction, now or soon; pages are written in the order given."""

    def settle(self) -> None:
        """Come back when every page given is committed."""


def write(db: Database, site: Site, page: PageRead, now: datetime) -> None:
    """Write a page in one transaction; a page written twice is written once."""
    scope, ehr = site.scope, site.ehr
    with db.write() as session:
        intake.keep(session, scope, ehr, page.rows, page.replaced, now)
        judge_again(session, scope, ehr, page.touched)
        judge_known_again(session, scope, ehr, page.named)
        name_patients(session, scope, ehr, page.shown)
        name_clinicians(session, scope, ehr, page.clinicians)
        for keys in page.linked:
            one_person(session, scope, ehr, keys)


@dataclass(frozen=True)
class Here:
    """Writes at once, in this process."""

    db: Database
    clock: Clock
    site: Site

    def keep(self, page: PageRead) -> None:
        """Write and commit."""
        write(self.db, self.site, page, self.clock())

    def settle(self) -> None:
        """Everything is committed already."""
