"""What every command and screen works with: the configuration, the database, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loopclose.clock import Clock
from loopclose.config.sections import Config
from loopclose.errors import UsageError
from loopclose.flows.judging.persons import judge_again
from loopclose.flows.site import Site, as_said, sites
from loopclose.store import code_assignments
from loopclose.store.base import Scope
from loopclose.store.engine import Database


@dataclass
class Work:
    """The configuration, the database it names, and the time."""

    config: Config
    db: Database
    clock: Clock

    def scopes(self) -> list[Scope]:
        """Every practice."""
        return [Scope(name) for name in sorted(self.config.practice)]

    def site_of(self, practice: str, ehr: str) -> Site:
        """The site of an EHR; raises ``UsageError`` for one that is not configured any more."""
        for site in sites(self.config):
            if (site.scope.practice_id, site.ehr) == (practice, ehr):
                return self.as_said(site)
        raise UsageError(f"There is no [ehr.{ehr}] of practice {practice} in the configuration.")

    def ehr_of(self, scope: Scope, ehr: str) -> str:
        """The name of an EHR of that practice; raises ``UsageError`` for another."""
        return self.site_of(scope.practice_id, ehr).ehr

    def as_said(self, site: Site) -> Site:
        """The site with what people said by now that its codes mean: nobody is read or judged without."""
        with self.db.read() as session:
            return as_said(site, code_assignments.in_force(session, site.scope, site.ehr))

    def judge(self, scope: Scope, ehr: str, persons: Sequence[str]) -> None:
        """Judge some persons again after a decision: no network, only what was read before."""
        if persons:
            judge_again(self.db, self.clock, self.site_of(scope.practice_id, ehr), persons)
