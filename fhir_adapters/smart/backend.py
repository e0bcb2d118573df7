"""``Auth`` by SMART Backend Services: a token is renewed early, once for everybody who waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from fhir_adapters.errors import FhirError, FinalError
from fhir_adapters.origins import is_safe
from fhir_adapters.smart.asking import Reach
from fhir_adapters.smart.assertion import client_assertion
from fhir_adapters.smart.discovery import Discovery, discover, discover_if_told
from fhir_adapters.smart.granting import no_reading_of, obtain, shortfall, types_granted
from fhir_adapters.smart.keys import SigningKey, read_key
from fhir_adapters.smart.scopes import offers, types_of
from fhir_adapters.smart.token_file import Kept, TokenFile
from fhir_adapters.smart.tokens import ScopesRefused, Token, request_token

LEARN_AGAIN = 86_400.0
"""Seconds after which scopes that were refused are asked for again: somebody may have allowed them."""


@dataclass(frozen=True)
class Registration:
    """What an EHR and we agreed on."""

    base_url: str
    client_id: str
    key_file: Path
    types: tuple[str, ...]
    """Resource types that are read."""
    scopes: tuple[str, ...] = ()
    """Asked for instead of those that follow from ``types``."""
    token_url: str | None = None
    """The token endpoint; wins over what the EHR tells."""
    needed: tuple[str, ...] = ()
    """Types without which it is not worth reading anything."""
    creates: tuple[str, ...] = ()
    """Types that are written too."""

    @property
    def token_file(self) -> Path:
        """Where its tokens are shared, beside the key; a key may serve several EHRs."""
        whose = sha256(f"{self.base_url} {self.client_id}".encode()).hexdigest()[:12]
        return self.key_file.with_name(f"{self.key_file.name}.{whose}.token.json")

    @property
    def wanted(self) -> tuple[str, ...]:
        """What a token is wanted for, by which a kept one is told from one of other settings."""
        written = tuple(f"{kind}, written" for kind in self.creates)
        return (self.token_url or "", *(self.scopes or self.types), *written)


class BackendAuth:
    """Tokens of one client at one EHR, for any number of threads."""

    secret = True

    def __init__(
        self,
        registration: Registration,
        reach: Reach | None = None,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._of, self._reach, self._now = registration, reach or Reach(), now
        self._file = TokenFile(registration.token_file, pause)
        self._renewing = threading.Lock()
        self._kept: Kept | None = None
        self._bad: set[str] = set()
        self._failure: FhirError | None = None
        self._failures = 0

    def headers(self) -> dict[str, str]:
        """The Authorization header, with a token that holds for a while.

        Raises ``FinalError`` where the EHR gives none, and again without asking it; ``TemporaryError`` where it may.
        """
        return {"Authorization": f"Bearer {self._token().text}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """The EHR refused a request with those headers: no request leaves with that token again."""
        with self._renewing:
            self._bad.add(refused.get("Authorization", "").removeprefix("Bearer "))
        return True

    def not_granted(self) -> frozenset[str]:
        """Types that the token does not reach, as far as the EHR tells."""
        kept = self._kept
        return frozenset() if kept is None else frozenset(self._of.types).difference(types_granted(kept.token))

    def notes(self) -> tuple[str, ...]:
        """What a person should know of how we are let in: what is not granted, and what cannot be kept."""
        found: list[str] = []
        kept = self._kept
        if kept is not None:
            found += shortfall(kept.token, types_of(self._of.scopes) or self._of.types)
        if self._file.problem is not None:
            found.append(f"Its tokens cannot be kept beside the key ({self._file.problem}); each process asks anew.")
        return tuple(found)

    def _token(self) -> Token:
        kept = self._kept
        if kept is not None and self._holds(kept):
            return kept.token
        met = self._failures
        with self._renewing:
            if self._kept is not None and self._holds(self._kept):
                return self._kept.token
            if self._failure is not None and (self._failures != met or isinstance(self._failure, FinalError)):
                raise type(self._failure)(*self._failure.args)  # whoever waited is told what the one who asked was
            try:
                self._kept = self._shared()
            except FhirError as problem:
                self._failure, self._failures = problem, self._failures + 1
                raise
            return self._kept.token

    def _shared(self) -> Kept:
        """What another process keeps, if it is good; else a new token, kept for the others."""
        with self._file.held() as held:
            kept = held.read() or self._kept
            if kept is not None and kept.wanted != self._of.wanted:
                kept = None
            if kept is not None and self._holds(kept):
                return kept
            found = self._asked(kept)
            held.write(found)
            return found

    def _asked(self, before: Kept | None) -> Kept:
        """A new token, by the scopes that were taken before where that is not long ago."""
        now = self._now()
        if before is not None and 0 <= now - before.learnt_at < LEARN_AGAIN:
            try:
                return Kept(self._request(before.token.asked), self._of.wanted, before.learnt_at)
            except ScopesRefused:
                pass  # what it allows has changed: it is learnt anew
        token = obtain(self._request, offers(self._of.types, self._of.scopes, self._told, self._of.creates))
        missing = [kind for kind in self._of.needed if kind not in types_granted(token)]
        if missing:
            raise FinalError(f"{no_reading_of(missing)} Nothing can be read without.")
        return Kept(token, self._of.wanted, now)

    def _request(self, scopes: tuple[str, ...]) -> Token:
        now, key = self._now(), self._key
        assertion = client_assertion(key, self._of.client_id, self._endpoint, now)
        return request_token(self._endpoint, assertion, scopes, self._reach, now)

    def _holds(self, kept: Kept) -> bool:
        return self._now() < kept.token.renew_from and kept.token.text not in self._bad

    @cached_property
    def _key(self) -> SigningKey:
        return read_key(self._of.key_file)

    @cached_property
    def _told(self) -> Discovery:
        if self._of.token_url is not None:
            return Discovery() if self._of.scopes else discover_if_told(self._of.base_url, self._reach)
        return discover(self._of.base_url, self._reach)

    @cached_property
    def _endpoint(self) -> str:
        endpoint = self._of.token_url or self._told.token_endpoint
        if endpoint is None:
            raise FinalError("The EHR does not say where it gives tokens: set token_url.")
        if not is_safe(endpoint):
            raise FinalError(
                "The EHR's token endpoint has no https address, so nothing is sent there: check token_url."
            )
        return endpoint
