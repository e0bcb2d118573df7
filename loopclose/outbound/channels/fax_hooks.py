"""What a fax gateway tells by itself: whether it is really the gateway that tells, and what it says.

SRFax posts the record of a fax to an address that every order names, and signs nothing: the address itself is the
secret. Documo proves itself by HTTP Basic (help.documo.com, "New Webhooks"). A gateway that signs puts an HMAC-SHA256
over the body into a header. Every comparison takes the same time whatever is compared.

A secret in an address is read by proxies on the way: what is told without a signature is a reason to ask the gateway
(``look_up``), and not itself what became of a fax.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from loopclose.outbound.channels.srfax import remote_of

MOST = 1 << 20
"""Bytes of a body that are read."""
FIELDS = 100


@dataclass(frozen=True)
class News:
    """Which fax something was told of."""

    remote: str | None
    """What the gateway calls it."""
    code: str | None
    """What we had put on it: the account code, or the id of the delivery."""


def secret_path(secret: str, practice: str) -> str:
    """The last part of the address for a practice: 40 characters, which nobody guesses who has not the secret."""
    return hmac.new(secret.encode(), f"fax/{practice}".encode(), hashlib.sha256).hexdigest()[:40]


def is_our_path(path: str, secret: str, practice: str) -> bool:
    """Whether that part is the one we gave the gateway."""
    return hmac.compare_digest(path.encode(), secret_path(secret, practice).encode())


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether a signature is the HMAC-SHA256 of the body, in hexadecimal, as it came or behind ``sha256=``."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.strip().removeprefix("sha256=").lower().encode(), expected.encode())


def has_password(authorization: str, secret: str) -> bool:
    """Whether an ``Authorization: Basic`` header carries the secret as its password, whoever the user is."""
    scheme, _, coded = authorization.partition(" ")
    try:
        password = base64.b64decode(coded.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        password = b""
    return hmac.compare_digest(password, secret.encode()) and scheme.lower() == "basic"


def news_of(body: bytes) -> News | None:
    """Which fax a body is about, JSON or a form; None where it says nothing of one."""
    if len(body) > MOST:
        return None
    found = _record(body)
    if found is None:
        return None
    remote = found.get("messageId")
    code = found.get("AccountCode") or found.get("subject")
    named = remote if isinstance(remote, str) and remote else remote_of(found)
    return News(named, str(code).strip() or None if code else None) if named or code else None


def _record(body: bytes) -> Mapping[str, Any] | None:
    """The record itself, or the one within ``data``."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        try:
            said = dict(parse_qsl(body.decode("utf-8"), max_num_fields=FIELDS))
        except ValueError:
            return None
    inner = said.get("data") if isinstance(said, dict) else None
    if isinstance(inner, str):
        try:
            inner = json.loads(inner)
        except (ValueError, RecursionError):
            return None
    found = inner if isinstance(inner, dict) else said
    return found if isinstance(found, dict) else None
