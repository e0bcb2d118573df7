"""Proving who we are. A credential goes to the origin it was issued for and is never shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Protocol


class Auth(Protocol):
    """Gives the headers of a request; ``secret`` says that they must not leave TLS."""

    @property
    def secret(self) -> bool:
        """Whether the headers hold a secret."""

    def headers(self) -> dict[str, str]:
        """The headers that prove who we are."""


@dataclass(frozen=True)
class NoAuth:
    """An open server."""

    secret: bool = False

    def headers(self) -> dict[str, str]:
        """None at all."""
        return {}


@dataclass(frozen=True)
class BasicAuth:
    """User and password (RFC 7617)."""

    user: str
    password: str = field(repr=False)
    secret: bool = True

    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {token}"}


@dataclass(frozen=True)
class BearerAuth:
    """A token (RFC 6750)."""

    token: str = field(repr=False)
    secret: bool = True

    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.token}"}
