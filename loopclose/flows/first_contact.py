"""Meeting an EHR before anything is configured: does it answer, whose is it, and which key does it take?"""

from __future__ import annotations

from dataclasses import dataclass

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import NotFound, NotSignedIn, Refused
from fhir_adapters.vendors import GENERIC, Vendor, named
from loopclose.config.sections import EhrConfig
from loopclose.flows.ehr_keys import DEFAULT
from loopclose.flows.site import READ, Site


@dataclass(frozen=True)
class Statement:
    """What an EHR says of itself."""

    vendor: Vendor
    software: str = ""
    answers: bool = True
    """Whether it showed its statement; some show it to nobody who is not signed in."""


def meet(base_url: str, vendor: str) -> Statement:
    """Ask for its CapabilityStatement, which needs no token; raises ``FhirError`` where nothing answers there.

    ``vendor``: whose it is, where a person says so. A server that shows its statement to nobody is as that person says.
    """
    settings = EhrConfig(practice="main", base_url=base_url)
    with FhirClient(settings.base_url, vendor=None if vendor == "auto" else named(vendor)) as client:
        try:
            capabilities = client.capabilities()
        except NotFound:
            raise
        except (NotSignedIn, Refused):
            return Statement(GENERIC if vendor == "auto" else named(vendor), answers=False)
        return Statement(client.vendor, capabilities.software or "")


def algorithm_of(vendor: Vendor) -> str:
    """By which our assertions are signed there: what it is known to take, the usual one first."""
    return DEFAULT if DEFAULT in vendor.algorithms or not vendor.algorithms else vendor.algorithms[0]


def scopes_of(site: Site) -> tuple[str, ...]:
    """The scopes to have allowed: in the second form of SMART, unless the configuration names them."""
    types = (*READ, "Group") if site.settings.bulk_group is not None else READ
    return tuple(site.settings.scopes) or tuple(f"system/{kind}.rs" for kind in types)
