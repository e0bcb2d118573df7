"""One request over HTTP: limits, retries, and failures told in a sentence."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from fhir_adapters.auth import Auth, NoAuth
from fhir_adapters.cleaning import BYTE_ORDER_MARK, clean
from fhir_adapters.errors import (
    Failed,
    FhirError,
    FinalError,
    Gone,
    NotFound,
    NoToken,
    NotSupported,
    Refused,
    TemporaryError,
)
from fhir_adapters.origins import is_safe, origin_of
from fhir_adapters.outcome import Outcome, read_outcome

TRIES = 4
LONGEST_WAIT = 120.0
"""Seconds of Retry-After that are honoured; beyond, the run ends and the next one tries."""
CHUNK = 1 << 16
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""The server's time where it tells none: a mark never moves on our own clock."""
FINAL_ISSUES = frozenset({"not-supported", "invalid", "forbidden", "security", "structure", "value", "required"})
"""OperationOutcome codes that are final even behind a 500, which some EHRs answer for a wrong request."""


@dataclass(frozen=True)
class Answer:
    """A good answer: its bytes, and the time by the server's clock."""

    body: bytes
    """JSON that can be read and stored; nothing at all where the server had nothing to say (204)."""
    server_time: datetime
    cleaned: bool = False
    """Whether something that no text may hold was taken out."""


@dataclass
class Wire:
    """Requests to one server, through one session."""

    base_url: str
    auth: Auth = field(default_factory=NoAuth)
    timeout: tuple[float, float] = (10, 60)
    max_bytes: int = 64 * 2**20
    verify: bool | str = True
    connections: int = 4
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.origin = origin_of(self.base_url)
        if self.auth.secret and not is_safe(self.base_url):
            raise FinalError("Credentials go over TLS only: give base_url an https address.")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self.verify
        at_once = 2 * self.connections + 1  # what is read ahead, and who is asked for meanwhile
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=at_once, max_retries=0)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self.session.headers["Accept"] = "application/fhir+json"

    def get(self, url: str) -> Answer:
        """GET an address of this server; tries again what is temporary, up to four times in all."""
        if origin_of(url) != self.origin:
            raise FinalError("The EHR pointed at another server for more pages, and no token is sent there.")
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(url)
            except _Again as again:
                if attempt == TRIES or (again.wait or 0) > LONGEST_WAIT:
                    raise again.problem from again
                self.pause(again.wait if again.wait is not None else 2 ** (attempt - 1) * random.uniform(0.5, 1.0))  # noqa: S311
        raise AssertionError

    def _once(self, url: str) -> Answer:
        """One try: with a proof that was renewed, and only once, where the server refuses the one it got."""
        proof = self._proof()
        response, body = self._exchange(url, proof)
        if response.status_code == 401 and self.auth.renew(proof):
            response, body = self._exchange(url, self._proof())
            if response.status_code == 401:
                raise FinalError(f"The EHR refused the token twice, a new one too (401).{_said(read_outcome(body))}")
        if response.status_code == 204:
            return Answer(b"", _server_time(response))
        if response.status_code == 200:
            body = body.removeprefix(BYTE_ORDER_MARK)
            cleaned = clean(body)
            return Answer(_as_json(cleaned), _server_time(response), cleaned is not body)
        raise _failure(response, body)

    def _proof(self) -> dict[str, str]:
        try:
            return self.auth.headers()
        except TemporaryError as problem:
            raise _Again(problem, problem.wait if isinstance(problem, NoToken) else None) from problem

    def _exchange(self, url: str, proof: dict[str, str]) -> tuple[requests.Response, bytes]:
        try:
            with self.session.get(
                url, headers=proof, timeout=self.timeout, stream=True, allow_redirects=False
            ) as response:
                return response, self._body(response)
        except requests.exceptions.SSLError as problem:
            raise FinalError("The EHR's certificate is not trusted: check base_url, or name its CA in ca.") from problem
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise _Again(_unreachable(self.base_url, problem)) from problem

    def _body(self, response: requests.Response) -> bytes:
        """The whole body within the limits of size and time; a longer one is not read to its end."""
        limit, until = self.max_bytes, time.monotonic() + self.timeout[1] * 5
        too_big = Refused(f"The EHR's answer is larger than {limit // 2**20} MB: ask for smaller pages (page_size).")
        said = response.headers.get("Content-Length", "")
        length = float(said) if said.isdecimal() else 0  # int refuses what is thousands of digits long
        if length > limit:
            raise too_big
        parts, size = [], 0
        for part in response.iter_content(CHUNK):
            parts.append(part)
            size += len(part)
            if size > limit:
                parts.clear()
                raise too_big
            if time.monotonic() > until:
                raise _Again(Failed("The EHR took too long to answer; try again."))
        if response.headers.get("Content-Encoding") is None and size < length:
            raise _Again(Failed("The EHR's answer was cut short; try again."))
        return b"".join(parts)


