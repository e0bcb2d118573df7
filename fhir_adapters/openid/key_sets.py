"""The keys that others publish (RFC 7517), kept for minutes: every proof asks for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fhir_adapters.errors import FinalError, TemporaryError
from fhir_adapters.openid.refused import NotProven
from fhir_adapters.smart.asking import Reach, ask

if TYPE_CHECKING:
    from joserfc.jwk import Key

KEPT_SECONDS = 300.0
ASKED_AGAIN_SECONDS = 10.0
"""A key that is not known is looked for again, and no more often than this."""
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
"""By begin of an algorithm: the kind of key. Never a shared secret."""


@dataclass(frozen=True)
class _Kept:
    keys: tuple[Key, ...]
    at: float


class KeySets:
    """Published keys by address. ``monotonic`` counts seconds."""

    def __init__(self, reach: Reach, monotonic: Callable[[], float] = time.monotonic, whose: str = "provider") -> None:
        self._reach, self._monotonic, self._whose = reach, monotonic, whose
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def key(self, url: str, kid: str | None, algorithm: str) -> Key:
        """The published key of that id for that algorithm; without an id, the only one that fits.

        Raises ``NotProven`` where none is, ``TemporaryError`` and ``FinalError`` where the keys are not to be had.
        """
        for oldest in (KEPT_SECONDS, ASKED_AGAIN_SECONDS):
            found = [key for key in self._keys(url, oldest) if _fits(key, kid, algorithm)]
            if len(found) == 1 or (found and kid is not None):
                return found[0]
        raise NotProven("key")

    def _keys(self, url: str, oldest: float) -> tuple[Key, ...]:
        with self._lock:
            kept = self._kept.get(url)
            if kept is None or self._monotonic() - kept.at > oldest:
                kept = self._kept[url] = _Kept(self._asked(url), self._monotonic())
            return kept.keys

    def _asked(self, url: str) -> tuple[Key, ...]:
        from joserfc.errors import JoseError
        from joserfc.jwk import import_key

        reply = ask(self._reach, "key set", url, whose=self._whose)
        if reply.status == 429 or reply.status >= 500:
            raise TemporaryError(f"The {self._whose}'s key set is not to be had now ({reply.status}); try again.")
        listed = (reply.members() or {}).get("keys") if reply.status == 200 else None
        if not isinstance(listed, list):
            raise FinalError(f"The {self._whose} publishes no key set at its address ({reply.status}).")
        found: list[Key] = []
        for one in listed:
            try:
                found.append(import_key(one))
            except (JoseError, ValueError, TypeError, AttributeError, KeyError):
                continue  # of a kind that nobody here knows; what it signs is not taken
        return tuple(found)


def _fits(key: Key, kid: str | None, algorithm: str) -> bool:
    told = key.as_dict(private=False)
    return (
        key.key_type == KINDS.get(algorithm[:2])
        and told.get("use", "sig") == "sig"
        and told.get("alg", algorithm) == algorithm
        and (kid is None or told.get("kid") == kid)
    )
