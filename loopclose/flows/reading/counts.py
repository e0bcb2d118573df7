"""The count of both sides, once a day: how many referrals and visits an EHR says that it lists, and how many are kept.

Whoever has something open is read whole every day; of whoever has nothing yet, only the marks show what is new. So
where the EHR's list ran ahead of what is kept, all of it is read again, in the same run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from fhir_adapters.errors import IgnoredFilter, OneRequest
from fhir_adapters.pace import because
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.ways import Count, Ways, keep
from loopclose.flows.reading.worklist import Listing, Progress, read_listed, searches
from loopclose.store import records

COUNTED = ("orders", "encounters")
"""Sources that list everything there is; a schedule is asked for by day."""


def count_both(intake: Intake, ways: Ways, sources: Mapping[str, str], progress: Progress) -> Ways:
    """Count once in each pass; kept with the ways. What the EHR does not count, or not now, stands as it was counted
    before.
    """
    if ways.under_way is None or (ways.counted_at is not None and ways.counted_at >= ways.under_way.began):
        return ways
    listed: dict[str, list[Listing]] = defaultdict(list)
    chosen = {source: form for source, form in sources.items() if source in COUNTED}
    for one in searches(intake, intake.client.capabilities(), chosen, anew=True):
        listed[one.search.type].append(one)
    found = dict(ways.counted)
    with because("count"):
        for kind, lists in listed.items():
            if len(lists) == 1:  # of several, one resource may stand in two
                count = _count(intake, lists[0], ways.counted.get(kind), progress)
                found |= {kind: count} if count is not None else {}
    keep(intake, counted := replace(ways, counted=found, counted_at=intake.clock()))
    return counted


def _count(intake: Intake, listed: Listing, before: Count | None, progress: Progress) -> Count | None:
    """The count of both sides after reading anew a list that ran ahead since it was counted ``before``."""
    kind = listed.search.type
    try:
        there = intake.client.try_search(listed.search).total
    except (OneRequest, IgnoredFilter):
        return None
    if there is None:
        return None
    count = Count(there, _kept(intake, kind))
    if count.ahead > (before.ahead if before else 0):
        read_listed(intake, listed, progress)
        count = Count(there, _kept(intake, kind))
    if count.ahead > 0:
        intake.client.warn(f"Its list of {kind} holds {there} by its own count, and it gave {count.kept}.")
    return count


def _kept(intake: Intake, kind: str) -> int:
    with intake.db.read() as session:
        return records.count_of(session, intake.site.scope, intake.site.ehr, kind)
