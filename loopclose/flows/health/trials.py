"""What an EHR allows, as it turned out by asking: each way of finding visits, and one read.

A CapabilityStatement needs no token and promises what a server refuses; so nothing is said to work that was not tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError, OneRequest
from loopclose.clock import Clock
from loopclose.errors import DONE, code_of
from loopclose.flows.health.check import Check
from loopclose.flows.reading.sources import FINDS, Asked, Tried, choose, try_sources
from loopclose.flows.reading.worklist import listed_patients
from loopclose.flows.site import Site

FOUND_BY = {
    "orders": "lists referrals without a patient",
    "encounters": "lists visits without a patient",
    "schedule": "lists appointments by clinician or place",
}
"""By source: what an EHR that answers does."""


def trials(site: Site, client: FhirClient, practitioners: Sequence[str], clock: Clock) -> Iterator[Check]:
    """Each way of finding visits tried, which of them sync uses, and a read by id."""
    asked = Asked(site, client.capabilities(), practitioners, clock(), client.vendor.together)
    tried = try_sources(client, asked)
    for one in tried:
        yield Check(f"{one.source} of {site.ehr}", "EHRs", _words(one), exit_code=_code(site, one))
    yield _used(site, tried)
    yield _read(site, client, tried)


def _words(one: Tried) -> str:
    if one.problem is None:
        how = ", asked for each clinician" if (one.source, one.form) == ("encounters", "clinicians") else ""
        return f"tried: it {FOUND_BY[one.source]}{how}"
    return f"tried: not possible. {str(one.problem).rstrip('.')}"


def _code(site: Site, one: Tried) -> int:
    """A source that is configured and refused is wrong; another one that is refused is how that EHR is."""
    if one.problem is None or one.source not in site.settings.sources:
        return DONE
    return code_of(one.problem)


def _used(site: Site, tried: Sequence[Tried]) -> Check:
    name = f"worklist of {site.ehr}"
    named, first = site.settings.sources, "first what the EHR told, and then " if site.settings.takes_events else ""
    if named:
        return Check(name, "EHRs", f"sync reads {first}by {' and '.join(named)}, as configured")
    try:
        found = choose(tried, site.settings)
    except FhirError as problem:
        return Check(name, "EHRs", str(problem).rstrip("."), exit_code=code_of(problem))
    missing = (
        [] if {"encounters", "schedule", "roster", "bulk"} & {*found} else ["visits without a referral are not found"]
    )
    missing += [] if {"orders", "roster", "bulk"} & {*found} else ["a referral is found once its patient has a visit"]
    return Check(name, "EHRs", "; ".join([f"sync reads {first}by {' and '.join(found)}", *missing]))


def _read(site: Site, client: FhirClient, tried: Sequence[Tried]) -> Check:
    """Whether something can be read by its id: the first that a trial found, or that the roster lists."""
    name = f"reading of {site.ehr}"
    examples = [one.example for one in tried if one.example is not None]
    examples = examples or [one.patient for one in listed_patients(site, ("roster",))[:1]]
    if not examples:
        return Check(name, "EHRs", f"not tried: no search for {', '.join(FINDS.values())} found anything to read")
    kind, fhir_id = examples[0].split("/", 1)
    try:
        client.read_entry(kind, fhir_id)
    except OneRequest as problem:
        says = f"tried: {kind} is not read by id. {str(problem).rstrip('.')}"
        return Check(name, "EHRs", says, exit_code=code_of(problem))
    return Check(name, "EHRs", f"tried: {kind} is read by id")
