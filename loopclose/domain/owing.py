"""What one patient's chart makes us owe: referrals, visits, links, referrers, deadlines and evidence together.

``assess`` is the whole rule book for one person, as a pure function: the same chart, the same words of people
and the same time give the same judgement, whatever was stored before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from loopclose.domain.case import Case
from loopclose.domain.chart import Chart, Visit
from loopclose.domain.directory import Directory
from loopclose.domain.judgement import Decisions, Judgement, Owed, Rules
from loopclose.domain.linking import link_visits
from loopclose.domain.loose_ends import LooseEnds
from loopclose.domain.met_codes import Met
from loopclose.domain.own import without_our_own
from loopclose.domain.referrals import admit_requests, referrals_of
from loopclose.domain.request_answers import answered
from loopclose.domain.visits import admit_encounters, days_seen, visits_of


def assess(chart: Chart, rules: Rules, directory: Directory, decisions: Decisions, now: datetime) -> Judgement:
    """Apply every rule to one person's chart. ``now`` (aware UTC) serves what was left open for 12 hours alone."""
    chart = without_our_own(chart)
    practice, code_map = rules.practice, rules.code_map
    chosen = {key for decision in decisions.links.values() for key in decision.referrals}
    requests = admit_requests(chart, practice, directory, code_map, chosen)
    referrals = referrals_of(chart, requests, practice, directory)
    ours = {referral.id for referral in referrals}
    encounters, times = admit_encounters(chart, practice, directory, code_map, now, ours)
    unclear = any(admission.disposition == "undecided" for admission in requests.values())
    undecided = referrals_of(chart, requests, practice, directory, "undecided") if unclear else ()
    seen = visits_of(chart, encounters, times, practice, directory, code_map, now, ours)
    visits = _promoted(seen, decisions.promoted)
    verdicts = link_visits(visits, referrals, undecided, chart, practice, directory, code_map, decisions.links)
    case = Case(chart, rules, directory, decisions, {r.id: r for r in (*referrals, *undecided)}, verdicts, visits)
    outcomes: dict[str, str] = {}
    owed: list[Owed] = []
    for visit in visits:
        outcomes[visit.id], more = case.outcome(visit)
        owed.extend(more)
    days = days_seen(chart, encounters, times, practice, {"planned"})
    ends = LooseEnds(case, referrals, undecided, outcomes, days, now)
    owed.extend(ends.owed(encounters))
    owed.extend(answered(case, referrals))
    met = Met(chart, rules, directory, requests, encounters, visits, outcomes)
    return Judgement(
        requests, encounters, referrals, visits, verdicts, outcomes, tuple(owed), undecided, tuple(met.unmapped())
    )


def _promoted(visits: Iterable[Visit], promoted: frozenset[str]) -> tuple[Visit, ...]:
    return tuple(replace(v, baseline=False) if v.baseline and v.id in promoted else v for v in visits)
