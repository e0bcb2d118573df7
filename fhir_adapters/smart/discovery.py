"""Where an EHR gives tokens, and what it says of them.

``.well-known/smart-configuration`` under its base address (https://hl7.org/fhir/smart-app-launch/conformance.html).
Members are often absent and prove nothing by it: Epic lists no system scopes, Epic and NextGen no algorithms. The token
endpoint may be on another origin, as it is at Oracle Health, eClinicalWorks and NextGen Office (their published
documents and CapabilityStatements, August 2026).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fhir_adapters.errors import FinalError, TemporaryError
from fhir_adapters.smart.asking import Reach, ask

PATH = "/.well-known/smart-configuration"


@dataclass(frozen=True)
class Discovery:
    """What an EHR tells of signing in; empty where it does not tell."""

    token_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    """Scopes that it lists; it may know more."""
    algorithms: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()


def discover(base_url: str, reach: Reach) -> Discovery:
    """What the EHR at that address tells; nothing where it has no such document.

    Raises ``TemporaryError`` where it may tell another time, ``FinalError`` for a certificate that is not trusted.
    """
    reply = ask(reach, "sign-in description", f"{base_url.rstrip('/')}{PATH}")
    if reply.status == 429 or reply.status >= 500:
        raise TemporaryError(f"The EHR does not say now where it gives tokens ({reply.status}); try again.")
    members = reply.members() if reply.status == 200 else None
    if members is None:
        return Discovery()
    endpoint = members.get("token_endpoint")
    return Discovery(
        endpoint if isinstance(endpoint, str) and endpoint else None,
        _texts(members.get("scopes_supported")),
        _texts(members.get("token_endpoint_auth_signing_alg_values_supported")),
        frozenset(_texts(members.get("capabilities"))),
    )


def discover_if_told(base_url: str, reach: Reach) -> Discovery:
    """What the EHR tells, or nothing: where the token endpoint is configured, it is a help and no need."""
    try:
        return discover(base_url, reach)
    except (TemporaryError, FinalError):
        return Discovery()


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):  # a list of one, or one text with spaces
        return tuple(value.split())
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
