"""One question to the EHR's sign-in: where it is, or for a token. Limits, and failures told in a sentence."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from fhir_adapters.errors import FinalError, TemporaryError

MOST = 2**20
"""Bytes of an answer; real ones are some kilobytes."""
SLOWEST = 120.0
"""Seconds for the whole of an answer."""


@dataclass(frozen=True)
class Reach:
    """How servers are reached: whose certificates are believed, and how long is waited, in seconds."""

    verify: bool | str = True
    timeout: tuple[float, float] = (10, 60)


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def members(self) -> dict[str, Any] | None:
        """The JSON object that it is, or None."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def ask(
    reach: Reach,
    what: str,
    url: str,
    form: Mapping[str, str] | None = None,
    *,
    proof: Mapping[str, str] | None = None,
    whose: str = "EHR",
) -> Reply:
    """GET an address, or POST a form to it; ``what`` and ``whose`` name it in errors, ``proof`` are headers of ours.

    Redirections are not followed, and nothing of the environment (proxies, .netrc) is used. Raises ``TemporaryError``
    where nobody answers, ``FinalError`` for a certificate or an answer beyond all bounds.
    """
    host = urlsplit(url).hostname
    with requests.Session() as session:
        session.trust_env = False
        session.verify = reach.verify
        session.headers.update({"Accept": "application/json", **(proof or {})})
        try:
            with session.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                timeout=reach.timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                return Reply(response.status_code, response.headers, _body(response, f"{whose}'s {what}"))
        except requests.exceptions.SSLError as problem:
            raise FinalError(
                f"The certificate of the {whose}'s {what} ({host}) is not trusted: name its CA in ca."
            ) from problem
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise TemporaryError(f"The {whose}'s {what} ({host}) cannot be reached; try again.") from problem


def _body(response: requests.Response, what: str) -> bytes:
    until = time.monotonic() + SLOWEST
    found = bytearray()
    for part in response.iter_content(1 << 14):
        found += part
        if len(found) > MOST or time.monotonic() > until:
            raise FinalError(f"The {what} answers without end: check its address.")
    return bytes(found)
