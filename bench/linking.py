"""How well visits are tied to referrals on messy made-up practices, against the truth.

Ends with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from typing import Any

from bench import NOW
from fhir_adapters.facts import Organization, Practitioner, PractitionerRole, Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.config.practices import PracticeConfig
from loopclose.domain.business_time import Calendar
from loopclose.domain.chart import Chart, LinkVerdict
from loopclose.domain.code_map import parse_code_map
from loopclose.domain.directory import Directory
from loopclose.domain.inference import TIE
from loopclose.domain.judgement import Decisions, Judgement, Rules
from loopclose.domain.owing import assess
from loopclose.domain.practice import Practice
from loopclose.flows.arrivals import patient_of
from loopclose.flows.judging.charts import FIELDS
from loopclose.flows.site import calendar_of
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.practice import generate

STATED = frozenset(
    {
        "Encounter.basedOn",
        "Encounter.appointment",
        "Task",
        "identifier",
        "EpisodeOfCare",
        "Procedure",
        "DiagnosticReport",
    }
)


@dataclass
class Figures:
    """Counts over one practice: numerators and denominators."""

    pairs: int = 0
    unstated: int = 0
    visits: int = 0
    several: int = 0
    automatic: int = 0
    wrong: int = 0
    only_one: list[bool] = field(default_factory=list)
    told_apart: list[bool] = field(default_factory=list)
    ties_automatic: int = 0
    offered: list[bool] = field(default_factory=list)


def judged(box: Sandbox) -> Iterator[tuple[Chart, Judgement]]:
    """Everybody's chart and what the rules say of it, judged in process."""
    people, charts = _charts(box)
    settings = PracticeConfig(**box.practice)
    calendar: Calendar = calendar_of(settings)
    practice = Practice(
        "bench", settings.name, calendar, frozenset(settings.organizations), frozenset(settings.clinicians)
    )
    rules = Rules(practice, parse_code_map((files("loopclose.defaults") / "code_map.toml").read_text()))
    for chart in charts.values():
        yield chart, assess(chart, rules, people, Decisions(), NOW)


def measure(box: Sandbox) -> Figures:
    """Compare the links with the truth."""
    truth: dict[str, list[str | None]] = defaultdict(list)
    for row in box.truth:
        truth[row["visit"]].append(row["referral"])
    figures = Figures()
    for chart, judgement in judged(box):
        for visit in judgement.visits:
            _count(figures, chart, judgement, judgement.verdicts[visit.id], visit, truth.get(visit.id, [None]))
    return figures


def _count(
    figures: Figures, chart: Chart, judgement: Judgement, verdict: LinkVerdict, visit: Any, true: list[str | None]
) -> None:
    wanted = {key for key in true if key}
    fitting = [
        referral
        for referral in judgement.referrals
        if referral.status != "revoked"
        and referral.authored_day
        and referral.authored_day <= visit.day
        and visit.day - referral.authored_day <= timedelta(days=365)
    ]
    figures.visits += 1
    figures.several += len(fitting) > 1
    if verdict.band == "automatic":
        figures.automatic += len(verdict.referrals)
        figures.wrong += sum(key not in wanted for key in verdict.referrals)
        scores = sorted((one.confidence for one in verdict.candidates), reverse=True)
        rival = len(scores) > 1 and verdict.method == "inferred" and scores[0] - scores[1] <= TIE
        figures.ties_automatic += rival and not any("copy" in why for why in verdict.because)
    for key in wanted:
        if key in chart.quarantined:
            continue
        stated = verdict.method in STATED
        figures.pairs += 1
        figures.unstated += not stated
        linked = key in verdict.referrals
        if len(fitting) == 1:
            figures.only_one.append(linked)
        elif not stated and _told_apart(verdict):
            figures.told_apart.append(linked)
        if not linked:
            figures.offered.append(verdict.band == "person" and key in {one.referral for one in verdict.candidates})


def _told_apart(verdict: LinkVerdict) -> bool:
    """Something speaks for one and not for the others."""
    marks = ("specialty", "names the clinician", "location", "reason", "asks for", "names another")
    said = [frozenset(why for why in one.because if any(mark in why for mark in marks)) for one in verdict.candidates]
    return len(set(said)) > 1


def _charts(box: Sandbox) -> tuple[Directory, dict[str, Chart]]:
    practitioners: dict[str, Practitioner] = {}
    roles: dict[str, PractitionerRole] = {}
    organizations: dict[str, Organization] = {}
    facts: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    held: dict[str, set[str]] = defaultdict(set)
    for resource in box.resources:
        kind = resource["resourceType"]
        if kind not in FIELDS and kind not in ("Practitioner", "PractitionerRole", "Organization"):
            continue
        fact = read(kind, json.dumps(resource).encode())
        if isinstance(fact, Unreadable):
            held[resource["subject"]["reference"]].add(f"{kind}/{resource['id']}")
        elif isinstance(fact, Practitioner):
            practitioners[fact.key] = fact
        elif isinstance(fact, PractitionerRole):
            roles[fact.key] = fact
        elif isinstance(fact, Organization):
            organizations[fact.key] = fact
        else:
            facts[patient_of(fact) or ""][FIELDS[kind]].append(fact)
    charts = {
        who: Chart(**{name: tuple(found) for name, found in facts[who].items()}, quarantined=frozenset(held[who]))  # type: ignore[arg-type]
        for who in list(facts)
    }
    return Directory(practitioners, roles, organizations), charts


def main() -> int:
    """Print the figures of each seed with their targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    missed = 0
    for seed in options.seeds:
        found = measure(generate("messy", options.size, seed, NOW))
        rows = (
            ("true pairs without a link in the data", found.unstated, found.pairs, 0.30),
            ("visits with several referrals that fit", found.several, found.visits, 0.10),
            ("automatic links that are right", found.automatic - found.wrong, found.automatic, 0.995),
            ("automatic where only one fits", sum(found.only_one), len(found.only_one), 0.95),
            ("automatic where something tells several apart", sum(found.told_apart), len(found.told_apart), 0.60),
            ("others offered to a person with the true one", sum(found.offered), len(found.offered), 1.0),
            ("ties that are not automatic", int(not found.ties_automatic), 1, 1.0),
        )
        for name, part, whole, target in rows:
            share = part / whole if whole else 1.0
            missed += share < target
            verdict = "ok" if share >= target else "MISSED"
            print(f"seed {seed}  {name:<48} {part:>6} of {whole:>6} = {share:7.2%}  target {target:.1%}  {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