class _Again(Exception):
    """Try again after ``wait`` seconds; when tries run out, ``problem`` is what is told."""

    def __init__(self, problem: FhirError, wait: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem, self.wait = problem, wait


def _unreachable(base_url: str, problem: Exception) -> TemporaryError:
    """Nobody there concerns the server; a connection that breaks or says nothing may be one request's."""
    host = urlsplit(base_url).hostname
    words = str(problem)
    if "NameResolution" in words or "Name or service" in words or "getaddrinfo" in words:
        return TemporaryError(f"The EHR's host {host} has no address: check base_url, or try again.")
    if "refused" in words:
        return TemporaryError(
            f"The EHR at {host} refused the connection: check base_url and that it is up, then try again."
        )
    if isinstance(problem, requests.exceptions.ConnectTimeout):
        return TemporaryError(f"The EHR at {host} did not answer in time; try again.")
    if "timed out" in words.lower():
        return Failed(f"The EHR at {host} did not answer in time; try again.")
    return Failed(f"The connection to the EHR at {host} broke; try again.")


def _as_json(body: bytes) -> bytes:
    start = body[:64].lstrip()[:1]
    if start == b"<":
        raise FinalError("The EHR answered with a web page instead of FHIR JSON: check base_url.")
    if start != b"{":
        raise _Again(Failed("The EHR's answer is no JSON, or was cut short; try again."))
    return body


def _failure(response: requests.Response, body: bytes) -> Exception:
    """The error that an answer stands for."""
    status = response.status_code
    outcome = read_outcome(body)
    said = _said(outcome)
    if status in (301, 302, 303, 307, 308):
        if _is_another(response):
            return Refused("The EHR sends us from that resource on to another one.")
        return FinalError("The EHR sends us on to another address: put the final one in base_url.")
    if status == 404:
        return NotFound(f"The EHR has nothing at that address (404): check base_url.{said}")
    if status == 410:
        return Gone("The EHR deleted that resource.")
    if status == 401:
        return FinalError(f"The EHR refused us ({status}): check the credentials and scopes.{said}")
    if status == 403:
        return Refused(f"The EHR refused us ({status}): check the credentials and scopes.{said}")
    if status == 429:
        return _Again(
            TemporaryError(f"The EHR is overloaded ({status}); try again later.{said}"), _retry_after(response)
        )
    if status == 503:
        return _Again(Failed(f"The EHR is overloaded ({status}); try again later.{said}"), _retry_after(response))
    if status in (400, 405, 422, 501):
        return NotSupported(f"The EHR refused the request ({status}).{said}")
    if status >= 500 and not outcome.codes & FINAL_ISSUES:
        return _Again(Failed(f"The EHR failed ({status}); try again later.{said}"))
    return Refused(f"The EHR refused the request ({status}).{said}")


def _said(outcome: Outcome) -> str:
    return f" It says: {outcome.words}" if outcome.words else ""


def _is_another(response: requests.Response) -> bool:
    """Whether a redirection leads to another resource of the same server, as from a merged record to its survivor.

    Where all of the server is elsewhere, what was asked for is still the end of the address.
    """
    url, asked = urlsplit(urljoin(response.url, response.headers.get("Location", ""))), urlsplit(response.url)
    last_two = "/".join(asked.path.rstrip("/").split("/")[-2:])
    return origin_of(url.geturl()) == origin_of(response.url) and not url.path.rstrip("/").endswith(last_two)


def _retry_after(response: requests.Response) -> float | None:
    """Seconds to wait, from a number or an HTTP date (RFC 9110, 10.2.3)."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (_http_date(text) - _server_time(response)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _server_time(response: requests.Response) -> datetime:
    """The Date header; ``NO_DATE`` where there is none."""
    try:
        return _http_date(response.headers["Date"])
    except (KeyError, ValueError, OverflowError):
        return NO_DATE


def _http_date(text: str) -> datetime:
    """An HTTP date; one that names no zone means UTC, as every HTTP date does. Raises ``ValueError`` for none, and
    ``OverflowError`` for one beside all years.
    """
    found = parsedate_to_datetime(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
