"""An export's status: to be waited for, or done, with the files in its manifest
(https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-status-request).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
import requests

from fhir_adapters.bulk.problems import Expired, Ruined
from fhir_adapters.errors import FhirError
from fhir_adapters.failures import NO_DATE, Again, expires, failure, retry_after, said_by, server_time
from fhir_adapters.outcome import plain, read_outcome
from fhir_adapters.wire import Wire


@dataclass(frozen=True)
class File:
    """One file of an export."""

    type: str
    url: str
    count: int | None = None
    """How many resources it holds, where the manifest says so."""


@dataclass(frozen=True)
class Manifest:
    """What an export came to."""

    up_to: datetime | None
    """``transactionTime``, but never later than the server's own clock; None where it tells none."""
    needs_token: bool
    files: tuple[File, ...]
    errors: tuple[File, ...]
    deleted: tuple[File, ...]
    expires: datetime | None = None
    """When the server means to throw the files away, where it says so."""

    def names(self) -> dict[str, File]:
        """The files by a name that stays the same when the manifest is asked for again: the query of an address may
        be a signature that is made anew each time.
        """
        every = (*self.files, *self.errors, *self.deleted)
        plain_urls = [one.url.partition("?")[0] for one in every]
        return {
            _digest(url if plain_urls.count(url) == 1 else one.url): one
            for url, one in zip(plain_urls, every, strict=True)
        }


@dataclass(frozen=True)
class Wait:
    """It is not done."""

    seconds: float | None
    """How long the server wants not to be asked, where it says so."""
    words: str = ""
    """How far it is, in the server's words."""
    problem: FhirError | None = None
    """Why it could not be told."""


def ask_status(wire: Wire, status_url: str) -> Manifest | Wait:
    """Ask once. Raises ``Expired`` where the server knows nothing of it (any more), ``Ruined`` where it failed."""
    try:
        response, body = wire.ask("GET", status_url, {"Accept": "application/json"})
    except Again as again:
        return Wait(again.wait, problem=again.problem)
    if response.status_code == 202 or (response.status_code == 200 and _is_under_way(response, body)):
        said = response.headers.get("X-Progress") or response.headers.get("Status") or ""
        return Wait(retry_after(response), plain(said)[:100])
    if response.status_code == 200:
        return replace(read_manifest(body, server_time(response)), expires=expires(response))
    said = said_by(read_outcome(body))
    if response.status_code in (404, 410):
        raise Expired(f"The EHR forgot its export before it was read ({response.status_code}).{said}")
    problem = failure(response, body)
    if isinstance(problem, Again):
        return Wait(problem.wait, problem=problem.problem)
    raise Ruined(f"The EHR's export failed ({response.status_code}).{said}")


def read_manifest(body: bytes, now: datetime) -> Manifest:
    """Read a manifest as it came at the server's time ``now``; raises ``Ruined`` where it is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Ruined("The EHR's list of the files of its export is no JSON.") from problem
    if not isinstance(found, dict) or not isinstance(found.get("output"), list):
        raise Ruined(f"The EHR's export ended without a list of files.{said_by(read_outcome(body))}")
    if any(isinstance(one, dict) and one.get("relation") == "next" for one in found.get("link") or ()):
        raise Ruined("The EHR gives the list of the files of its export in parts, which nobody asked for.")
    up_to = _instant(found.get("transactionTime"))
    return Manifest(
        up_to if up_to is None or now == NO_DATE else min(up_to, now),
        found.get("requiresAccessToken") is True,
        tuple(_files(found, "output")),
        tuple(_files(found, "error")),
        tuple(_files(found, "deleted")),
    )


def _is_under_way(response: requests.Response, body: bytes) -> bool:
    """ModMed says so in a header of its own, whatever the status."""
    return "progress" in response.headers.get("Status", "").lower() and b'"output"' not in body


def _files(manifest: dict[str, Any], name: str) -> list[File]:
    listed = manifest.get(name)
    found = []
    for one in listed if isinstance(listed, list) else ():
        url = one.get("url") if isinstance(one, dict) else None
        if not isinstance(url, str) or not url:
            raise Ruined("The EHR's list of the files of its export names one without an address.")
        count = one.get("count")
        found.append(File(str(one.get("type") or ""), url, count if type(count) is int and count >= 0 else None))
    return found


def _instant(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _digest(url: str) -> str:
    return sha256(url.encode()).hexdigest()[:16]
