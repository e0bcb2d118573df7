"""The parts of a CapabilityStatement by which a vendor's server is told from another's."""

from __future__ import annotations

from loopclose.sandbox.elements import TERMS, Json

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SERVICES = f"{TERMS}restful-security-service"
SMART = "SMART-on-FHIR"


def oauth_uris(url: str = OAUTH_URIS, **addresses: str) -> Json:
    """The extension that says where tokens are had; the addresses are the vendor's, in its order."""
    return {"url": url, "extension": [{"url": name, "valueUri": at} for name, at in addresses.items()]}


def service(text: str | None = None, code: str = SMART, display: str | None = None) -> Json:
    """One way to be let in."""
    coding = {"system": SERVICES, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": text} if text else {})}
