"""Where a provider signs people in, gives tokens and publishes its keys, as it says itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhir_adapters.errors import FinalError, TemporaryError
from fhir_adapters.origins import is_safe
from fhir_adapters.smart.asking import Reach, ask
from fhir_adapters.smart.discovery import PATH as SMART

OPENID = "/.well-known/openid-configuration"
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Provider:
    """One provider; ``issuer`` is what its proofs say, to the letter."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool = False
    """Whether it promises to say in each answer who answers (RFC 9207)."""
    wants_secret_in_form: bool = False
    """Whether it takes a client's secret in the form and not in the header."""


def discover(issuer: str, reach: Reach) -> Provider:
    """What the issuer says of itself (OpenID Connect Discovery 1.0, 4).

    Raises ``TemporaryError`` where it may tell another time, ``FinalError`` where what it tells cannot be used.
    """
    told = _told(f"{issuer.rstrip('/')}{OPENID}", reach)
    if told.get("issuer") != issuer:
        raise FinalError("The provider calls itself by another name than issuer says: write it as the provider does.")
    return _provider(told)


def discover_ehr(base_url: str, reach: Reach) -> Provider:
    """The provider behind an EHR, as its ``.well-known/smart-configuration`` says (SMART App Launch 2.2, Conformance).

    ``issuer`` and ``jwks_uri`` stand there where it signs people in at all; of some EHRs the latter is at the issuer.
    """
    told = _told(f"{base_url.rstrip('/')}{SMART}", reach)
    if isinstance(told.get("issuer"), str) and not told.get("jwks_uri"):
        told = {**_told(f"{told['issuer'].rstrip('/')}{OPENID}", reach), **told}
    return _provider(told)


def _told(url: str, reach: Reach) -> dict[str, Any]:
    if not is_safe(url):
        raise FinalError("The provider has no https address, so nothing is asked there.")
    reply = ask(reach, "sign-in description", url, whose="provider")
    if reply.status == 429 or reply.status >= 500:
        raise TemporaryError(f"The provider does not say now where it signs people in ({reply.status}); try again.")
    members = reply.members() if reply.status == 200 else None
    if members is None:
        raise FinalError(f"The provider does not say where it signs people in ({reply.status}): check its address.")
    return members


def _provider(told: Mapping[str, Any]) -> Provider:
    found = {name: told.get(name) for name in _NEEDED}
    missing = [name for name, value in found.items() if not isinstance(value, str) or not value]
    if missing:
        raise FinalError(f"The provider's description of itself lacks {', '.join(missing)}.")
    if not all(is_safe(str(found[name])) for name in _NEEDED):
        raise FinalError("The provider names an address that is not https, so nothing is asked there.")
    ways = told.get("token_endpoint_auth_methods_supported")
    return Provider(
        **{name: str(value) for name, value in found.items()},
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        wants_secret_in_form=isinstance(ways, list)
        and "client_secret_post" in ways
        and "client_secret_basic" not in ways,
    )
