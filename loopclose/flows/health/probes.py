"""Checks that take their time: over the network, or over everything that is kept. ``doctor`` alone asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import FhirError
from fhir_adapters.facts.reading import TYPES, read
from loopclose.errors import DATABASE, TEMPORARY, ConfigError, code_of
from loopclose.flows.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.asking import asking
from loopclose.flows.health.check import Check
from loopclose.flows.health.clinicians import clinicians
from loopclose.flows.health.exports import exports
from loopclose.flows.health.trials import trials
from loopclose.flows.people import people_read
from loopclose.flows.reading.people import with_npis
from loopclose.flows.reading.sources import our_practitioners
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work
from loopclose.store import audit_log
from loopclose.store.base import Scope
from loopclose.store.exports import newest_export
from loopclose.store.verdicts import without_verdict


def ehrs(work: Work, scope: Scope) -> Iterator[Check]:
    """Whether every EHR answers, and what it can give."""
    for site in sites(work.config):
        if site.scope == scope:
            yield from ehr(work, site)


def audit(work: Work, scope: Scope) -> Iterator[Check]:
    """Whether the audit is as it was sealed."""
    with work.db.read() as session:
        verdict = audit_log.verify(session, scope)
    if verdict.broken:
        yield Check("audit", "Audit", verdict.broken[0], "see loopclose audit verify", DATABASE)
    else:
        yield Check("audit", "Audit", f"{verdict.sealed} rows sealed, {verdict.unsealed} not yet")


def verdicts(work: Work, scope: Scope) -> Iterator[Check]:
    """Whether everything admitted has a verdict, one resource after another."""
    for site in sites(work.config):
        if site.scope != scope:
            continue
        with work.db.read() as session:
            missing = without_verdict(session, scope, site.ehr)
        says = ", ".join(f"{count} {kind}" for kind, count in missing.items())
        name = f"every verdict of {site.ehr}"
        if missing:
            yield Check(name, "EHRs", f"admitted without a verdict: {says}", "run loopclose sync", TEMPORARY)
        else:
            yield Check(name, "EHRs", "each resource admitted is judged")


PROBES: tuple[Callable[[Work, Scope], Iterable[Check]], ...] = (ehrs, verdicts, audit)


def ehr(work: Work, site: Site) -> Iterator[Check]:
    """One EHR's statement, and what it turned out to allow."""
    with work.db.read() as session:
        people, row = people_read(session, site), newest_export(session, site.scope, site.ehr)
    try:
        with asking(work.db, site, "doctor") as client:
            capabilities = client.capabilities()
            with_ours = with_npis(client, site.practice.npis)[0]
            for entry in with_ours:
                people.remember(read(entry.type, entry.raw))
            named = work.config.practice[site.scope.practice_id].clinicians
            tried = [clinicians(site, client, named, with_ours)]
            tried += trials(site, client, our_practitioners(site.practice, people.directory()), work.clock)
            tried += exports(site, client, row)
            says = f"answers ({capabilities.software or 'unnamed software'}), vendor {client.vendor.name}"
    except (ConfigError, FhirError) as problem:
        yield Check(f"ehr.{site.ehr}", "EHRs", str(problem), exit_code=code_of(problem))
        return
    yield Check(f"ehr.{site.ehr}", "EHRs", says)
    yield Check(f"types of {site.ehr}", "EHRs", _types(capabilities))
    yield from tried


def _types(capabilities: Capabilities) -> str:
    """What the server cannot give, or not by patient: evidence of that type will not be seen."""
    wanted = [kind for kind in (*PATIENT_TYPES, *PEOPLE, "Patient") if kind in TYPES]
    absent = [kind for kind in wanted if kind not in capabilities.types]
    blind = [kind for kind in PATIENT_TYPES if kind not in absent and not capabilities.finds_by(kind, "patient")]
    missing = [f"not there: {', '.join(absent)}"] if absent else []
    missing += [f"not found by patient, so not read: {', '.join(blind)}"] if blind else []
    return "; ".join(missing) or "everything that is read is there, and found by patient"
