"""Our side of the conversation: the question, what ties its answer to it, and the code that is changed for a proof.

Authorization code with PKCE, S256 (RFC 7636), whatever the provider asks for; ``state`` ties the answer to this
browser, ``nonce`` the proof to this question.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from fhir_adapters.errors import FinalError, TemporaryError
from fhir_adapters.openid.provider import Provider
from fhir_adapters.openid.refused import NotProven
from fhir_adapters.smart.asking import Reach, Reply, ask
from fhir_adapters.smart.assertion import KIND, client_assertion
from fhir_adapters.smart.keys import read_key

_STATUS = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Client:
    """What a provider and we agreed on: a secret, or a key whose public half it knows."""

    client_id: str
    secret: str | None = field(default=None, repr=False)
    key_file: Path | None = None


@dataclass(frozen=True)
class Question:
    """What must come back with the answer, or be shown when the code is changed. Nobody else may know it."""

    state: str
    nonce: str
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> Question:
        """One that nobody can guess: 256 bits each."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


def authorization_url(
    provider: Provider, client: Client, question: Question, redirect_uri: str, scope: str, more: Mapping[str, str]
) -> str:
    """Where to send the browser; ``more``: further parameters, such as ``aud`` and ``launch`` of SMART."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    found: str = prepare_grant_uri(
        provider.authorization_endpoint,
        client.client_id,
        "code",
        redirect_uri,
        scope,
        question.state,
        nonce=question.nonce,
        code_challenge=create_s256_code_challenge(question.verifier),
        code_challenge_method="S256",
        **more,
    )
    return found


def code_of(provider: Provider, answer: Mapping[str, str]) -> str:
    """The code of an answer whose state fits; raises ``NotProven`` where there is none, or another provider answers."""
    said = answer.get("iss")
    if said is not None and said != provider.issuer:
        raise NotProven("mixed_up")  # RFC 9207, 2.4
    if said is None and provider.names_itself:
        raise NotProven("mixed_up")
    if "error" in answer:
        raise NotProven("denied")
    code = answer.get("code")
    if not code:
        raise NotProven("no_code")
    return code


def redeem(
    provider: Provider, client: Client, question: Question, redirect_uri: str, code: str, reach: Reach, now: float
) -> dict[str, Any]:
    """The token response for a code; raises ``NotProven``, ``TemporaryError``, or ``FinalError`` for a key of ours.

    ``now`` in seconds since 1970.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": question.verifier,
    }
    proof: dict[str, str] = {}
    if client.key_file is not None:
        assertion = client_assertion(read_key(client.key_file), client.client_id, provider.token_endpoint, now)
        form |= {"client_assertion_type": KIND, "client_assertion": assertion, "client_id": client.client_id}
    elif client.secret is not None and provider.wants_secret_in_form:
        form |= {"client_id": client.client_id, "client_secret": client.secret}
    elif client.secret is not None:  # RFC 6749, 2.3.1: each is form-encoded first
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
        proof["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    reply = ask(reach, "token endpoint", provider.token_endpoint, form, proof=proof, whose="provider")
    members = reply.members()
    if reply.status != 200:
        raise _failure(reply, members or {})
    if members is None or not isinstance(members.get("id_token"), str):
        raise NotProven("no_proof")
    return members


def _failure(reply: Reply, members: Mapping[str, Any]) -> Exception:
    said = members.get("error")
    code = said if isinstance(said, str) and _STATUS.fullmatch(said) else ""
    if reply.status == 429 or reply.status >= 500 or code == "temporarily_unavailable":
        return TemporaryError(f"The provider's token endpoint failed ({reply.status} {code}); try again.")
    if code in ("invalid_grant", "access_denied"):
        return NotProven("code")
    if code in ("invalid_client", "unauthorized_client"):
        return NotProven("client")
    return FinalError(f"The provider's token endpoint refused us ({reply.status} {code}).")
