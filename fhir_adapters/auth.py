"""Proving who we are. A credential goes to the origin it was issued for and is never shown."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Auth(Protocol):
    """Gives the headers of each request; ``secret`` says that they must not leave TLS."""

    @property
    def secret(self) -> bool:
        """Whether the headers hold a secret."""

    def headers(self) -> dict[str, str]:
        """The headers that prove who we are, for one request. Raises ``FhirError`` where no proof is to be had."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """The server answered 401 to these headers: whether there are others, with which it is worth one more try."""

    def not_granted(self) -> frozenset[str]:
        """Resource types that the server has said it will not show us."""

    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the server lets us in."""


class _Unchanging:
    """A proof that is always the same: refused once, it is refused for good."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """There is no other."""
        return False

    def not_granted(self) -> frozenset[str]:
        """None that is told beforehand."""
        return frozenset()

    def notes(self) -> tuple[str, ...]:
        """Nothing."""
        return ()


@dataclass(frozen=True)
class NoAuth(_Unchanging):
    """An open server."""

    secret: bool = False

    def headers(self) -> dict[str, str]:
        """None at all."""
        return {}


@dataclass(frozen=True)
class BasicAuth(_Unchanging):
    """User and password (RFC 7617)."""

    user: str
    password: str = field(repr=False)
    secret: bool = True

    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {token}"}


@dataclass(frozen=True)
class BearerAuth(_Unchanging):
    """A token (RFC 6750)."""

    token: str = field(repr=False)
    secret: bool = True

    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.token}"}
