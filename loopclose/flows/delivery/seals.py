"""The seal of a delivery: a row that Loopclose did not make, or that was changed, is never sent."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import cache

from loopclose.store.deliveries import DeliveryRow

SEALED = ("practice_id", "id", "obligation", "letter", "purpose", "address", "referrer", "channel", "to", "sha256")
"""What says which letter goes where, and the digest of what is handed over."""


def seal_of(key: bytes, row: DeliveryRow) -> str:
    """The keyed digest of a row. ``key``: this site's own, which is not in the database."""
    told = json.dumps([getattr(row, name) for name in SEALED]).encode()
    return hmac.new(_derived(key, b"delivery"), told, hashlib.sha256).hexdigest()


def fits(key: bytes, row: DeliveryRow) -> bool:
    """Whether a row is as Loopclose made it, and its message as it was packed."""
    whole = hmac.compare_digest(seal_of(key, row), row.seal)
    return whole and hashlib.sha256(row.content).hexdigest() == row.sha256


def confirm_digest(key: bytes, code: str) -> str:
    """What is kept of a confirmation code: whoever reads the database cannot confirm with it."""
    return hmac.new(_derived(key, b"confirm"), code.encode(), hashlib.sha256).hexdigest()


def form_token(key: bytes, digest: str, said: int) -> str:
    """What a form of the confirmation page carries: it cannot be made without having opened the page of the code with
    that digest, and tells how many things had been said there when it was made.
    """
    return hmac.new(_derived(key, b"confirm form"), f"{digest} {said}".encode(), hashlib.sha256).hexdigest()


@cache
def _derived(key: bytes, use: bytes) -> bytes:
    return hmac.new(key, b"loopclose " + use, hashlib.sha256).digest()
