"""One request over HTTP: limits, retries, and failures told in a sentence."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import requests
import urllib3

from fhir_adapters.auth import Auth, NoAuth
from fhir_adapters.cleaning import BYTE_ORDER_MARK, clean
from fhir_adapters.errors import Failed, FinalError, NoToken, Refused, TemporaryError
from fhir_adapters.failures import Again, as_json, failure, said_by, server_time, unreachable
from fhir_adapters.origins import is_safe, origin_of
from fhir_adapters.outcome import read_outcome
from fhir_adapters.pace import Pace

TRIES = 4
LONGEST_WAIT = 120.0
"""Seconds of Retry-After that are honoured; beyond, the run ends and the next one tries."""
CHUNK = 1 << 16
T = TypeVar("T")


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
    pace: Pace = field(default_factory=Pace)

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

    def get(self, url: str, fresh: bool = False) -> Answer:
        """GET an address of this server; tries again what is temporary, up to four times in all. ``fresh``: nothing
        that the server kept from an earlier answer will do (HAPI gives what a search found up to a minute ago).
        """
        if origin_of(url) != self.origin:
            raise FinalError("The EHR pointed at another server for more pages, and no token is sent there.")
        return self.tried(lambda: self._once(url, {"Cache-Control": "no-cache"} if fresh else None))

    def tried(self, once: Callable[[], T]) -> T:
        """What ``once`` gives, at our turn; what is temporary (``Again``) is tried up to four times in all."""
        for attempt in range(1, TRIES + 1):
            if wait := self.pace.turn():
                self.pause(wait)
            try:
                return once()
            except Again as again:
                if attempt == TRIES or (again.wait or 0) > LONGEST_WAIT:
                    raise again.problem from again
                own = 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                wait = max(again.wait or 0.0, own)  # "in 0 seconds" from a server that had enough uses up the tries
                if again.rests:
                    self.pace.rest(wait)  # everybody waits then, before the next turn
                    continue
                self.pause(wait)
        raise AssertionError

    def ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None
    ) -> tuple[requests.Response, bytes]:
        """One try of a request of any kind: the answer as it is, with a proof that was renewed, and only once, where
        the server refuses the one it got. The caller answers for where the proof goes.

        Raises ``Again`` where there is no answer, ``FinalError`` where a new proof is refused too.
        """
        more, proof = headers or {}, self._proof()
        response, body = self._exchange(method, url, {**more, **proof}, data)
        if response.status_code == 401 and self.auth.renew(proof):
            response, body = self._exchange(method, url, {**more, **self._proof()}, data)
            if response.status_code == 401:
                raise FinalError(f"The EHR refused the token twice, a new one too (401).{said_by(read_outcome(body))}")
        return response, body

    def open(self, url: str, headers: Mapping[str, str], proved: bool) -> requests.Response:
        """The answer to a GET whose body is not read yet, for the caller to close; our proof goes along only where it
        is ``proved``. Raises ``Again`` where there is no answer.
        """
        proof = self._proof() if proved else {}
        response = self._send("GET", url, {**headers, **proof}, None)
        if response.status_code == 401 and proved and self.auth.renew(proof):
            response.close()
            response = self._send("GET", url, {**headers, **self._proof()}, None)
        return response

    def _once(self, url: str, headers: Mapping[str, str] | None) -> Answer:
        response, body = self.ask("GET", url, headers)
        if response.status_code == 204:
            return Answer(b"", server_time(response))
        if response.status_code == 200:
            body = body.removeprefix(BYTE_ORDER_MARK)
            cleaned = clean(body)
            return Answer(as_json(cleaned), server_time(response), cleaned is not body)
        raise failure(response, body)

    def _proof(self) -> dict[str, str]:
        try:
            return self.auth.headers()
        except TemporaryError as problem:
            raise Again(problem, problem.wait if isinstance(problem, NoToken) else None) from problem

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> tuple[requests.Response, bytes]:
        with self._send(method, url, headers, data) as response:
            try:
                return response, self._body(response)
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
                raise Again(unreachable(self.base_url, problem)) from problem

    def _send(self, method: str, url: str, headers: Mapping[str, str], data: bytes | None) -> requests.Response:
        try:
            return self.session.request(
                method, url, data=data, headers=headers, timeout=self.timeout, stream=True, allow_redirects=False
            )
        except requests.exceptions.SSLError as problem:
            raise FinalError("The EHR's certificate is not trusted: check base_url, or name its CA in ca.") from problem
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise Again(unreachable(url, problem)) from problem

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
                raise Again(Failed("The EHR took too long to answer; try again."))
        if response.headers.get("Content-Encoding") is None and size < length:
            raise Again(Failed("The EHR's answer was cut short; try again."))
        return b"".join(parts)
