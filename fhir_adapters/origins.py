"""Where a secret may go: to the origin that it was issued for, and never in the clear."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: where a token may go."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def is_safe(url: str) -> bool:
    """Whether what is sent there stays unread on the way: TLS, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 a port that is none raises
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and bool(LOOPBACK.fullmatch(host))))
