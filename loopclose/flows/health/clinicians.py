"""Whether the practice's clinicians are there: of one who is mistyped no visit is ours, and nothing else says so."""

from __future__ import annotations

from collections.abc import Sequence

from fhir_adapters.bundle import Entry
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import Gone, NotFound, OneRequest
from loopclose.errors import USAGE, code_of
from loopclose.flows.health.check import Check
from loopclose.flows.site import Site


def clinicians(site: Site, client: FhirClient, named: Sequence[str], found: Sequence[Entry]) -> Check:
    """Whom the configuration names as the practice's clinicians, looked for. ``found``: who have one of their NPIs."""
    name = f"clinicians of {site.ehr}"
    if not named:
        ours = (
            "those of the practice's organizations are ours" if site.practice.organizations else "every visit is ours"
        )
        return Check(name, "EHRs", f"none is named: {ours}")
    by_npi = client.capabilities().finds_by("Practitioner", "identifier")
    try:
        there = {one: _is_there(client, one, found) for one in named if "/" in one or by_npi}
    except OneRequest as problem:
        return Check(name, "EHRs", f"tried: not possible. {str(problem).rstrip('.')}", exit_code=code_of(problem))
    missing = [one for one, is_there in there.items() if not is_there]
    says = [f"tried: {len(there) - len(missing)} of {len(there)} named are there"] if there else []
    if len(there) < len(named):
        says.append(
            "NPIs are not tried, as this EHR finds nobody by one: whoever a sync meets with one of them is ours"
        )
    if missing:
        says.append(f"not there, so no visit of theirs is ours: {', '.join(missing)}; mend clinicians in [practice.…]")
    return Check(name, "EHRs", "; ".join(says), exit_code=USAGE if missing else 0)


def _is_there(client: FhirClient, named: str, found: Sequence[Entry]) -> bool:
    if "/" not in named:
        return any(named.encode() in one.raw for one in found)
    kind, fhir_id = named.split("/", 1)
    try:
        client.read_entry(kind, fhir_id)
    except (NotFound, Gone):
        return False
    return True
